"""Users: the rows that every feature speaks of."""
