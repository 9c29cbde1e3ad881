"""Where a measurement was made: nothing in it names a machine or a folder."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def described(python: str, postgres: str) -> dict[str, object]:
    """Describe the machine and the versions.

    Args:
        python: the program that runs what is ours.
        postgres: the server's version.
    """
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 1),
        "postgres": postgres,
        "python": said(python, "--version").removeprefix("Python "),
    }


def said(*command: str) -> str:
    """Give what a program writes."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - our own commands


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
