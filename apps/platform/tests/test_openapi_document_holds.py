"""What the OpenAPI document says is what the service does, asked by schemathesis in all its phases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from server_processes import serving_platform

SUPPORT = Path(__file__).parent / "support"
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
BEYOND_A_SCHEMA = [
    "positive_data_acceptance"
]  # no schema says which passwords are common or which token is used


def test_no_input_that_schemathesis_makes_up_gets_a_server_error_or_an_undocumented_answer(
    migrated_copy: str, tmp_path: Path
) -> None:
    with serving_platform(migrated_copy, "http://platform.test", tmp_path / "log") as served:
        done = subprocess.run(
            (
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/openapi.json"),
                *("--phases", ",".join(PHASES)),
                *("--checks", "all", "--exclude-checks", ",".join(BEYOND_A_SCHEMA)),
                "--generation-deterministic",
                *("--max-examples", "20", "--request-timeout", "120"),
                *("--suppress-health-check", "all"),
                *("--continue-on-failure", "--no-color"),
            ),
            cwd=tmp_path,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "openapi_hooks",
                "PLATFORM_UNDER_TEST": served.url,
                "PYTHONPATH": str(SUPPORT),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [phase for phase in PHASES if f"✅ {phase.title()}" not in done.stdout] == [], done.stdout
