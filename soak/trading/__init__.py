"""Orders, cancels and replaces while quotes move and API processes, workers and Postgres die."""
