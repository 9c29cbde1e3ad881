"""How much an account may risk, and what it may not do for now."""
