"""The ways in which a user can sign in."""
