"""A Postgres in a container, started through testcontainers; imported only when one is asked for."""

from __future__ import annotations

import gc
import json
import secrets
import time
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import psycopg
from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient

from devdb.addresses import MAJOR, Server, masked
from devdb.errors import ContainerFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker
    from docker.models.containers import Container as DockerContainer

IMAGE = f"postgres:{MAJOR}"
_USER = "postgres"
_PORT = 5432
_LOOPBACK = "127.0.0.1"
_SECONDS = 120  # for a server to come up in its container
_STOP_SECONDS = 30
_PAUSE = 0.2
_LOCALE = "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"  # as in the embedded server
_THROWAWAY = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]

# Its reaper would take away the container as soon as the process that started it ends, though others use it;
# devdb.watcher knows them all.
testcontainers_config.ryuk_disabled = True


def engine_answers() -> bool:
    """Tell whether a Docker engine answers, at DOCKER_HOST or the usual place."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # docker's library forgets its socket when nobody answers
        try:
            with _engine() as engine:
                return bool(engine.ping())
        except ContainerFailed:
            answers = False
        gc.collect()
    return answers


class Container:
    """One container; which one, and its password, stand in the folder.

    Stopped, it keeps its data and is started again the next time.
    """

    kind = "container"

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        """Describe it; nothing is started yet.

        Args:
            folder: Where the note on the container lies.
            throwaway: The data need not survive a crash of the machine; much faster.
        """
        self._note = folder / "container.json"
        self._throwaway = throwaway

    def find(self) -> Server | None:
        """Give the running server, once it is ready; None when it does not run.

        Raises:
            ContainerFailed: The engine or the server does not answer.
        """
        with _engine() as engine:
            container = self._recorded(engine)
            return (
                self._server(container) if container is not None and container.status == "running" else None
            )

    def runs(self) -> bool:
        """Tell whether the container runs."""
        with _engine() as engine:
            container = self._recorded(engine)
            return container is not None and container.status == "running"

    def start(self) -> Server:
        """Start the container; the first time, make it.

        Raises:
            ContainerFailed: The engine did not do it; its words are in the message.
        """
        with _engine() as engine:
            container = self._recorded(engine)
            if container is None:
                self._make()
                container = self._recorded(engine)
            else:
                container.start()
                container.reload()
            if container is None:
                raise ContainerFailed(image=IMAGE, reason="the new container is gone")
            return self._server(container)

    def stop(self) -> None:
        """Stop the container; nothing happens when it does not run."""
        with _engine() as engine:
            container = self._recorded(engine)
            if container is not None and container.status == "running":
                container.stop(timeout=_STOP_SECONDS)

    def remove(self) -> None:
        """Delete the container and its data."""
        with _engine() as engine:
            container = self._recorded(engine)
            if container is not None:
                container.remove(force=True, v=True)
        self._note.unlink(missing_ok=True)

    def _make(self) -> None:
        password = secrets.token_urlsafe(24)
        container = PostgresContainer(IMAGE, username=_USER, password=password, dbname=_USER, driver=None)
        container.with_env("POSTGRES_INITDB_ARGS", _LOCALE)
        container.with_command(
            ["postgres", "-c", "max_connections=200", *(_THROWAWAY if self._throwaway else [])]
        )
        if _host() == _LOOPBACK:
            # Docker's own library takes an address too, which testcontainers' annotation does not know.
            ports = cast("dict[str, object]", container.ports)
            ports.clear()
            ports[f"{_PORT}/tcp"] = (_LOOPBACK, None)
        try:
            container.start()
            note = json.dumps({"id": container.get_container_id(), "password": password})
        except BaseException:
            container.stop()  # which deletes it
            raise
        container.get_docker_client().client.close()
        self._note.touch(mode=0o600)
        self._note.write_text(note)

    def _recorded(self, engine: docker.DockerClient) -> DockerContainer | None:
        try:
            return engine.containers.get(json.loads(self._note.read_text())["id"])
        except (FileNotFoundError, NotFound):
            return None

    def _server(self, container: DockerContainer) -> Server:
        password = json.loads(self._note.read_text())["password"]
        published = container.ports.get(f"{_PORT}/tcp")
        if not published:
            raise ContainerFailed(image=IMAGE, reason="the container ended at once; `docker logs` tells why")
        port = published[0]["HostPort"]
        url = f"postgresql://{_USER}:{password}@{_host()}:{port}/{_USER}"
        return Server(url=url, kind=self.kind, major=_major_once_it_answers(url))


@contextmanager
def _engine() -> Iterator[docker.DockerClient]:
    try:
        client = DockerClient().client
        try:
            yield client
        finally:
            client.close()
    except (DockerException, RequestException, TimeoutError) as error:
        raise ContainerFailed(image=IMAGE, reason=error) from error


def _host() -> str:
    """Where the engine's ports appear."""
    client = DockerClient()
    try:
        host = client.host()
    finally:
        client.client.close()
    return _LOOPBACK if host == "localhost" else host


def _major_once_it_answers(url: str) -> int:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            with psycopg.connect(url, connect_timeout=5) as connection:
                return connection.info.server_version // 10_000
        except psycopg.OperationalError:
            if time.monotonic() > end:
                reason = f"it runs, but does not answer at {masked(url)}"
                raise ContainerFailed(image=IMAGE, reason=reason) from None
        time.sleep(_PAUSE)
