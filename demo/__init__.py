"""A half day at the exchange, played by both services as real processes: `nox -s demo`."""
