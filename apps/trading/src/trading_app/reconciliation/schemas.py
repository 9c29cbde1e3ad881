from __future__ import annotations

from trading_app.wire import DecimalText, Out


class DifferenceOut(Out):
    what: str
    subject: str
    books: str
    rebuilt: str


class ReconciliationOut(Out):
    matches: bool
    executions: int
    cash: DecimalText
    positions: int
    differences: list[DifferenceOut]
