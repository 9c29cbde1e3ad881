"""The shape of the tree: sizes, names, and where things are."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from workspace import PACKAGES, ROOT, Function, files, modules

MODULE_LINES, FUNCTION_LINES, ENVIRONMENT_LINES = 400, 60, 5
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "shared"}


def test_the_tree_is_found() -> None:
    assert len(modules()) > 20
    assert [str(package.relative_to(ROOT)) for package in PACKAGES] == [
        "apps/platform",
        "apps/trading",
        "packages/caravan",
        "packages/devdb",
        "packages/servicekit",
    ]


def test_no_module_is_longer_than_400_lines() -> None:
    too_long = {
        str(module): count for module in modules() if (count := module.text.count("\n")) > MODULE_LINES
    }
    assert too_long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    too_long = {
        f"{module}:{function.lineno} {function.name}": lines
        for module in modules()
        for function in module.functions()
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert too_long == {}


def test_no_module_and_no_folder_has_a_name_that_says_nothing() -> None:
    assert [str(module) for module in modules() if VAGUE & set(module.parts)] == []


def test_every_alembic_environment_only_hands_its_app_to_caravan() -> None:
    environments = [module for module in modules() if module.path.name == "env.py"]
    assert len(environments) == len([path for path in files() if path.name == "caravan.toml"]) > 0
    for environment in environments:
        written = [line for line in environment.text.splitlines() if line.strip()]
        assert len(written) <= ENVIRONMENT_LINES, f"{environment} does more than call caravan.environment.run"


def test_each_test_files_name_is_its_own() -> None:
    places = defaultdict(list)
    for module in modules():
        if module.path.name.startswith("test_"):
            places[module.path.name].append(str(module))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_tests_are_no_packages() -> None:
    assert [str(module) for module in modules() if module.is_test and module.path.name == "__init__.py"] == []


def test_a_revisions_file_says_when_it_was_made_and_what_it_does() -> None:
    named = re.compile(r"\d{4}_\d\d_\d\d_\d{4}_[a-z0-9_]+\.py")
    revisions = [path.name for path in files() if path.parent.name == "versions" and path.suffix == ".py"]
    assert [name for name in revisions if not named.fullmatch(name)] == []


def test_nothing_is_left_to_do_and_no_test_is_passed_over() -> None:
    left = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b|(mark|pytest)\.([s]kip|[x]fail)|pragma: [n]o cover")
    found = [
        f"{module}:{number}: {line.strip()}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if left.search(line)
    ]
    assert found == []


def test_every_test_visibly_asserts_something() -> None:
    silent = [
        f"{module}:{function.lineno} {function.name}"
        for module in modules()
        if module.is_test
        for function in module.functions()
        if function.name.startswith("test_") and not asserts(function)
    ]
    assert silent == []


def asserts(test: Function) -> bool:
    return (
        re.search(r"\bassert(\b|_)|\braises\(|\bwarns\(|\bfail\(|\bexpect|\bverify", ast.unparse(test))
        is not None
    )
