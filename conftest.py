"""Gives every test in the repository a real Postgres."""

pytest_plugins = ["devdb.pytest_plugin"]
