"""Each service is deployed on its own: what one of them goes through, the other's users do not notice."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from stacks import unready
from traders import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stacks import Stack


@contextmanager
def asking_all_the_time(person: Person) -> Iterator[Counter[int]]:
    """Count how trading answers somebody who reads and trades until the block ends."""
    done, answers = threading.Event(), Counter[int]()

    def ask() -> None:
        while not done.is_set():
            answers[person.trading.get("/account").status_code] += 1
            answers[person.order("AAPL", type="limit", limit_price="1", qty="1").status_code] += 1

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        done.set()
        thread.join()


def test_trading_serves_signed_in_users_while_platform_is_down(interruptible: Stack, ada: Person) -> None:
    interruptible.stop_platform()
    try:
        with pytest.raises(httpx.TransportError):
            ada.session()
        account = ada.trading.get("/account")
        order = ada.order("AAPL", type="limit", limit_price="1")
        ready = unready(interruptible.trading_url)
    finally:
        interruptible.start_platform()

    assert (account.status_code, order.status_code, ready) == (200, 200, None)
    assert ada.session() is not None
    assert ada.trading.get(f"/orders/{order.json()['id']}").status_code == 200


def test_old_processes_keep_serving_while_platform_moves_on(extensible: Stack) -> None:
    with Person(extensible).sign_up() as ada:
        ada.open_account()
        with asking_all_the_time(ada) as answers:
            extensible.apply_next_platform_revision()
            before = answers.total()
            while answers.total() < before + 20:
                assert ada.session() is not None

        assert set(answers) == {200}
        assert (unready(extensible.platform_url), unready(extensible.trading_url)) == (None, None)
        with ada.again() as again:
            assert again.trading.get("/account").status_code == 200
