"""Yesterday's and tomorrow's images, made from today's: a revision less, or one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import ROOT
from images import derived
from next_revision import FILE, NEXT, newest, next_text

if TYPE_CHECKING:
    from pathlib import Path

SITE = "/opt/app/lib/python3.13/site-packages/{app}_app/migrations/versions"
NEEDING = '''"""Need what the newest platform has."""

revision = "{revision}"
down_revision = "{down}"
requires = {{"platform": "{required}"}}


def upgrade() -> None:
    """Nothing."""


def downgrade() -> None:
    """Nothing."""
'''


def versions(app: str) -> Path:
    return ROOT / f"apps/{app}/src/{app}_app/migrations/versions"


@dataclass(frozen=True)
class Later:
    """An image with a revision more.

    Args:
        image: its name.
        revision: what it brings.
    """

    image: str
    revision: str


def next_platform() -> Later:
    """Tomorrow's platform: an expand revision more."""
    return _with_revision("platform", NEXT, next_text(versions("platform")))


def trading_that_needs(required: str) -> Later:
    """Tomorrow's trading: a revision that requires one of platform's."""
    revision = "0f0e0d0c0b0a"
    down = newest(versions("trading")).revision
    text = NEEDING.format(revision=revision, down=down, required=required)
    return _with_revision("trading", revision, text)


def previous_platform() -> Later:
    """Yesterday's platform: today's newest revision is not there yet. `revision` is the one it lacks."""
    last = newest(versions("platform"))
    folder = SITE.format(app="platform")
    dockerfile = f"FROM tradepost-platform\nUSER 0\nRUN rm {folder}/{last.path.name}\nUSER 10001:10001\n"
    return Later(derived("tradepost-platform-previous", dockerfile), last.revision)


def _with_revision(app: str, revision: str, text: str) -> Later:
    dockerfile = f"FROM tradepost-{app}\nCOPY {FILE} {SITE.format(app=app)}/\n"
    return Later(derived(f"tradepost-{app}-next", dockerfile, {FILE: text}), revision)
