"""The pair of apps that most tests work on: platform owns users, trading points at them."""

from __future__ import annotations

from toy_app import ToyApp
from workshop import Workshop

USER = """
user = Table(
    "user", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("secret", Text),
)
"""
USER_SQL = (
    'CREATE TABLE platform."user" ('
    "id integer CONSTRAINT user_pkey PRIMARY KEY, name text NOT NULL, secret text)"
)
ACCOUNTS = """
accounts = Table(
    "accounts", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("user_id", ForeignKey(user.c.id, name="accounts_user_fkey", ondelete="RESTRICT"), nullable=False),
)
"""
ACCOUNTS_SQL = (
    "CREATE TABLE trading.accounts (id integer CONSTRAINT accounts_pkey PRIMARY KEY,"
    ' user_id integer NOT NULL CONSTRAINT accounts_user_fkey REFERENCES platform."user" (id) ON DELETE RESTRICT)'
)
DECLARED = """
user = references.table(
    "platform", "user", Column("id", Integer, primary_key=True), Column("name", Text, nullable=False)
)
"""


def platform(workshop: Workshop) -> ToyApp:
    """Add the app that owns platform."user", with one revision."""
    app = workshop.app("platform")
    app.tables(USER)
    app.revise(USER_SQL, 'DROP TABLE platform."user"', message="create user")
    return app


def trading(workshop: Workshop, platform_app: ToyApp) -> ToyApp:
    """Add the app whose accounts point at platform."user", with one revision that requires platform's first."""
    app = workshop.app("trading")
    app.references(DECLARED)
    app.tables(ACCOUNTS, imports=f"from {app.package}.references import user\n")
    first = next(iter(platform_app.revisions))
    app.revise(
        ACCOUNTS_SQL, "DROP TABLE trading.accounts", requires={"platform": first}, message="create accounts"
    )
    return app
