from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from migrated_database import migrated_copy, migrated_template

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["migrated_copy", "migrated_template"]


@pytest.fixture
def database(migrated_copy: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """The database that the commands of this test speak to."""
    monkeypatch.setenv("DATABASE_URL", migrated_copy)
    with psycopg.connect(migrated_copy, autocommit=True) as connection:
        yield connection
