"""Roles and schemas: each app's owner, its runtime role and its schema, made where they are missing.

Roles belong to the whole server while databases are many, so another database's bootstrap may be making the
same role at this moment; what is already there, or just came, is left as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from caravan.errors import NotPermitted
from caravan.manifest import App

_TRIES = 40  # another database's bootstrap may hold the same rows of the server's role catalogs


def prepare(connection: psycopg.Connection, apps: Iterable[App]) -> list[str]:
    """Make each app's roles and schema.

    Args:
        connection: in autocommit, as the login that migrates.
        apps: whose.

    Returns:
        What was made, and what had to be skipped with the reason, as sentences.

    Raises:
        NotPermitted: a schema is missing and may not be made.
    """
    done: list[str] = []
    for app in apps:
        for role in (app.owner, app.runtime):
            done += _ensure_role(connection, role)
        done += _ensure_membership(connection, app.owner)
        done += _ensure_schema(connection, app)
    return done


def acting_owner(connection: psycopg.Connection, app: App) -> str | None:
    """Give the role to migrate as.

    Returns:
        The owner role, or None where there is none or the login may not become it; the login then acts itself.
    """
    row = connection.execute(
        "SELECT pg_has_role(current_user, oid, 'SET') FROM pg_roles WHERE rolname = %s", (app.owner,)
    ).fetchone()
    return app.owner if row and row[0] else None


def exists(connection: psycopg.Connection, role: str) -> bool:
    """Whether the server has this role."""
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is not None


@contextmanager
def acting_as(connection: psycopg.Connection, role: str | None) -> Iterator[None]:
    """Act as a role for a while; with None as oneself."""
    if role is None:
        yield
        return
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    try:
        yield
    finally:
        if (
            not connection.closed
            and connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR
        ):
            connection.execute("RESET ROLE")


def _ensure_role(connection: psycopg.Connection, role: str) -> list[str]:
    if exists(connection, role):
        return []
    if not _may_create_roles(connection):
        return [
            f"skipped: role {role} is missing and this login may not create roles; it acts itself instead"
        ]
    _insisting(connection, sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    return [f"made role {role}"]


def _may_create_roles(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    return bool(row and row[0])


def _ensure_membership(connection: psycopg.Connection, owner: str) -> list[str]:
    row = connection.execute(
        "SELECT pg_has_role(current_user, oid, 'SET'), pg_has_role(current_user, oid, 'USAGE WITH ADMIN OPTION')"
        " FROM pg_roles WHERE rolname = %s",
        (owner,),
    ).fetchone()
    if row is None or row[0]:
        return []
    if not row[1] and not _may_create_roles(connection):
        return [f"skipped: this login may not act as {owner}; have it granted, or it acts itself"]
    grant = sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE").format(sql.Identifier(owner))
    try:
        _insisting(connection, grant)
    except errors.InsufficientPrivilege:
        return [f"skipped: this login may not act as {owner}; have it granted, or it acts itself"]
    return [f"this login may now act as {owner}"]


def _ensure_schema(connection: psycopg.Connection, app: App) -> list[str]:
    owner = acting_owner(connection, app)
    there = connection.execute(
        "SELECT pg_has_role(coalesce(%s, current_user), nspowner, 'USAGE'),"
        " has_schema_privilege(coalesce(%s, current_user), oid, 'CREATE') FROM pg_namespace WHERE nspname = %s",
        (owner, owner, app.schema),
    ).fetchone()
    done: list[str] = []
    try:
        if there is None:
            make = sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(app.schema))
            if owner:
                make += sql.SQL(" AUTHORIZATION {}").format(sql.Identifier(owner))
            connection.execute(make)
            done.append(f"made schema {app.schema}")
        elif owner and not there[0] and not there[1]:
            grant = sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}")
            connection.execute(grant.format(sql.Identifier(app.schema), sql.Identifier(owner)))
            _refuse_ungranted(connection, app)
            done.append(f"{owner} may now create in schema {app.schema}")
    except errors.InsufficientPrivilege as problem:
        reason = f"{problem.diag.message_primary or problem}. Ask whoever administers the server to make it, or migrate as another login."
        raise NotPermitted(what=f"Preparing schema {app.schema}", reason=reason) from None
    return done


def _refuse_ungranted(connection: psycopg.Connection, app: App) -> None:
    """Of a grant that one may not give, Postgres only warns where one has the privilege oneself."""
    row = connection.execute(
        "SELECT has_schema_privilege(%s, %s, 'CREATE')", (app.owner, app.schema)
    ).fetchone()
    if row != (True,):
        raise errors.InsufficientPrivilege(f"no privileges were granted for schema {app.schema}")


def _insisting(connection: psycopg.Connection, statement: sql.Composed) -> None:
    """Change the server's role catalogs although others do so at the same time."""
    for left in range(_TRIES, -1, -1):
        try:
            connection.execute(statement)
        except (errors.DuplicateObject, errors.UniqueViolation):
            return
        except errors.InternalError_:  # "tuple concurrently updated", in the server's language
            if left == 0:
                raise
            time.sleep(0.05)
        else:
            return
