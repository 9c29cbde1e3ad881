"""The documents: every link of ours leads somewhere, and what CI runs is what the README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workspace import ROOT, files

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    assert [
        link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()
    ] == []


def test_every_decision_is_listed_in_the_index() -> None:
    decisions = {f"adr/{path.name}" for path in (ROOT / "docs/adr").glob("*.md")}
    assert decisions == {
        link for link in LINK.findall((ROOT / "docs/index.md").read_text()) if link.startswith("adr/")
    }


def test_ci_runs_the_readmes_own_commands() -> None:
    commands = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert len(commands) == 3
    runs = (ROOT / ".ci/run").read_text()
    assert re.findall(r"readme_command (\d)", runs) == ["1", "1", "2"]
    assert "nox -s containers" in runs, "whose tests follow the third: how to deploy"
