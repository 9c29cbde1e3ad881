"""A service small enough to see through: two tables, a handful of routes, one of each kind."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AnyHttpUrl, BaseModel, SecretStr
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid, text

from servicekit import logs
from servicekit.auth import CurrentUser, OptionalUser, Principal, SessionReader, require_role
from servicekit.clients import ClientAddress
from servicekit.health import NeededRevisions
from servicekit.problems import Conflict, Problem
from servicekit.routing import Router
from servicekit.service import build
from servicekit.settings import ServiceSettings
from servicekit.unit_of_work import CurrentDatabase, UnitOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from servicekit.rendering import Renderer

metadata = MetaData(schema="toy")
user = Table(
    "user",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("name", Text),
    Column("role", Text),
    Column("banned_at", DateTime(timezone=True)),
)
session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("user_id", Uuid),
    Column("token_hash", LargeBinary, unique=True),
    Column("expires_at", DateTime(timezone=True)),
    Column("absolute_expires_at", DateTime(timezone=True)),
)

SCHEMA = """
CREATE SCHEMA toy;
CREATE TABLE toy.alembic_version (version_num text PRIMARY KEY);
CREATE TABLE toy.note (body text PRIMARY KEY);
CREATE TABLE toy."user" (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, role text NOT NULL, banned_at timestamptz
);
CREATE TABLE toy.session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES toy."user",
    token_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL
);
INSERT INTO toy.alembic_version VALUES ('two');
"""

NEEDED = NeededRevisions("toy", "alembic_version", ("one", "two"))


class Taken(Conflict):
    """There is such a note already."""

    code = "TAKEN"


class Note(BaseModel):
    body: str
    price: Decimal | None = None


def notes() -> Router:
    """Routes that write and read."""
    routes = Router()

    @routes.post("/notes")
    async def write(note: Note, work: UnitOfWork, fail: str = "") -> Note:
        await work.execute(text("INSERT INTO toy.note VALUES (:body)"), {"body": note.body})
        if fail == "problem":
            raise Taken
        if fail == "bug":
            raise LookupError(note.body)
        return note

    @routes.post("/notes/deferred")
    async def write_what_only_the_commit_refuses(work: UnitOfWork) -> None:
        await work.execute(text("CREATE TABLE toy.late (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)"))
        await work.execute(text("INSERT INTO toy.late VALUES (1), (1)"))

    @routes.get("/notes/count")
    async def count(work: UnitOfWork) -> int:
        return int((await work.execute(text("SELECT count(*) FROM toy.note"))).scalar_one())

    @routes.get("/database")
    async def database(current: CurrentDatabase) -> str:
        async with current.connection() as connection:
            row = await (await connection.execute("SELECT current_database()")).fetchone()
        assert row is not None
        return str(row[0])

    @routes.get("/slow/{seconds}")
    async def slow(seconds: float, work: UnitOfWork) -> str:
        await work.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
        return "done"

    return routes


def people() -> Router:
    """Routes that ask who is there."""
    routes = Router()

    @routes.get("/me")
    async def me(principal: CurrentUser) -> UUID:
        return principal.user_id

    @routes.get("/perhaps")
    async def perhaps(principal: OptionalUser) -> str | None:
        return principal.role if principal else None

    @routes.get("/admin")
    async def admin(principal: Annotated[Principal, Depends(require_role("admin"))]) -> UUID:
        return principal.user_id

    @routes.get("/address")
    async def address(client: ClientAddress, request: Request) -> list[str]:
        return [str(client), request.url.scheme]

    return routes


def oddities() -> Router:
    """Routes that answer, or fail to, in their own way."""
    routes = Router()

    @routes.post("/anything")
    async def anything(body: dict[str, object]) -> dict[str, str]:
        return {key: repr(value) for key, value in body.items()}

    @routes.delete("/anything")
    async def nothing() -> dict[str, str]:
        return {}

    @routes.get("/broken-off")
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise LookupError

        return StreamingResponse(parts())

    @routes.get("/own-headers")
    async def own_headers() -> Response:
        return Response(headers={"Cache-Control": "max-age=60"})

    @routes.get("/coded")
    async def coded() -> None:
        raise Problem("Gone wrong on purpose.", retry_after=7, depth=3)

    return routes


def toy_settings(url: str, **others: object) -> ServiceSettings:
    given: dict[str, object] = {
        "environment": "production",
        "database_url": SecretStr(url),
        "database_pool_size": 4,
        "database_wait_seconds": 60,  # a busy machine is no outage
        "public_url": AnyHttpUrl("http://testserver"),
        **others,
    }
    return ServiceSettings(**given)  # type: ignore[arg-type]  # pydantic checks them


def toy_service(settings: ServiceSettings, renderer: Renderer | None = None) -> FastAPI:
    return build(
        settings,
        name="toy",
        routers=[notes(), people(), oddities()],
        revisions=NEEDED,
        sessions=SessionReader(session, user),
        renderer=renderer,
    )


def from_environment() -> FastAPI:
    settings = ServiceSettings.load()
    logs.configure(settings)
    return toy_service(settings)
