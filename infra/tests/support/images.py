"""The images: ours, and some of tomorrow's and yesterday's that are made from them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from engine import ROOT, engine

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "python:3.13-slim-bookworm"
APPS = ("platform", "trading")
VERSIONS = "/opt/app/lib/python3.13/site-packages/{app}_app/migrations/versions"


def build(target: str) -> str:
    """Build one of the Dockerfile's images, and give its name."""
    name = f"tradepost-{target}"
    engine().run("build", "--file", f"{ROOT}/infra/Dockerfile", "--target", target, "--tag", name, str(ROOT))
    return name


DERIVED: set[str] = set()


def derived(name: str, dockerfile: str, files: Mapping[str, str] | None = None) -> str:
    """Build an image from a few lines and files, and give its name."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {"Dockerfile": dockerfile, **(files or {})}.items():
            Path(folder, path).write_text(text, encoding="utf-8")
        engine().run("build", "--tag", name, folder)
    DERIVED.add(name)
    return name


def size(image: str) -> int:
    """The bytes of an image."""
    return int(engine().inspect(image)["Size"])


def run_in(image: str, script: str) -> str:
    """Run a shell script in a container of an image, with nothing to write to, and give what it prints."""
    return engine().run("run", "--rm", "--read-only", "--entrypoint", "sh", image, "-c", script)
