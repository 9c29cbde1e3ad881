"""Alpaca's activity types: those that occur here, those that never do, and the words that stand for several."""

from __future__ import annotations

from typing import Literal

from servicekit.problems import InvalidInput

FILL = "FILL"
OURS = frozenset({FILL, "CSD", "CSW", "DIV", "FEE", "INT", "JNLC"})
# https://docs.alpaca.markets/reference/getaccountactivities
_NEVER = frozenset({
    "ACATC", "ACATS", "CFEE", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA", "DIVROC", "DIVTW", "DIVTXEX", "FOPT",
    "INTNRA", "INTTW", "JNL", "JNLS", "MA", "NC", "OPASN", "OPCA", "OPCSH", "OPEXC", "OPEXP", "OPTRD", "PTC", "PTR",
    "REORG", "SPIN", "SPLIT",
})  # fmt: skip
_MONEY = frozenset({"CSD", "CSW"})
_SEVERAL = {"TRANS": _MONEY, "MISC": OURS - _MONEY - {FILL, "DIV"}}
_CATEGORIES = {"trade_activity": frozenset({FILL}), "non_trade_activity": OURS - {FILL}}

Category = Literal["trade_activity", "non_trade_activity"]


class UnknownActivityType(InvalidInput):
    """invalid activity type"""


def chosen(names: str | None, category: Category | None = None) -> frozenset[str]:
    """Say which of our types are asked for.

    Args:
        names: Alpaca's, separated by commas; None for all.
        category: instead of names.

    Raises:
        InvalidInput: a name that Alpaca does not know, or both names and a category.
    """
    if names is None:
        return OURS if category is None else _CATEGORIES[category]
    if category is not None:
        raise InvalidInput("category cannot be used with activity_types")
    wanted: frozenset[str] = frozenset()
    for name in names.split(","):
        if name not in OURS | _NEVER | _SEVERAL.keys():
            raise UnknownActivityType(f"invalid activity type: {name}")
        wanted |= _SEVERAL.get(name, {name}) & OURS
    return wanted
