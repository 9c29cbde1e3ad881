"""A start with nothing to do imports neither SQLAlchemy nor Alembic."""

from __future__ import annotations

import json

import pytest
from workshop import ToyApp, Workshop, finish

SCRIPT = """
import json, sys
from caravan.cli import main
code = main(sys.argv[1:])
json.dump([code, sorted(sys.modules)], sys.stderr)
"""
HEAVY = {"sqlalchemy", "alembic", "mako", "rich"}


def imported(workshop: Workshop, *arguments: str) -> set[str]:
    result = finish(workshop.start_python("-c", SCRIPT, *arguments))
    code, modules = json.loads(result.err)
    assert code == 0
    return {str(module).partition(".")[0] for module in modules}


@pytest.mark.usefixtures("trading")
def test_a_migrate_with_nothing_to_do_stays_light(workshop: Workshop) -> None:
    assert imported(workshop, "migrate") >= HEAVY, "with work to do they are needed, so the test can tell"
    for arguments in (("migrate",), ("migrate", "--json"), ("migrate", "--dry-run"), ("migrate", "trading")):
        modules = imported(workshop, *arguments)
        assert "psycopg" in modules
        assert not HEAVY & modules, arguments
        assert not {module for module in modules if workshop.suffix in module}, "no app's code either"


def test_what_is_pending_for_another_app_does_not_make_it_heavy_forever(
    workshop: Workshop, platform: ToyApp
) -> None:
    assert workshop.run("migrate").code == 0
    platform.revise("CREATE TABLE platform.more ()")
    assert imported(workshop, "migrate") >= HEAVY
    assert not HEAVY & imported(workshop, "migrate")


def test_refusing_is_light_too(workshop: Workshop, platform: ToyApp) -> None:
    assert workshop.run("migrate").code == 0
    path = platform.revisions[platform.head]
    path.write_text(path.read_text() + "# changed\n")
    result = finish(workshop.start_python("-c", SCRIPT, "migrate"))
    code, modules = json.loads(result.err.splitlines()[-1])
    assert code == 4
    assert "changed-revision" in result.err
    assert not HEAVY & {module.partition(".")[0] for module in modules}


@pytest.mark.usefixtures("trading")
@pytest.mark.parametrize("command", ["status", "history", "protect"])
def test_what_only_asks_the_database_is_light(workshop: Workshop, command: str) -> None:
    assert workshop.run("migrate").code == 0
    assert not HEAVY & imported(workshop, command)
