"""Rows of the schema `platform`, as plain SQL writes them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from psycopg import sql

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg


class Rows:
    """Writes rows with whatever a test does not care about filled in."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def insert(self, table: str, **values: object) -> UUID:
        statement = sql.SQL("INSERT INTO platform.{} ({}) VALUES ({}) RETURNING *").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
        )
        row = self.connection.execute(statement, values).fetchone()
        assert row is not None
        identifier: UUID = row[0]
        return identifier

    def user(self, **values: object) -> UUID:
        return self.insert("user", **{"name": "Ada", "email": f"{secrets.token_hex(8)}@example.org"} | values)

    def session(self, user: UUID, **values: object) -> UUID:
        given = {"expires_at": "2030-01-01", "absolute_expires_at": "2030-02-01"}
        return self.insert(
            "session", **given | {"user_id": user, "token_hash": secrets.token_bytes(32)} | values
        )

    def password(self, user: UUID, **values: object) -> UUID:
        given = {"provider_id": "credential", "issuer": "local:credential", "password": "$argon2id$…"}
        return self.insert("account", **given | {"user_id": user, "account_id": str(user)} | values)

    def provider(self, user: UUID, **values: object) -> UUID:
        given = {
            "provider_id": "acme",
            "issuer": "https://id.example.org",
            "account_id": secrets.token_hex(8),
        }
        return self.insert("account", **given | {"user_id": user} | values)

    def verification(self, **values: object) -> UUID:
        given = {"purpose": "password-reset", "identifier": "ada@example.org", "expires_at": "2030-01-01"}
        return self.insert("verification", **given | {"value": secrets.token_bytes(32)} | values)

    def mail(self, **values: object) -> UUID:
        given = {"template": "reset", "recipient": "ada@example.org", "content": b"sealed"}
        return self.insert(
            "outbox", **given | {"message_id": f"<{secrets.token_hex(8)}@example.org>"} | values
        )

    def audit(self, **values: object) -> UUID:
        return self.insert("audit_log", **{"event": "sign-in", "outcome": "success"} | values)

    def one(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever the query asks for
        row = self.connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return row[0]
