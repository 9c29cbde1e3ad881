"""What README and docs/deploy.md say, followed word by word in a fresh clone."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from compose_project import development_settings, free_port
from engine import ROOT, engine, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELL_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PODMAN_AS_DOCKER = """#!/bin/sh
if [ "$1" = compose ]; then shift; exec {compose} "$@"; fi
exec {program} "$@"
"""
NAMES = ("postgres", "platform", "platform-worker", "trading", "trading-worker", "restored")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone in an empty folder."""
    folder = tmp_path_factory.mktemp("empty") / "tradepost"
    tell(("git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", str(folder)))
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell in which `docker` is whatever engine answers here, and nothing else is as it is not for everybody."""
    place = tmp_path_factory.mktemp("bin")
    if engine().program != "docker":
        shim = PODMAN_AS_DOCKER.format(compose=" ".join(engine().compose), program=engine().program)
        (place / "docker").write_text(shim)
        (place / "docker").chmod(0o755)
    # ports that the documents do not speak of may be taken here
    ports = {"POSTGRES_PORT": free_port(), "COMPOSE_PROJECT_NAME": f"readme{os.getpid()}"}
    return os.environ | ports | {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}


def commands(document: Path) -> list[str]:
    return SHELL_BLOCK.findall(document.read_text())


def follow(script: str, folder: Path, environment: dict[str, str]) -> str:
    """Type commands into one shell, in a folder; each must succeed."""
    done = subprocess.run(
        ["bash", "-eu"],
        cwd=folder,
        env=environment,
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.fixture
def compose_is_down_afterwards(clone: Path, environment: dict[str, str]) -> Iterator[None]:
    yield
    follow("docker compose --env-file infra/compose.dev.env down --volumes", clone, environment)


@pytest.fixture
def containers_are_gone_afterwards() -> Iterator[None]:
    yield
    engine().remove(*(f"tradepost-{name}" for name in NAMES))
    engine().run("volume", "rm", "tradepost-data", check=False)
    engine().run("network", "rm", "tradepost", check=False)


@pytest.mark.usefixtures("compose_is_down_afterwards")
def test_the_readmes_deploy_section_does_what_it_says(clone: Path, environment: dict[str, str]) -> None:
    deploy = commands(clone / "README.md")[2]
    said = follow(deploy, clone, environment)

    assert '"status":"ready"' in said
    assert "instruments: " in said
    assert httpx.get("http://localhost:8001/api/auth/ok").json() == {"ok": True}
    assert httpx.get("http://localhost:8002/healthz").json() == {"status": "ok"}
    assert "MailDump" in httpx.get("http://localhost:8025").text
    assert all(name in (clone / "infra/compose.dev.env").read_text() for name in development_settings())


@pytest.mark.usefixtures("containers_are_gone_afterwards")
def test_the_guide_deploys_deploys_again_rolls_back_and_restores(
    clone: Path, environment: dict[str, str]
) -> None:
    said = follow("".join(commands(clone / "docs/deploy.md")), clone, environment)

    assert said.count('"status":"ready"') == 4, "both services, after the first deploy and after the rollback"
    assert said.count("Nothing to do: every app is at its newest revision.") == 2, "the second time"
    assert "0 of 0 accounts are sound" in said, "restored"
