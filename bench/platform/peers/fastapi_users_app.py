"""fastapi-users as its documentation sets it up: SQLAlchemy on asyncpg, Bearer tokens kept in the database."""

from __future__ import annotations

import asyncio
import os
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport
from fastapi_users.authentication.strategy import AccessTokenDatabase, DatabaseStrategy
from fastapi_users_db_sqlalchemy import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIFETIME = 7 * 24 * 3600

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=int(os.environ["POOL_SIZE"]),
    max_overflow=0,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """Every table."""


class User(SQLAlchemyBaseUserTableUUID, Base):
    """The users."""


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    """The sessions."""


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    """The rules about users."""


async def session() -> AsyncIterator[AsyncSession]:
    """Give the request's database session."""
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def users(opened: Session) -> AsyncIterator[SQLAlchemyUserDatabase[User, uuid.UUID]]:
    """Give the table of users."""
    yield SQLAlchemyUserDatabase(opened, User)


async def tokens(opened: Session) -> AsyncIterator[SQLAlchemyAccessTokenDatabase[AccessToken]]:
    """Give the table of tokens."""
    yield SQLAlchemyAccessTokenDatabase(opened, AccessToken)


async def manager(
    found: Annotated[SQLAlchemyUserDatabase[User, uuid.UUID], Depends(users)],
) -> AsyncIterator[UserManager]:
    """Give the rules."""
    yield UserManager(found)


def strategy(
    found: Annotated[AccessTokenDatabase[AccessToken], Depends(tokens)],
) -> DatabaseStrategy[User, uuid.UUID, AccessToken]:
    """Keep tokens in the database."""
    return DatabaseStrategy(found, lifetime_seconds=LIFETIME)


backend = AuthenticationBackend(
    name="database", transport=BearerTransport(tokenUrl="auth/login"), get_strategy=strategy
)
library = FastAPIUsers[User, uuid.UUID](manager, [backend])


class UserRead(schemas.BaseUser[uuid.UUID]):
    """A user as answers show it."""


class UserCreate(schemas.BaseUserCreate):
    """A user as a sign-up brings it."""


class UserUpdate(schemas.BaseUserUpdate):
    """A user as an update brings it."""


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Make the tables first."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)
app.include_router(library.get_auth_router(backend), prefix="/auth")
app.include_router(library.get_register_router(UserRead, UserCreate), prefix="/auth")
app.include_router(library.get_users_router(UserRead, UserUpdate), prefix="/users")


class Announcing(uvicorn.Server):
    """Says on standard output where it listens."""

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's signature
        """Start, then say so."""
        await super().startup(sockets)
        print(f"listening {self.servers[0].sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - who waits for it reads it


if __name__ == "__main__":
    configuration = uvicorn.Config(
        app, port=0, loop="uvloop", http="httptools", log_level="warning", access_log=False, ws="none"
    )
    with asyncio.Runner(loop_factory=configuration.get_loop_factory()) as runner:
        runner.run(Announcing(configuration).serve())
