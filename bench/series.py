"""What was measured in all rounds of one thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.http_load import Sample


@dataclass
class Series:
    """What one server did in all rounds of one operation at one concurrency.

    Args:
        samples: one per round.
        cpu: milliseconds of the server's processor time per answer, one per round.
    """

    samples: list[Sample] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Give the medians of the rounds, times in milliseconds."""
        figures = {
            "per_second": median(sample.per_second for sample in self.samples),
            "slowest_round": min(sample.per_second for sample in self.samples),
            "fastest_round": max(sample.per_second for sample in self.samples),
            "p50": median(sample.quantile(0.5) * 1000 for sample in self.samples),
            "p99": median(sample.quantile(0.99) * 1000 for sample in self.samples),
        }
        if self.cpu:
            figures["server_cpu"] = median(self.cpu)
        return {name: round(figure, 3) for name, figure in figures.items()}
