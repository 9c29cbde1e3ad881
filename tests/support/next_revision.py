"""The revision of a platform that is newer than this one: what a deploy of tomorrow brings, made up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE = "2099_01_01_0000_keep_nicknames.py"
NEXT = "0a0b0c0d0e0f"
_TEXT = '''"""Keep nicknames."""

from alembic import op

revision = "{revision}"
down_revision = "{down}"
phase = "expand"


def upgrade() -> None:
    op.execute('ALTER TABLE platform."user" ADD COLUMN nickname text')


def downgrade() -> None:
    op.execute('ALTER TABLE platform."user" DROP COLUMN nickname')
'''


@dataclass(frozen=True)
class Written:
    """A revision's file, and its identifier."""

    path: Path
    revision: str


def newest(versions: Path) -> Written:
    """Find the revision that nothing follows.

    Args:
        versions: the folder of an app's revisions.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in versions.glob("*.py")}
    followed = {_value("down_revision", text) for text in texts.values()}
    made = {path: _value("revision", text) for path, text in texts.items()}
    ((path, revision),) = ((path, found) for path, found in made.items() if found not in followed)
    return Written(path, revision)


def next_text(versions: Path) -> str:
    """Write a revision that follows the newest one, as an expanding deploy would bring it."""
    return _TEXT.format(revision=NEXT, down=newest(versions).revision)


def _value(name: str, text: str) -> str:
    found = re.search(rf'^{name} = "(\w+)"', text, re.MULTILINE)
    return found[1] if found else ""
