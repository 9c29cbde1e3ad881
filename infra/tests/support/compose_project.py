"""One run of the compose file: a project of its own, on free ports, with the development passwords."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import httpx
from engine import ROOT, engine, eventually, tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT_FILE = ROOT / "infra/compose.dev.env"
SERVICES = ("postgres", "platform", "platform-worker", "trading", "trading-worker", "mailbox")
MIGRATIONS = ("platform-migrate", "trading-migrate")
DATABASE = "postgresql://{login}@{host}/{database}"


def development_settings() -> dict[str, str]:
    lines = ENVIRONMENT_FILE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@dataclass(frozen=True)
class State:
    """A container as the engine sees it.

    Args:
        running: whether it does.
        exit_code: how it ended, if it did.
        restarts: how often the engine started it again by itself.
        started_at: when it was last started.
    """

    running: bool
    exit_code: int
    restarts: int
    started_at: datetime


@dataclass
class Project:
    """The compose file, brought up under a name of its own.

    Args:
        files: further compose files, over the first.
        settings: instead of the development environment's.
    """

    files: tuple[Path, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"tradepost{secrets.token_hex(3)}")

    def __post_init__(self) -> None:
        ports = ("POSTGRES_PORT", "PLATFORM_PORT", "TRADING_PORT", "MAILBOX_PORT")
        given = {port: free_port() for port in ports} | {"TRADING_CLOCK": "market"}
        self.settings = development_settings() | given | self.settings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def compose(self, *arguments: str, **settings: str) -> str:
        """Run a compose command on this project, with other settings if need be."""
        files = [
            option for path in (ROOT / "docker-compose.yml", *self.files) for option in ("-f", str(path))
        ]
        command = (*engine().compose, "--project-name", self.name, *files, *arguments)
        return tell(command, environment=os.environ | self.settings | settings)

    @property
    def command(self) -> str:
        """The words that run a compose command on this project from elsewhere, with these settings."""
        settings = " ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"env {settings} {' '.join(engine().compose)} --project-name {self.name} -f {ROOT}/docker-compose.yml"

    def up(self, *services: str, **settings: str) -> None:
        self.compose("up", "--detach", *services, **settings)

    def down(self) -> None:
        """Take everything down, and see that nothing of it is left."""
        self.compose("down", "--volumes", "--timeout", "5")
        ours = ("--quiet", "--filter", f"label=com.docker.compose.project={self.name}")
        left = [
            engine().run(*command, *ours)
            for command in (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        ]
        assert left == ["", "", ""], f"left of {self.name}: {left}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.settings[f'{service.upper()}_PORT']}"

    def database(self, login: str, *, database: str = "tradepost") -> str:
        """The database's address from this machine, with the login's development password."""
        password = {"migrator": "MIGRATOR_PASSWORD", "postgres": "POSTGRES_PASSWORD"}[login]
        host = f"127.0.0.1:{self.settings['POSTGRES_PORT']}"
        return f"postgresql://{login}:{self.settings[password]}@{host}/{database}"

    def container(self, service: str) -> str:
        """The id of a service's container."""
        labels = (f"com.docker.compose.project={self.name}", f"com.docker.compose.service={service}")
        filters = [option for label in labels for option in ("--filter", f"label={label}")]
        found = engine().run("ps", "--all", "--quiet", "--no-trunc", *filters).split()
        assert len(found) == 1, f"{service}: {found}"
        return found[0]

    def state(self, service: str) -> State:
        found: dict[str, Any] = engine().inspect(self.container(service))
        state = found["State"]
        return State(
            running=state["Running"],
            exit_code=state["ExitCode"],
            restarts=found.get("RestartCount", 0),
            started_at=datetime.fromisoformat(state["StartedAt"]),
        )

    def logs(self, service: str) -> str:
        return engine().run("logs", self.container(service))

    def kill(self, service: str) -> None:
        engine().run("kill", self.container(service))

    def start(self, service: str) -> None:
        engine().run("start", self.container(service))

    def remove(self, service: str) -> None:
        engine().remove(self.container(service))

    def exec(self, service: str, *command: str, stdin: str = "") -> str:
        return engine().run("exec", "--interactive", self.container(service), *command, stdin=stdin)

    def exit_code(self, service: str) -> int:
        """Wait for a one-shot service to end, and give its exit code."""
        eventually(f"{service} has ended", lambda: not self.state(service).running)
        return self.state(service).exit_code

    def is_ready(self, service: str) -> bool:
        try:
            return httpx.get(f"{self.url(service)}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def until_ready(self, *services: str) -> None:
        for service in services or ("platform", "trading"):
            eventually(f"{service} is ready", lambda s=service: self.is_ready(s))  # type: ignore[misc]

    def run(
        self,
        image: str,
        *command: str,
        environment: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> tuple[int, str]:
        """Run a container of an image beside this project, and give how it ended and what it said."""
        given = (environment or {}).items()
        variables = [option for name, value in given for option in ("--env", f"{name}={value}")]
        name = f"{self.name}-{secrets.token_hex(3)}"
        beside = ("--name", name, "--network", f"{self.name}_default", "--read-only")
        try:
            said = engine().run("run", *beside, *options, *variables, image, *command, check=False)
            return int(engine().inspect(name)["State"]["ExitCode"]), said
        finally:
            engine().remove(name)

    def as_migrator(self, database: str = "tradepost") -> dict[str, str]:
        """The environment of a migration of this project."""
        url = f"postgresql://migrator@postgres/{database}"
        return {"DATABASE_URL": url, "PGPASSWORD": self.settings["MIGRATOR_PASSWORD"]}

    def sql(self, statement: str, database: str = "tradepost") -> str:
        """Run SQL as the superuser inside the container, and give the rows without decoration."""
        command = (
            "psql",
            "-h",
            "/var/run/postgresql",
            "-U",
            "postgres",
            "-d",
            database,
            "-qAtX",
            "-v",
            "ON_ERROR_STOP=1",
        )
        return self.exec("postgres", *command, stdin=statement).strip()
