from __future__ import annotations

import json

import psycopg
import pytest
from workshop import ToyApp, Workshop, finish


def test_eight_migrates_at_once_on_an_empty_database_do_the_work_once(
    workshop: Workshop, platform: ToyApp, trading: ToyApp
) -> None:
    platform.revise("CREATE TABLE platform.second (id int)")
    trading.revise("CREATE TABLE trading.second (id int)")
    results = [finish(process) for process in [workshop.start("migrate", "--json") for _ in range(8)]]
    assert [result.code for result in results] == [0] * 8, [result.err for result in results]
    everything = [*platform.revisions, *trading.revisions]
    working = [result for result in results if result.data["applied"]]
    assert [sorted(result.applied) for result in working] == [sorted(everything)]
    assert sorted(revision for _, revision, _, _ in workshop.history()) == sorted(everything)
    assert [result.data["nothing_to_do"] for result in results].count(True) == 7


def test_databases_of_one_server_can_be_bootstrapped_at_once(
    workshop: Workshop, trading: ToyApp, database_factory: object
) -> None:
    urls = [workshop.url, *(database_factory() for _ in range(3))]  # type: ignore[operator]
    processes = [workshop.start("migrate", "--json", DATABASE_URL=url) for url in urls]
    results = [finish(process) for process in processes]
    assert [result.code for result in results] == [0] * 4, [result.err for result in results]
    assert all(trading.head in result.applied for result in results)
    for url in urls[1:]:  # the roles outlive a database unless nothing in any of them is theirs
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA platform, trading CASCADE")


@pytest.fixture
def busy(workshop: Workshop, platform: ToyApp) -> str:
    """Give a revision at which another runner stands still."""
    brake = workshop.make_brake()
    workshop.set_brake(on=True)
    return platform.revise([brake, "CREATE TABLE platform.slow ()"])


def test_a_runner_that_waits_in_vain_says_who_holds_the_lock_and_since_when(
    workshop: Workshop, busy: str
) -> None:
    holder = workshop.start("migrate", "--json")
    pid = workshop.wait_for_brake()
    result = workshop.run("migrate", "--wait", "0")
    assert (result.code, result.error) == (5, "runner-locked")
    assert "caravan" in result.text
    assert "since 20" in result.text
    assert str(pid) not in result.text, "it is the lock's connection that counts"
    workshop.set_brake(on=False)
    assert finish(holder).applied[-1] == busy


def test_a_runner_that_waits_goes_on_when_the_other_is_done(workshop: Workshop, busy: str) -> None:
    holder = workshop.start("migrate", "--json")
    pid = workshop.wait_for_brake()
    waiter = workshop.start("migrate", "--wait", "600", "--json")
    workshop.wait_for(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"  # the holder's own connection asked something else since
    )
    workshop.sql("SELECT pg_cancel_backend(%s)", pid)
    assert finish(holder).code == 1
    workshop.set_brake(on=False)
    result = finish(waiter)
    assert (result.code, result.applied[-1]) == (0, busy), result.err


def test_nobody_waits_inside_postgres_for_the_runners_lock(workshop: Workshop, busy: str) -> None:
    holder = workshop.start("migrate")
    workshop.wait_for_brake()
    waiter = workshop.start("migrate", "--wait", "600")
    workshop.wait_for(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()"  # the holder's own connection asked something else since
    )
    assert workshop.sql("SELECT * FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == []
    waiter.kill()
    waiter.communicate()
    workshop.set_brake(on=False)
    assert finish(holder).code == 0
    assert workshop.version("platform") == [busy]


def test_reading_commands_do_not_wait_for_a_runner(workshop: Workshop, busy: str) -> None:
    holder = workshop.start("migrate")
    pid = workshop.wait_for_brake()
    status = workshop.run("status", "--json")
    assert status.code == 0
    [app] = status.data["apps"]
    assert busy in [pending["revision"] for pending in app["pending"]]
    assert workshop.run("migrate", "--dry-run").code == 0
    assert json.loads(workshop.run("history", "--json").out)["history"]
    workshop.sql("SELECT pg_cancel_backend(%s)", pid)
    assert finish(holder).code == 1
