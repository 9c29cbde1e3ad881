from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import Header, Request
from starlette.responses import Response

from trading_app.idempotency import queries
from trading_app.idempotency.errors import KeyReused, UnsoundKey
from trading_app.tables import idempotency_keys

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from pydantic import BaseModel
    from sqlalchemy.ext.asyncio import AsyncConnection

    from trading_app.changes import Changes
    from trading_app.rows import Row

_LONGEST = 255
_KEPT = timedelta(hours=24)

KeyHeader = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The same key with the same request is answered once"),
]


@dataclass(frozen=True)
class Keyed:
    """A request that may come again: what it is, and the key it comes under."""

    key: str
    method: str
    path: str
    request_hash: bytes

    def of(self, account_id: UUID, user_id: UUID | None) -> Once:
        return Once(**vars(self), account_id=account_id, user_id=user_id)


@dataclass(frozen=True)
class Once(Keyed):
    """Such a request, and whose it is."""

    account_id: UUID
    user_id: UUID | None


async def once(request: Request, key: str | None, account_id: UUID, user_id: UUID | None) -> Once | None:
    found = await keyed(request, key)
    return None if found is None else found.of(account_id, user_id)


async def keyed(request: Request, key: str | None) -> Keyed | None:
    if key is None:
        return None
    if not (0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()):
        raise UnsoundKey
    path = request.url.path
    content = b"\0".join((request.method.encode(), path.encode(), await request.body()))
    digest = hashlib.sha256(content).digest()
    return Keyed(key, request.method, path, digest)


@dataclass(frozen=True)
class Answer:
    """A response as it is kept: status, and a body of JSON."""

    status: int
    body: bytes

    @classmethod
    def of(cls, status: int, model: BaseModel) -> Self:
        return cls(status, model.model_dump_json(by_alias=True).encode())

    def response(self) -> Response:
        return Response(self.body, self.status, media_type="application/json")


def given_before(request: Once | None, row: Row) -> Answer | None:
    """Give the answer that a key was given before, from a row that was read with it.

    Raises:
        KeyReused: the key was used for another request.
    """
    if request is None or row["key_hash"] is None:
        return None
    return _same(request, row["key_hash"], row["key_user_id"], row["response_status"], row["response_body"])


def keep(changes: Changes, request: Once | None, answer: Answer) -> None:
    """Keep an answer under its key, with the changes that it tells of."""
    if request is not None:
        lasting = {"expires_at": datetime.now(UTC) + _KEPT}
        row = {**vars(request), "response_status": answer.status, "response_body": answer.body, **lasting}
        changes.upsert(idempotency_keys, row, "account_id", "key")


async def answered(
    connection: AsyncConnection,
    request: Once | None,
    status: int,
    make: Callable[[], Awaitable[BaseModel]],
) -> Response:
    """Answer a request, or give the answer again that it was given before.

    The key is taken in the transaction that does the work: a request that fails leaves no key, and one that
    comes while its twin is at work waits for it.

    Raises:
        KeyReused: the key was used for another request.
    """
    if request is None:
        return Answer.of(status, await make()).response()
    if await queries.claim(connection, vars(request)):
        answer = Answer.of(status, await make())
        await queries.answer(connection, request.account_id, request.key, answer.status, answer.body)
        return answer.response()
    found = await queries.get(connection, request.account_id, request.key)
    parts = (found[name] for name in ("request_hash", "user_id", "response_status", "response_body"))
    return _same(request, *parts).response()


def _same(request: Once, request_hash: bytes, user_id: UUID | None, status: int, body: bytes) -> Answer:
    # another member's answer is not this member's to read
    if request_hash != request.request_hash or user_id != request.user_id:
        raise KeyReused
    return Answer(status, body)
