"""What happened in an account, as Alpaca lists it."""
