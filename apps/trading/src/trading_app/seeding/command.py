"""`trading seed`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trading_app.commands import CommandSettings, WrongUsage, database_of, run_command
from trading_app.seeding.calendars import FIRST_YEAR, LAST_YEAR
from trading_app.seeding.service import seed_instruments, seed_sessions

if TYPE_CHECKING:
    from argparse import Namespace


def run(arguments: Namespace) -> int:
    this_year = datetime.now(UTC).year
    first_year = this_year if arguments.first_year is None else arguments.first_year
    last_year = max(this_year + 1, first_year) if arguments.last_year is None else arguments.last_year
    return run_command(_seed(CommandSettings.load(), first_year, last_year))


async def _seed(settings: CommandSettings, first_year: int, last_year: int) -> int:
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise WrongUsage(
            f"--first-year and --last-year must lie between {FIRST_YEAR} and {LAST_YEAR}, the first not after the last"
        )
    async with database_of(settings, name="seed") as database, database.begin() as connection:
        instruments = await seed_instruments(connection)
        sessions = await seed_sessions(connection, first_year, last_year)
    sys.stdout.write(f"instruments: {instruments}\n")
    sys.stdout.write(f"trading sessions {first_year} to {last_year}: {sessions}\n")
    return 0
