"""The folder with a server's data: where it lies, whose it is, how it is made."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from devdb.accounts import Account
from devdb.binaries import Binaries, is_shell
from devdb.errors import ForeignFolder, OtherMajor
from devdb.failures import from_words

if TYPE_CHECKING:
    from collections.abc import Sequence

USER = "postgres"
_OUTSIDE = Path("/var/tmp")  # noqa: S108 - folders of random names are made there, by mkdtemp


class DataFolder:
    """A server's folder: `data` (Postgres's own), `password` and `port`."""

    def __init__(self, folder: Path) -> None:
        """Describe it; nothing is touched yet.

        Args:
            folder: The folder that holds it all.
        """
        self._folder = folder

    @property
    def data(self) -> Path:
        """Postgres's data folder, links resolved: the way Postgres itself names it."""
        return (self._folder / "data").resolve()

    @property
    def password(self) -> str:
        """The password made for this folder."""
        return (self._folder / "password").read_text()

    def prepare(self, *, sync: bool) -> tuple[Account, Binaries]:
        """Make the data if there is none, and tell who runs which programs on it.

        Args:
            sync: Whether new data must survive a crash of the machine.

        Raises:
            OtherMajor: The data is of another major version.
            ForeignFolder: The data is another user's.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        account = self.account()
        binaries = self.binaries(account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(account, binaries, sync=sync)
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(binaries.major):
            raise OtherMajor(folder=self._folder, found=found, ours=binaries.major)
        return account, binaries

    def account(self) -> Account:
        """Tell whom Postgres runs as here, and see to it that this user can come here.

        Raises:
            ForeignFolder: The data is another user's, and we are not root.
        """
        account = Account.for_data(self.data)
        if account.uid is None and self.data.exists() and self.data.stat().st_uid != os.geteuid():
            raise ForeignFolder(folder=self._folder)
        if account.uid is not None:
            self._folder.chmod(0o711)  # to be passed through on the way to the data, not to be listed
        if is_shell(self.data) or not (account.uid is None or account.reaches(self.data.parent)):
            self._move_out()
        return account

    def binaries(self, account: Account) -> Binaries:
        """Give the programs that fit this folder.

        Args:
            account: Who will run them.
        """
        return Binaries.installed().for_account(account, self.data.parent)

    def remove(self) -> None:
        """Delete all of it; the server must not run."""
        if (self._folder / "data").is_symlink():
            shutil.rmtree(self.data.parent, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _move_out(self) -> None:
        """Put the data elsewhere, with a link to it, because `nobody` cannot enter (below `/root`), or for the name's sake."""
        outside = Path(tempfile.mkdtemp(prefix="devdb-", dir=_OUTSIDE))
        outside.chmod(0o711)
        link = self._folder / "data"
        if link.is_dir():  # its folder was open to all when it was made
            link.rename(outside / "data")
        else:
            link.unlink(missing_ok=True)
        link.symlink_to(outside / "data")
        (outside / "belongs-to").write_text(f"{link}\n")  # for whoever wonders

    def _initialise(self, account: Account, binaries: Binaries, *, sync: bool) -> None:
        """Make the data beside its place and move it there: a kill in the middle leaves no half-made server."""
        for leftover in self.data.parent.glob("new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=self.data.parent))
        try:
            password = secrets.token_urlsafe(24)
            secret, new = unfinished / "password", unfinished / "data"
            _write_private(secret, password)
            new.mkdir(mode=0o700)
            for path in (unfinished, secret, new):
                account.own(path)
            result = account.run([binaries.folder / "initdb", *_initdb_options(new, secret, sync=sync)])
            if result.returncode != 0:
                raise from_words(result.stdout, self._folder)
            _write_private(self._folder / "password", password)
            new.rename(self.data)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def _initdb_options(data: Path, password: Path, *, sync: bool) -> Sequence[str]:
    options = ["-D", str(data), "-U", USER, f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8"]
    # the same order of text on every machine, whatever its locales
    options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # one round hides 24 random bytes as well as 4096 would, and every connection is quicker
    options += ["--set", "scram_iterations=1"]
    return options if sync else [*options, "--no-sync"]


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
