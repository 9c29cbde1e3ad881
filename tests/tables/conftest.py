"""Gives these tests the migrated database."""

from migrated_database import connection, migrated_copy, migrated_template, migrated_url

__all__ = ["connection", "migrated_copy", "migrated_template", "migrated_url"]
