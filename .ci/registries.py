"""Refuses what must not leave a developer's machine: a package registry's host, an address in a lock, a local path.

    python .ci/registries.py              the tree, the locks, and every commit with its message
    python .ci/registries.py --tree       the tree and the locks only

Exit 0 when clean, 1 with one line per finding. A lock that names where a package was downloaded from ties everybody
to that place; hashes alone say what it must be.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Joined here, so that this file names no registry either.
HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("anaconda", "org"),
        ("repo", "maven", "apache", "org"),
        ("proxy", "golang", "org"),
    )
)
HOST = re.compile("|".join(rf"(?<![\w-]){re.escape(host)}(?![\w-])" for host in HOSTS))
# The names that RFC 2606 keeps for examples lead nowhere.
MIRROR = re.compile(
    r"https?://(?!(?:[\w-]+\.)*example\.(?:com|net|org)\b)[^\s\"'<>)]*(?:artifactory|/nexus/|pkg\.dev|/simple(?:/|\b))",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"://|^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b|\s@\s|file:", re.MULTILINE
)
RECORDS_ADDRESSES = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "yarn.lock"}


def main(arguments: list[str]) -> int:
    """Look, print what was found, and say with the exit code whether anything was."""
    findings = [*tree(Path.cwd()), *([] if "--tree" in arguments else history(Path.cwd()))]
    print("\n".join(findings) or "No registry, no address, no local path.")
    return 1 if findings else 0


def tree(folder: Path) -> Iterator[str]:
    """What is wrong with the files git knows or would take in.

    Args:
        folder: the checkout's root.
    """
    listed = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode()
    for name in filter(None, listed.split("\0")):
        if (folder / name).is_file():
            text = (folder / name).read_text(errors="replace")
            yield from (
                f"{name}:{line}" for line in [*names(text), *paths(text, _local(folder)), *lock(name, text)]
            )


def history(folder: Path) -> Iterator[str]:
    """What is wrong with any version of any file, and with any commit's message.

    Args:
        folder: the checkout's root.
    """
    objects = [
        line.partition(" ") for line in _git(folder, "rev-list", "--objects", "--all").decode().splitlines()
    ]
    ids = "\n".join(identity for identity, _, _ in objects).encode()
    texts = _contents(_git(folder, "cat-file", "--batch", stdin=ids))
    for identity, _, name in objects:
        kind, text = texts[identity]
        if kind in {"blob", "commit", "tag"}:
            yield from (f"{name or kind} in {identity[:12]}:{line}" for line in names(text))


def names(text: str) -> Iterator[str]:
    """The lines that name a package registry or a mirror of one.

    Args:
        text: a file's or a commit's text.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if found := HOST.search(line) or MIRROR.search(line):
            yield f"{number}: names a package registry, {found.group()}"


def paths(text: str, folders: list[str]) -> Iterator[str]:
    """The lines that name a folder of this machine.

    Args:
        text: a file's text.
        folders: the folders not to name, each ending in a slash.
    """
    for number, line in enumerate(text.splitlines(), 1):
        yield from (
            f"{number}: names a folder of this machine, {folder}" for folder in folders if folder in line
        )


def lock(name: str, text: str) -> Iterator[str]:
    """What is wrong with a lock: an address in it, or a kind of lock that cannot do without.

    Args:
        name: the file's path in the checkout.
        text: its text.
    """
    if Path(name).name in RECORDS_ADDRESSES:
        yield "1: this kind of lock records addresses; requirements/*.txt are ours"
    elif re.match(r"requirements/.*\.txt$", name) and (found := ADDRESS.search(text)):
        yield f"{text.count(chr(10), 0, found.start()) + 1}: a lock with an address, {found.group().strip()}"


def _local(folder: Path) -> list[str]:
    # A checkout right below / (as /app in a container) has too common a name to mean this machine.
    folders = {Path.home(), *([folder] if len(folder.parts) > 2 else [])} - {Path("/")}  # noqa: PLR2004 - / and a name
    return [f"{path}/" for path in sorted(folders)]


def _git(folder: Path, *command: str, stdin: bytes | None = None) -> bytes:
    git = ("git", *command)
    return subprocess.run(git, cwd=folder, input=stdin, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - our own words


def _contents(batch: bytes) -> dict[str, tuple[str, str]]:
    # `git cat-file --batch`: "<id> <kind> <size>\n<bytes>\n", again and again.
    found, at = {}, 0
    while at < len(batch):
        end = batch.index(b"\n", at)
        identity, kind, size = batch[at:end].decode().split()
        at = end + 1 + int(size)
        found[identity] = (kind, batch[end + 1 : at].decode(errors="replace"))
        at += 1
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
