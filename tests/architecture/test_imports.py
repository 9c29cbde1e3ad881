"""Who imports whom, where import-linter's contracts cannot say it."""

from __future__ import annotations

import ast

from workspace import PACKAGES, ROOT, Module, modules, project

# Caravan's start-up path imports late on purpose: a no-op `migrate` must load neither SQLAlchemy nor Alembic.
MAY_IMPORT_LATE = "packages/caravan/src/caravan/"
MAY_USE_DEVDB = ("noxfile.py", "infra/", "packages/devdb/", "soak/")


def test_a_features_queries_are_called_from_that_feature_alone() -> None:
    strangers = [
        f"{module}:{line} imports {name}"
        for module in modules()
        if module.parts[0] == "apps" and "src" in module.parts
        for line, name in module.imports()
        if (feature := feature_of_queries(name))
        and feature != module.parts[module.parts.index("src") + 1 : -1]
    ]
    assert strangers == []


def feature_of_queries(name: str) -> tuple[str, ...]:
    """The package, app first, whose queries module this name is (in)."""
    parts = name.split(".")
    return tuple(parts[: parts.index("queries")]) if "queries" in parts and parts[0].endswith("_app") else ()


def test_sql_stays_out_of_endpoints() -> None:
    reached = [
        f"{module}:{line} imports {name}"
        for module in modules()
        if module.path.name == "endpoints.py"
        for line, name in module.imports()
        if name.split(".")[0] in {"sqlalchemy", "psycopg"}
    ]
    assert reached == []


def test_the_development_database_is_for_noxfile_soaks_and_tests_alone() -> None:
    users = [
        str(module)
        for module in modules()
        if not (module.is_test or module.path.name == "conftest.py" or str(module).startswith(MAY_USE_DEVDB))
        if any(name.split(".")[0] == "devdb" for _, name in module.imports())
    ]
    assert users == []


def test_no_package_lists_an_app_or_the_development_database_among_its_dependencies() -> None:
    apps = {project(package)["name"] for package in PACKAGES if package.parent.name == "apps"}
    for package in PACKAGES:
        named = {
            requirement.split("[")[0].split(">")[0].strip()
            for requirement in project(package)["dependencies"]
        }
        assert named.isdisjoint(apps | {"devdb"}), package.relative_to(ROOT)


def test_caravan_stands_on_third_parties_only() -> None:
    ours = {project(package)["name"].replace("-", "_") for package in PACKAGES} | {
        "platform_app",
        "trading_app",
    }
    reached = [
        f"{module}:{line} imports {name}"
        for module in modules()
        if str(module).startswith("packages/caravan/src/")
        for line, name in module.imports()
        if name.split(".")[0] in ours - {"caravan"}
    ]
    assert reached == []


def test_nothing_is_imported_inside_a_function() -> None:
    late = [
        f"{module}:{node.lineno}"
        for module in modules()
        if not (module.is_test or str(module).startswith(MAY_IMPORT_LATE))
        for node in imports_in_functions(module)
    ]
    assert late == []


def imports_in_functions(module: Module) -> list[ast.Import | ast.ImportFrom]:
    return [
        node
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
