"""`trading verify`: every account's books against its executions, and every audit chain."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from trading_app.audit import service as audit
from trading_app.commands import CommandFailed, CommandSettings, database_of, run_command
from trading_app.reconciliation import service

if TYPE_CHECKING:
    import argparse
    from uuid import UUID

    from servicekit.database import Database


def run(arguments: argparse.Namespace) -> int:
    settings = CommandSettings.load()
    return run_command(_verify(database_of(settings, name="verify"), arguments.account))


async def _verify(database: Database, only: UUID | None) -> int:
    """Print a line per account; 3 if anything is wrong, as with `caravan check`."""
    async with database:
        async with database.begin() as connection:
            accounts = await service.every_account(connection)
        if only is not None and only not in accounts:
            raise CommandFailed(f"there is no account {only}")
        accounts = accounts if only is None else [only]
        sound = [await _account(database, account_id) for account_id in accounts]
    sys.stdout.write(f"{sum(sound)} of {len(sound)} accounts are sound\n")
    return 0 if all(sound) else 3


async def _account(database: Database, account_id: UUID) -> bool:
    async with database.begin() as connection:
        found = await service.reconcile(connection, account_id)
    async with database.begin() as connection:
        verdict = await audit.verify(connection, account_id)
    lines = [
        f"{each.what} {each.subject}: books {each.books}, rebuilt {each.rebuilt}"
        for each in found.differences
    ]
    if not verdict.holds:
        lines.append(f"audit row {verdict.broken_at}: {verdict.why}")
    state = "sound" if not lines else "NOT SOUND"
    sys.stdout.write(f"{account_id}: {state}, {found.executions} executions, {verdict.rows} audit rows\n")
    sys.stdout.writelines(f"  {line}\n" for line in lines)
    return not lines
