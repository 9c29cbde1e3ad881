"""Slows guessing down: counters in Postgres, shared by every process and kept over restarts."""

from platform_app.throttling.service import Limits, Scope, Throttle

__all__ = ["Limits", "Scope", "Throttle"]
