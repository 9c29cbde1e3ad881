"""The double-entry books."""
