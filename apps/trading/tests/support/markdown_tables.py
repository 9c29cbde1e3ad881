"""The tables of a Markdown document, so that a test can hold it to what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, str]


def tables(document: Path) -> dict[str, list[Row]]:
    """Every table under the heading that it stands under, as rows by the names of their columns."""
    found: dict[str, list[Row]] = {}
    heading, columns = "", None
    for line in document.read_text().splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        if not line.startswith("|"):
            columns = None
            continue
        cells = [cell.strip().strip("`") for cell in line.strip("| ").split(" | ")]
        if columns is None:
            columns = cells
            found.setdefault(heading, [])
        elif set(line) - set("|- "):
            assert len(cells) == len(columns), line
            found[heading].append(dict(zip(columns, cells, strict=True)))
    return found
