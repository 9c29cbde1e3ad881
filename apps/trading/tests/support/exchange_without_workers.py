"""A trading service for tests that are not asynchronous: every request is answered before the next, and the venue works when told."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from anyio.from_thread import start_blocking_portal
from books_from_executions import violations
from brokerage import MONDAY, Brokerage, brokerage_on

from trading_app.accounts import service as accounts
from trading_app.accounts.schemas import AccountIn
from trading_app.audit.actor import Actor
from trading_app.tables.enumerations import ActorKind
from trading_app.venue.clock import MarketClock
from trading_app.venue.matching import match
from trading_app.venue.model import model_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import httpx
    from anyio.from_thread import BlockingPortal
    from brokerage import Person


@dataclass(frozen=True)
class Exchange:
    """One service, several people with an account each, and somebody who brings the quotes.

    Args:
        portal: where the service's event loop runs.
        people: the accounts' owners.
        clients: theirs, and the feed's as the last one.
    """

    brokerage: Brokerage
    portal: BlockingPortal
    people: list[Person]
    clients: list[httpx.AsyncClient]
    instruments: dict[str, UUID] = field(default_factory=dict)

    @property
    def account_ids(self) -> list[UUID]:
        return [UUID(int=number) for number in range(1, len(self.people) + 1)]

    def begin(self, cash: list[str], symbols: Mapping[str, bool]) -> None:
        """Start anew with nothing but accounts and instruments, named as ever: the same requests have the same effects.

        Args:
            cash: of each person.
            symbols: of the instruments, and whether they come in fractions.
        """
        market = self.brokerage.market
        market.rows("SET session_replication_role = replica")  # past the triggers that keep what happened
        market.rows("TRUNCATE trading.accounts, trading.instruments CASCADE")
        market.rows("RESET session_replication_role")
        for number, (symbol, fractionable) in enumerate(symbols.items(), 100):
            self.instruments[symbol] = market.instrument(
                symbol, id=UUID(int=number), fractionable=fractionable
            )
        for person, account, money in zip(self.people, self.account_ids, cash, strict=True):
            self.portal.call(self._open, person, account, Decimal(money))

    async def _open(self, person: Person, account: UUID, cash: Decimal) -> None:
        async with self.brokerage.database.begin() as connection:
            wanted, actor = AccountIn(opening_cash=cash), Actor(ActorKind.USER, person.id)
            assert await accounts.open_account(connection, account, wanted, actor, at=MONDAY)

    def ask(self, who: int, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401  as httpx
        """Send a request of a person's; -1 is the feed."""
        return self.portal.call(partial(self.clients[who].request, method, f"/v2{path}", **options))

    def quote(self, symbol: str, at: datetime, **values: object) -> None:
        """Let the feed bring a quote, a trade or both."""
        quote = {"symbol": symbol, "timestamp": at.isoformat(), **values}
        answer = self.ask(-1, "POST", "/market-data/quotes", json={"quotes": [quote]})
        assert answer.json() == {"accepted": 1, "duplicates": 0, "outdated": 0}, answer.text

    def work(self) -> None:
        """Let the venue do what a worker does for each instrument."""
        settings = self.brokerage.app.state.service.settings
        for instrument in self.instruments.values():
            self.portal.call(match, self.brokerage.database, MarketClock(), model_of(settings), instrument)

    def violations(self) -> list[str]:
        """Say which rules of the books are broken."""
        return violations(self.brokerage.market.connection, self.account_ids)


@contextmanager
def exchange_on(url: str, people: int) -> Iterator[Exchange]:
    """Run an exchange in the background, open for some months.

    Args:
        url: a migrated database that is its own.
        people: how many have an account.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(brokerage_on(url)) as brokerage,
    ):
        brokerage.market.sessions(MONDAY.date(), 120)
        persons = [brokerage.market.person() for _ in range(people)]
        clients = [
            person.client(brokerage.app, str(UUID(int=number))) for number, person in enumerate(persons, 1)
        ]
        clients.append(brokerage.market.person("service").client(brokerage.app))
        yield Exchange(brokerage, portal, persons, clients)
        for client in clients:
            portal.call(client.aclose)
