"""The catalog: what pg_catalog holds of some schemas, one canonical definition per object, so that two can be compared."""

from __future__ import annotations

from caravan.catalog.difference import Difference, compare
from caravan.catalog.reading import read
from caravan.catalog.snapshot import Catalog, Key

__all__ = ["Catalog", "Difference", "Key", "compare", "read"]
