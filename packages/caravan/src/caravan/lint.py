"""The SQL linter: what squawk, where it is installed, has to say about the statements of a revision."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass

from caravan.tools import ask

# What Caravan sees to itself: it sets timeouts, retries, and runs each revision in a transaction of its own.
_SEEN_TO = (
    "require-lock-timeout",
    "require-statement-timeout",
    "require-timeout-settings",
    "prefer-robust-stmts",
    "transaction-nesting",
)


@dataclass(frozen=True)
class Finding:
    """One thing that may hurt when the statements run on a live database.

    Args:
        hazard: the rule's name; a revision's `accepts = {"<hazard>": "<reason>"}` silences it.
        message: what may happen.
        advice: what to do instead.
        line: where in the SQL, from 1.
    """

    hazard: str
    message: str
    advice: str
    line: int

    def __str__(self) -> str:
        """One line."""
        return f"{self.hazard}: {self.message} {self.advice} (line {self.line})".replace("  ", " ")


def lint(statements: str, accepts: Container[str] = ()) -> list[Finding]:
    """Look for hazards.

    Args:
        statements: SQL.
        accepts: hazards that were looked at.

    Returns:
        What was found; nothing if squawk (the extra `lint`) is not installed.
    """
    options = ["--reporter", "json", "--assume-in-transaction", "--exclude", ",".join(_SEEN_TO)]
    answer = ask("squawk", options, statements)
    if answer is None:
        return []
    try:
        entries = json.loads(answer.text)
    except ValueError:
        return [Finding("squawk", f"squawk failed with code {answer.code}.", "Run it by hand.", 1)]
    found = [
        Finding(entry["rule_name"], entry["message"], entry.get("help") or "", entry["line"] + 1)
        for entry in entries
    ]
    return [finding for finding in found if finding.hazard not in accepts]
