"""noxfile.py reads like a table of contents, and says which packages there are."""

from __future__ import annotations

import ast

import pytest
from workspace import PACKAGES, ROOT, Function, Module

NOXFILE = Module(ROOT / "noxfile.py")
SESSIONS = [function for function in NOXFILE.functions() if function.decorator_list]
BODY_LINES = 6
EXPECTED = {
    *("migrate", "status", "generate", "check", "rollback", "reset", "bootstrap"),
    *("db", "serve", "tests", "lint", "types", "lock"),
}


def test_what_people_do_here_has_a_session() -> None:
    assert {session.name for session in SESSIONS} >= EXPECTED


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_a_sessions_docstring_is_its_help(session: Function) -> None:
    assert (ast.get_docstring(session) or "").endswith(".")


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_a_sessions_body_is_a_few_lines(session: Function) -> None:
    first, last = session.body[1], session.body[-1]  # the docstring comes before
    assert (last.end_lineno or 0) - first.lineno + 1 <= BODY_LINES


def test_every_package_is_installed_in_the_environments() -> None:
    [workspace] = [
        ast.literal_eval(node.value)
        for node in NOXFILE.tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WORKSPACE"
    ]
    assert sorted(workspace) == [str(package.relative_to(ROOT)) for package in PACKAGES]
