"""Rows as features pass them on."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

Row = RowMapping | Mapping[str, Any]
"""Values by column name: what a query returned, or what it would have."""
