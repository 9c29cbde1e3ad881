"""Throttling by address block and by account (OWASP ASVS 5.0, 6.1.1 and 6.3.1; NIST SP 800-63B-4, 3.2.2).

By address: a number of tries a minute and an hour. By account: ten failures in a row are free; then comes a wait of
half a minute, which each further failure doubles up to a quarter of an hour, and a hundred close the way until
there is a success.

A stranger who fails on purpose must not lock the owner out. So the failures of a neighbourhood of addresses from
which the account's owner has signed in, or reset the password by mail, are counted apart from everybody else's:
strangers can only close the strangers' way. From a new place under attack the owner resets the password by mail,
which makes the place a known one.
"""

import hashlib
import math
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from platform_app.audit import Event
from platform_app.clients import Client
from platform_app.throttling import queries
from platform_app.throttling.blocks import neighbourhood, own_block
from platform_app.throttling.queries import Backoff
from servicekit.database import Database
from servicekit.problems import TooManyRequests

MINUTE, HOUR = 60, 3600
HOURS_WORTH = 10  # an hour allows ten times what a minute does
NEIGHBOURS_WORTH = 4  # a neighbourhood allows four times what an address does
NOBODY = UUID(int=0)  # asked about where there is no such user, so that the time does not tell
PLACES = [Event.SIGN_IN, Event.SIGN_UP, Event.PASSWORD_RESET, Event.PASSWORD_CHANGE]


class Scope(StrEnum):
    SIGN_UP = "sign-up"
    SIGN_IN = "sign-in"
    PASSWORD = "password"  # noqa: S105  # names what is counted
    MAIL = "mail"
    TOKEN = "token"  # noqa: S105  # names what is counted


@dataclass(frozen=True)
class Limits:
    """How much is allowed.

    Args:
        attempts_per_minute: sign-ins, sign-ups and password checks of one address, each.
        mails_per_minute: requests that send a mail, of one address.
        mails_per_account: mails of one kind to one address in a quarter of an hour.
        backoff: for one account.
    """

    attempts_per_minute: int = 30
    mails_per_minute: int = 3
    mails_per_account: int = 3
    backoff: Backoff = field(default_factory=Backoff)


def account_key(address: str) -> str:
    """The name an account is counted under, whether or not it exists."""
    return hashlib.sha256(address.lower().encode("utf-8", "surrogatepass")).hexdigest()


class Throttle:
    """Counts tries and refuses too many.

    Args:
        database: where the counters are.
        limits: how much is allowed.
    """

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def by_address(self, scope: Scope, client: Client) -> None:
        """Count a try of the client's address.

        Raises:
            TooManyRequests: with the seconds after which the next try may succeed.
        """
        if client.address is None:
            return
        limit = self._limits.mails_per_minute if scope is Scope.MAIL else self._limits.attempts_per_minute
        allowed = {
            f"{scope}:address": (own_block(client.address), MINUTE, limit),
            f"{scope}:address-hour": (own_block(client.address), HOUR, limit * HOURS_WORTH),
            f"{scope}:block": (neighbourhood(client.address), MINUTE, limit * NEIGHBOURS_WORTH),
        }
        rows = [(name, subject, window) for name, (subject, window, _) in allowed.items()]
        hits = await queries.hit(self._database, rows)
        waits = [allowed[name][1] - age for name, (count, age) in hits.items() if count > allowed[name][2]]
        if waits:
            raise TooManyRequests(retry_after=max(1, math.ceil(max(waits))))

    async def by_account(self, scope: Scope, account: str, client: Client, user_id: UUID | None) -> str:
        """Count a failure of the account in advance; `forget` takes it back after a success.

        Args:
            scope: what is tried.
            account: its address.
            client: who tries.
            user_id: whose account it is, if it is anybody's.

        Returns:
            What was counted, for `take_back`.

        Raises:
            TooManyRequests: with the seconds after which the next try may succeed.
        """
        subject = account_key(account)
        wait = await queries.attempt(self._database, scope, subject, self._limits.backoff)
        if wait is None:
            return subject
        if client.address is not None:
            block = neighbourhood(client.address)
            if await queries.is_known(self._database, user_id or NOBODY, block, [*PLACES]):
                subject = f"{account_key(account)}@{block}"
                wait = await queries.attempt(self._database, scope, subject, self._limits.backoff)
        if wait is not None:
            raise TooManyRequests(retry_after=math.ceil(wait))
        return subject

    async def take_back(self, scope: Scope, counted: str) -> None:
        """Undo what `by_account` counted, for a try that nobody had time to look at."""
        await queries.take_back(self._database, scope, counted)

    async def forget(self, connection: AsyncConnection, scope: Scope, account: str, client: Client) -> None:
        """After a success the failures in a row are over, with the transaction that the success is part of."""
        subjects = [account_key(account)]
        if client.address is not None:
            subjects.append(f"{account_key(account)}@{neighbourhood(client.address)}")
        await queries.forget(connection, scope, subjects)

    async def may_mail(self, kind: str, address: str) -> bool:
        """Whether another mail of a kind may go to the address; the caller's answer must not show which.

        Each kind is counted apart: a stranger who asks for resets of an address that is nobody's yet, which send
        nothing, must not use up the mails that its owner needs to sign up.
        """
        scope = f"{Scope.MAIL}:{kind}"
        hits = await queries.hit(self._database, [(scope, account_key(address), HOUR // 4)])
        return hits[scope][0] <= self._limits.mails_per_account
