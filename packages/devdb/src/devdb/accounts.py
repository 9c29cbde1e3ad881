"""The operating system's user that Postgres runs as: ourselves, or `nobody` where we are root."""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devdb.errors import NoAccount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Nothing of our own environment: PGPORT, PGOPTIONS, a coverage tool's variables, another locale's messages …
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"}


_CANNOT_BECOME = {errno.EPERM, errno.EINVAL}


@dataclass(frozen=True)
class Account:
    """Whom to run the server's programs as.

    Attributes:
        uid: The user to become, or None to stay who we are.
        gid: That user's group.
    """

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def for_data(cls, data: Path) -> Account:
        """Choose the user: Postgres runs only as the owner of its data, and never as root.

        Args:
            data: The data folder, which need not exist yet.

        Raises:
            NoAccount: We are root and there is nobody to be instead.
        """
        if os.geteuid() != 0:
            return cls()
        if data.exists() and data.stat().st_uid != 0:
            return cls(data.stat().st_uid, data.stat().st_gid)
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise NoAccount from None
        return cls(nobody.pw_uid, nobody.pw_gid)

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[object], *, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a program as this user and return what it wrote.

        Args:
            command: The program and its arguments; paths and numbers too.
            seconds: How long it may take before it is killed.

        Raises:
            NoAccount: We are root, but may not become that user (in some containers).
        """
        try:
            return subprocess.run(  # noqa: S603 - our own programs, no shell
                [str(part) for part in command],
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
                timeout=seconds,
            )
        except OSError as error:
            if self.uid is not None and error.errno in _CANNOT_BECOME:
                raise NoAccount from error
            raise

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may enter a folder (or run a file), parent folders included."""
        if self.uid is None:
            return os.access(path, os.X_OK)
        return self.run(["test", "-x", path]).returncode == 0
