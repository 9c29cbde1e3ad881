"""Orders, from the request to the last status."""
