"""Proving that an address is one's own, at sign-up and when it changes; the secrets that links carry."""
