"""The simulated venue: quotes meet orders."""
