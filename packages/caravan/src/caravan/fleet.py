"""Everything that is installed here, read once: the apps with their revisions and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caravan import plan
from caravan.manifest import App
from caravan.models import references_of
from caravan.references import References
from caravan.revisions import Revisions


@dataclass(frozen=True)
class Fleet:
    """Everything that is installed here, read once.

    Args:
        apps: by name.
        revisions: of each.
        references: of each.
    """

    apps: Mapping[str, App]
    revisions: Mapping[str, Revisions]
    references: Mapping[str, References]

    @classmethod
    def load(cls, apps: Mapping[str, App]) -> Fleet:
        """Read revisions and references of these apps."""
        return cls(
            apps,
            {name: Revisions.load(app) for name, app in apps.items()},
            {name: references_of(app) for name, app in apps.items()},
        )

    def preference(self) -> list[str]:
        """Rank the apps: each after those it references."""
        return plan.preference(
            {name: {r.app for r in them} - {name} for name, them in self.references.items()}
        )
