"""What happens: a half day at the exchange, the Friday after Thanksgiving, with quotes that are made up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demo.failure import DemoFailed
from demo.people import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.stage import Stage

QUOTES = Path(__file__).parent / "quotes.csv"
_YEAR, _DAY = "2026", "2026-11-27"


def play(stage: Stage, say: Callable[[str], None]) -> list[Person]:
    """Play it, and give everybody with what they ordered.

    Args:
        stage: where the services answer.
        say: told of each step.

    Raises:
        DemoFailed: something went otherwise.
    """
    say(_replayed(stage, "--until", f"{_DAY}T09:31:00-05:00"))
    ada, grace = Person(stage, "Ada"), Person(stage, "Grace")
    say("Ada and Grace sign up, and each opens an account with $100,000.")
    ada.place("buy 10 AAPL market day", "filled")
    ada.place("buy $1000 AAPL market day", "filled")
    nvidia = ada.place("buy 400 NVDA market day", "partially_filled")  # 300 are displayed
    microsoft = ada.place("buy 10 MSFT limit 505.00 gtc", "new")
    ada.refused("buy 1000 MSFT limit 500.00 day", 403)
    ada.refused("buy 0.5 MSFT limit 500.00 gtc", 422)
    grace.place("buy 120 MSFT limit 510.20 ioc", "canceled")  # 100 are displayed
    grace.place("buy 150 NVDA limit 180.00 fok", "canceled")
    canceled = grace.place("buy 20 AAPL limit 270.00 gtc", "new")
    stop = grace.place("sell 50 MSFT stop 507.00 day", "new")
    replaced = grace.place("sell 50 MSFT limit 515.00 day", "new")
    expiring = grace.place("buy 10 NVDA limit 170.00 day", "new")
    grace.refused("sell 5 AAPL market day", 403)

    say(_replayed(stage, "--until", f"{_DAY}T10:00:00-05:00"))
    ada.until(nvidia, "filled")
    sale = ada.place("sell 100 NVDA limit 181.00 gtc", "new")
    grace.cancel(canceled)
    grace.replace(replaced, "512.00")

    say(_replayed(stage))
    for person, order, status in (
        (ada, microsoft, "filled"),
        (ada, sale, "filled"),
        (grace, stop, "filled"),
        (grace, replaced, "replaced"),
        (grace, grace.orders[-1]["id"], "filled"),
        (grace, canceled, "canceled"),
        (grace, expiring, "expired"),
    ):
        person.until(order, status)
    return [ada, grace]


def check(stage: Stage, people: list[Person]) -> str:
    """Hold books and audit chains against the executions, and give what `trading verify` says in the end.

    Raises:
        DemoFailed: they do not agree.
    """
    for person in people:
        found = person.get("/account/reconciliation")
        if not found["matches"]:
            raise DemoFailed(f"{person.name}'s books differ from the executions: {found['differences']}")
    return f"$ trading verify\n{stage.run('trading', 'verify').splitlines()[-1]}"


def seeded(stage: Stage) -> str:
    """Fill in instruments and the year's trading sessions, and give what that says."""
    return _told(stage, "trading", "seed", "--first-year", _YEAR, "--last-year", _YEAR)


def _replayed(stage: Stage, *options: str) -> str:
    return _told(stage, "trading", "replay", "--lockstep", *options, str(QUOTES.relative_to(Path.cwd())))


def _told(stage: Stage, *command: str) -> str:
    return f"$ {' '.join(command)}\n{stage.run(*command)}"
