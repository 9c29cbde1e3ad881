"""The process that stops a server whose users were all killed: ``python -m devdb.watcher KIND FOLDER``."""

from __future__ import annotations

import argparse
from pathlib import Path

from devdb import kinds


def main() -> None:
    """Watch one server until it has stopped."""
    parser = argparse.ArgumentParser(prog="devdb.watcher", description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--throwaway", action="store_true")
    arguments = parser.parse_args()
    kinds.shared(arguments.kind, arguments.folder, throwaway=arguments.throwaway).watch()


if __name__ == "__main__":
    main()
