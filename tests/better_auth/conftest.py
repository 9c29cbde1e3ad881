"""What the comparison with better-auth needs: Node, and databases."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from migrated_database import migrated_copy, migrated_template
from node_packages import NodeMissing, installed, node_is_here

__all__ = ["migrated_copy", "migrated_template"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Node leave the comparison out, and say so; CI must have it."""
    ours = [item for item in items if HERE in item.path.parents]
    if not ours or node_is_here() or os.environ.get("CI"):
        return
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)
    if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        os.write(2, f"\n{len(ours)} tests left out. {NodeMissing.__doc__}\n".encode())


@pytest.fixture(scope="session")
def node() -> str:
    """Node's path, better-auth installed."""
    return installed(HERE)
