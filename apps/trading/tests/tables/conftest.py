"""Gives these tests the migrated database and rows in it."""

from typing import Any

import psycopg
import pytest
from migrated_database import connection, migrated_copy, migrated_template, migrated_url
from trading_rows import Rows

__all__ = ["connection", "migrated_copy", "migrated_template", "migrated_url"]


@pytest.fixture
def rows(connection: psycopg.Connection[Any]) -> Rows:
    return Rows(connection)
