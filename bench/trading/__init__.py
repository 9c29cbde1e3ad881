"""The trading service beside what its own Postgres allows: orders, cancels, lists, and the worker that fills."""
