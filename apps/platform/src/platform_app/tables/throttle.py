"""Counters that slow guessing down, shared by all processes and kept over restarts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text, text

from platform_app.tables.base import metadata
from servicekit.columns import TIMESTAMP, created_at, updated_at
from servicekit.triggers import touch_updated_at

throttle = Table(
    "throttle",
    metadata,
    Column(
        "scope", Text, primary_key=True, comment="What is counted: a route or group of routes, and by what"
    ),
    Column(
        "subject", Text, primary_key=True, comment="Whose count: an address block, or the hash of an account"
    ),
    Column("hits", Integer, nullable=False, server_default=text("0"), comment="Tries in the current window"),
    Column(
        "failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="Failures in a row; only a success sets it back",
    ),
    Column(
        "window_started_at",
        TIMESTAMP,
        nullable=False,
        server_default=text("now()"),
        index=True,
        comment="Start of the window that hits are counted in",
    ),
    Column("blocked_until", TIMESTAMP, comment="Tries before this moment are refused unseen"),
    created_at(),
    updated_at(),
    CheckConstraint("hits >= 0", name="hits"),
    CheckConstraint("failures >= 0", name="failures"),
    # The counters are rewritten at every try: room on the page keeps those rewrites away from the indexes.
    postgresql_with={"fillfactor": "70"},
    comment="Counters that slow guessing down, shared by all processes and kept over restarts",
)
touch_updated_at(throttle)
