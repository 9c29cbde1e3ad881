"""What the OpenAPI document of a service that serves says is what it does, asked by schemathesis in all its phases."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

PHASES = ("examples", "coverage", "fuzzing", "stateful")
BEYOND_A_SCHEMA = ("positive_data_acceptance",)
"""No schema says which passwords are common, which token is used, or what an account can pay for."""


def objections(
    url: str,
    hooks: Path,
    folder: Path,
    *,
    phases: Collection[str] = PHASES,
    examples: int = 20,
    **environment: str,
) -> str:
    """Run schemathesis, and give what it printed if it found anything or left a phase out; nothing else.

    Args:
        url: the service's.
        hooks: the module that signs it in, and says what else it must know.
        folder: where it may write.
        phases: all of them, unless told otherwise.
        examples: how many it makes up for each operation.
        environment: what the hooks read.
    """
    done = subprocess.run(
        (
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json"),
            *("--phases", ",".join(phases)),
            *("--checks", "all", "--exclude-checks", ",".join(BEYOND_A_SCHEMA)),
            "--generation-deterministic",
            *("--max-examples", str(examples), "--request-timeout", "120"),
            *("--suppress-health-check", "all"),
            *("--continue-on-failure", "--no-color"),
        ),
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": hooks.stem, "PYTHONPATH": str(hooks.parent), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    left_out = [phase for phase in phases if f"✅ {phase.title()}" not in done.stdout]
    return done.stdout + done.stderr if done.returncode != 0 or left_out else ""
