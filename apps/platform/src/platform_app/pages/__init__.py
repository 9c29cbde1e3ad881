"""The two pages without a feature: whether we are there, and what went wrong."""
