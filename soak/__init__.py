"""What the services keep to while everything they stand on is killed at random: `nox -s soak -- platform`."""
