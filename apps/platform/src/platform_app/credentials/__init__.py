"""Passwords in use: finding a user's, proving it, replacing it."""
