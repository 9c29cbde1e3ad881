"""The books rebuilt from executions alone."""
