"""The chain of audit rows of each account."""
