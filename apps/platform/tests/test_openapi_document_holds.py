"""What the OpenAPI document says is what the service does, asked by schemathesis in all its phases."""

from __future__ import annotations

from pathlib import Path

from schemathesis_runs import objections
from server_processes import serving_platform

HOOKS = Path(__file__).parent / "support" / "openapi_hooks.py"


def test_no_input_that_schemathesis_makes_up_gets_a_server_error_or_an_undocumented_answer(
    migrated_copy: str, tmp_path: Path
) -> None:
    with serving_platform(migrated_copy, "http://platform.test", tmp_path / "log") as served:
        found = objections(served.url, HOOKS, tmp_path, PLATFORM_UNDER_TEST=served.url)

    assert found == ""
