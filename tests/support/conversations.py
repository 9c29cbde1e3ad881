"""One conversation of better-auth's official client with either server: its own, or ours."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mail_catcher import caught_mail
from server_processes import Served, serving, serving_platform

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "0123456789abcdef0123456789abcdef"

Record = dict[str, Any]
"""A step of a conversation: `step`, `at`, and what came of it."""


@dataclass(frozen=True)
class World:
    """What both servers are told.

    Args:
        name: which chapters are told in it.
        public_url: the address that browsers use.
        require_email_verification: nobody signs in before the address is verified.
    """

    name: str
    public_url: str
    require_email_verification: bool = False


@dataclass(frozen=True)
class Stage:
    """Where conversations are held.

    Args:
        node: the program.
        scripts: the folder with the Node side of it.
        folder: for mails and logs.
        world: what both servers are told.
    """

    node: str
    scripts: Path
    folder: Path
    world: World

    def with_better_auth(self, database: str) -> list[Record]:
        settings = self._settings("better-auth", database)
        command = (self.node, str(self.scripts / "better_auth_server.mjs"))
        environment = {"CONVERSATION": json.dumps(settings), "NODE_ENV": "production"}
        log = self.folder / "better-auth.log"
        with serving(command, environment, log, r"^listening (?P<port>\d+)$") as server:
            return self._hold(settings, server)

    def with_ours(self, database: str) -> list[Record]:
        settings = self._settings("tradepost", database)
        with (
            caught_mail(self.folder / "tradepost") as smtp_port,
            serving_platform(
                database,
                self.world.public_url,
                self.folder / "tradepost.log",
                trusted_proxies="127.0.0.1",
                require_email_verification=str(self.world.require_email_verification),
                mail_in_process="true",
                smtp_host="127.0.0.1",
                smtp_port=str(smtp_port),
                smtp_security="none",
            ) as server,
        ):
            return self._hold(settings, server)

    def _settings(self, side: str, database: str) -> dict[str, Any]:
        mailbox = self.folder / side
        mailbox.mkdir()
        return {
            "side": side,
            "world": self.world.name,
            "database": database,
            "mailbox": str(mailbox),
            "publicUrl": self.world.public_url,
            "requireEmailVerification": self.world.require_email_verification,
            "secret": SECRET,
        }

    def _hold(self, settings: dict[str, Any], server: Served) -> list[Record]:
        done = subprocess.run(
            (self.node, str(self.scripts / "conversation.mjs")),
            env=os.environ | {"CONVERSATION": json.dumps({**settings, "server": server.url})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        records: list[Record] = json.loads(done.stdout)
        return records
