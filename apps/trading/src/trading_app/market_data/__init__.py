"""Quotes and trades from outside, live or recorded: what moves the simulated venue."""
