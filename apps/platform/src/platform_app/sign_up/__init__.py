"""Signing up with an address and a password."""
