"""Killed at every statement of a plan that makes or changes something, the next run finishes the job."""

from __future__ import annotations

import pytest
from workshop import ToyApp, Workshop, finish

PARTS = 3

# Stands still at the n-th such statement while the brake is on; the lock shows which server process that is.
STAND_STILL = """
CREATE TABLE public.brake (at int);
CREATE SEQUENCE public.seen;
CREATE SEQUENCE public.grants;
CREATE FUNCTION public.stand_still() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
    IF tg_tag = 'GRANT' AND nextval('public.grants') % 6 <> 0 THEN
        RETURN;  -- they are many and all in one transaction per app
    END IF;
    IF nextval('public.seen') = (SELECT max(at) FROM public.brake) THEN
        PERFORM pg_advisory_lock(4711);
        WHILE EXISTS (SELECT FROM public.brake) LOOP
            PERFORM pg_sleep(0.02);
        END LOOP;
    END IF;
END $$;
CREATE EVENT TRIGGER stand_still_{suffix} ON ddl_command_start EXECUTE FUNCTION public.stand_still();
"""
STANDING = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def plan(platform: ToyApp, trading: ToyApp) -> list[str]:
    """Give four revisions, interleaved, one of them outside of a transaction."""
    first = [platform.head, trading.head]
    index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS accounts_user_idx ON trading.accounts (user_id)"
    second = trading.write_revision(f"with op.get_context().autocommit_block():\n    op.execute({index!r})")
    third = platform.revise(
        [
            "CREATE TABLE platform.a ()",
            'ALTER TABLE platform."user" ADD COLUMN a int',
            "DROP TABLE platform.a",
        ],
        requires={"trading": second},
    )
    return [*first, second, third]


def start_over(workshop: Workshop) -> None:
    workshop.sql("DROP SCHEMA IF EXISTS platform, trading, caravan CASCADE")
    workshop.sql("SELECT setval('public.seen', 1, false), setval('public.grants', 1, false)")


def at_boundary(workshop: Workshop, plan: list[str]) -> int:
    """Assert that what is recorded is what is there, and give how much that is."""
    if workshop.value("SELECT to_regclass('caravan.revisions')") is None:
        return 0
    recorded = [
        revision for (revision,) in workshop.sql("SELECT revision FROM caravan.revisions ORDER BY applied_at")
    ]
    assert recorded == plan[: len(recorded)]
    there = (
        workshop.value("SELECT to_regclass('platform.\"user\"') IS NOT NULL"),
        workshop.value("SELECT to_regclass('trading.accounts') IS NOT NULL"),
    )
    assert there == (len(recorded) > 0, len(recorded) > 1)
    assert workshop.value("SELECT to_regclass('platform.a')") is None
    return len(recorded)


def interrupt(workshop: Workshop, number: int, *, kill: bool) -> None:
    """End a run, or its server process, at a statement."""
    workshop.sql("INSERT INTO public.brake VALUES (%s)", number)
    process = workshop.start("migrate", CARAVAN_LOCK_TIMEOUT="60")
    [pid] = workshop.wait_for(STANDING)
    if kill:
        process.kill()
    workshop.sql("SELECT pg_terminate_backend(%s, 60000)", pid)
    result = finish(process)
    assert kill or (result.code, result.error) == (5, "no-connection"), result.err
    workshop.sql("DELETE FROM public.brake")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_that_ended_anywhere_is_at_a_boundary_and_the_next_one_finishes(
    workshop: Workshop, plan: list[str], part: int
) -> None:
    workshop.sql(STAND_STILL.format(suffix=workshop.suffix))
    assert workshop.run("migrate", "--json").applied == plan
    statements = workshop.value("SELECT last_value FROM public.seen")
    assert statements > 10
    reached = []
    for number in range(1 + part, statements + 1, PARTS):
        start_over(workshop)
        interrupt(workshop, number, kill=number % 2 == 0)
        reached.append(at_boundary(workshop, plan))
        result = workshop.run("migrate", "--json")
        assert result.code == 0, (number, result.err)
        assert result.applied == plan[reached[-1] :], number
        assert workshop.run("migrate", "--json").data["nothing_to_do"]
        assert workshop.value("SELECT bool_and(indisvalid) FROM pg_index") is True
        query = "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attnum > 0 AND attrelid = %s::regclass"
        assert workshop.value(query, 'platform."user"') == ["id", "name", "secret", "a"]
    assert reached == sorted(reached)
