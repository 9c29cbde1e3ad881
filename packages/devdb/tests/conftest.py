"""What the tests of devdb share, and which of them this machine cannot run."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from devdb_bench import Bench

from devdb import container

_MARK = (
    "needs_engine: runs only where a Docker engine answers",
    "needs_mount: runs only where file systems can be mounted",
    "needs_root: runs only as root",
)


def pytest_configure(config: pytest.Config) -> None:
    for line in _MARK:
        config.addinivalue_line("markers", line)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot run here, and say so."""
    marked = {mark.name for item in items for mark in item.iter_markers()}
    possible = {"needs_engine": container.engine_answers, "needs_mount": _may_mount, "needs_root": _is_root}
    lacking = {name for name, here in possible.items() if name in marked and not here()}
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in lacking)]
    if not left_out:
        return
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        capture = config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            names = ", ".join(sorted(lacking))
            os.write(
                2, f"\ndevdb: {len(left_out)} tests left out, because this machine lacks: {names}\n".encode()
            )


def _is_root() -> bool:
    return os.geteuid() == 0


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True, check=False)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.returncode == 0


def _make_folder(*, ordinary: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    if ordinary and _is_root():
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A folder of whoever runs the tests."""
    made = Bench(_make_folder(ordinary=False))
    yield made
    made.clear()


@pytest.fixture
def ordinary_bench() -> Iterator[Bench]:
    """A folder of an ordinary user, and commands that run as this user."""
    made = Bench(_make_folder(ordinary=True), ordinary=True)
    yield made
    made.clear()


@pytest.fixture(params=["ours", "ordinary"])
def any_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A folder of whoever runs the tests (in many containers: root), then one of an ordinary user."""
    ordinary = request.param == "ordinary"
    made = Bench(_make_folder(ordinary=ordinary), ordinary=ordinary)
    yield made
    made.clear()
