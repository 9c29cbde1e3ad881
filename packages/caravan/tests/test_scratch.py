"""Throwaway databases come and go, whatever happens in between."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from caravan.database import Database
from caravan.scratch import ScratchServer, scratch_server
from caravan.testing.templates import shared_template


def exists(server: str, name: str) -> bool:
    with psycopg.connect(server) as connection:
        row = connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row == (1,)


def fail_in(scratch: ScratchServer, names: list[str]) -> None:
    with scratch.empty() as made:
        names.append(made.name)
        raise ZeroDivisionError


def test_a_throwaway_database_is_dropped_even_after_an_error(empty_database: str) -> None:
    names: list[str] = []
    with scratch_server(Database(empty_database)) as scratch:
        with scratch.empty() as made, made.connect() as connection:
            connection.execute("CREATE TABLE public.thing (id int)")
            names.append(made.name)
            connection.close()
            with scratch.clone(made) as copy, copy.connect() as second:
                names.append(copy.name)
                assert second.execute("SELECT count(*) FROM public.thing").fetchone() == (0,)
        with pytest.raises(ZeroDivisionError):
            fail_in(scratch, names)
    assert len(set(names)) == 3
    assert not any(exists(empty_database, name) for name in names)


def test_a_copy_waits_for_those_who_are_still_connected(empty_database: str) -> None:
    with scratch_server(Database(empty_database)) as scratch, scratch.empty() as made:
        lingering = made.connect()
        leaving = threading.Timer(6.0, lingering.close)  # longer than the server waits by itself
        leaving.start()
        with scratch.clone(made) as copy:
            assert exists(empty_database, copy.name)
        leaving.join()


def test_a_copy_of_what_stays_in_use_is_refused_in_the_end(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caravan.scratch._PATIENCE", 0.0)
    with (
        scratch_server(Database(empty_database)) as scratch,
        scratch.empty() as made,
        made.connect(),
        pytest.raises(psycopg.errors.ObjectInUse),
        scratch.clone(made),
    ):
        pass


def test_what_a_killed_process_left_is_swept_up_after_some_hours(empty_database: str) -> None:
    old, young = (
        f"caravan_scratch_{int(time.time()) - 7 * 3600:x}_a{id(object()):x}",
        f"caravan_scratch_x_{time.time_ns()}",
    )
    with psycopg.connect(empty_database, autocommit=True) as connection:
        for name in (old, young):
            connection.execute(f'CREATE DATABASE "{name}"')
        with scratch_server(Database(empty_database)):
            assert not exists(empty_database, old)
            assert exists(empty_database, young)
        connection.execute(f'DROP DATABASE "{young}"')


def test_the_template_of_a_run_is_built_once_and_dropped_by_the_last(empty_database: str) -> None:
    built: list[str] = []

    def build(database: Database) -> None:
        built.append(database.name)

    server, key = Database(empty_database), empty_database
    with shared_template(server, key, build) as first, shared_template(server, key, build) as second:
        assert first == second
        assert exists(empty_database, first.name)
    assert built == [first.name]
    assert not exists(empty_database, first.name)
    with shared_template(server, key, build) as anew:
        assert built == [first.name, anew.name]


def test_a_template_that_cannot_be_built_leaves_nothing(empty_database: str) -> None:
    tried: list[str] = []

    def build(database: Database) -> None:
        tried.append(database.name)
        raise ZeroDivisionError

    broken: Callable[[Database], None] = build
    with pytest.raises(ZeroDivisionError), shared_template(Database(empty_database), "broken", broken):
        pass
    assert re.fullmatch("caravan_scratch_[0-9a-f]+_[0-9a-f]{16}", tried[0])
    assert not exists(empty_database, tried[0])
