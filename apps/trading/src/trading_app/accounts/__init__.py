"""Trading accounts: who may use them, what they hold, how they are set."""
