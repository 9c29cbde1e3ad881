"""Prometheus metrics of one service."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

    from servicekit.database import Connection, Database

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Requests by route, and the pools.

    Args:
        database: whose pools are shown.
    """

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Time until the answer was sent",
            ["method", "route"],
            registry=self.registry,
        )
        for statistic, meaning in (
            ("pool_size", "Connections to Postgres"),
            ("pool_available", "Connections to Postgres that wait for work"),
            ("requests_waiting", "Requests that wait for a connection"),
        ):
            gauge = Gauge(f"database_{statistic}", meaning, ["pool"], registry=self.registry)
            for name, pool in (("transactions", database.pool), ("lookups", database.lookups)):
                gauge.labels(name).set_function(partial(_statistic, pool, statistic))

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request.

        Args:
            method: as the client sent it; an invented one counts as OTHER, lest clients make up label values.
            route: the path's template, never the path itself.
            status: what was answered.
            seconds: how long it took.
        """
        method = method if method in _METHODS else "OTHER"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def exposition(self) -> bytes:
        """Give all metrics in Prometheus's text format."""
        return generate_latest(self.registry)


def _statistic(pool: AsyncConnectionPool[Connection], name: str) -> float:
    return pool.get_stats().get(name, 0)
