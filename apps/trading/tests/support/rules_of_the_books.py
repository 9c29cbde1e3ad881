"""What must be true of an account's orders, transfers, entries, promises and audit rows, whatever has happened."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from written_books import FINAL, ZERO, Books, Findings, Row

if TYPE_CHECKING:
    from collections.abc import Collection

CENT = Fraction(1, 100)
_MOVING = {"single", "post"}
_SEALED = (
    "account_id", "sequence", "actor_kind", "actor_id", "action", "outcome", "reason", "resource", "resource_id",
    "metadata", "request_id", "ip_address", "user_agent", "occurred_at",
)  # fmt: skip


def every_rule(books: Books, findings: Findings) -> None:
    """Hold an account's books against every rule but those of the executions themselves."""
    _entries_are_gapless_and_chained(books, findings)
    _transfers_balance(books, findings)
    _fills_are_booked_once(books, findings)
    _floors_hold(books, findings)
    _orders_are_what_was_filled(books, findings)
    _promises_are_what_orders_need(books, findings)
    _histories_are_gapless(books, findings)
    _the_audit_chain_verifies(books, findings)


def _entries_are_gapless_and_chained(books: Books, findings: Findings) -> None:
    entries = books.grouped("ledger_entries", "ledger_account_id")
    for account in books.tables["ledger_accounts"]:
        name, balance, found = f"{account['kind']} {account['unit']}", ZERO, entries[account["id"]]
        findings.differ(
            f"entries of {name}", [entry["version"] for entry in found], [*range(1, account["version"] + 1)]
        )
        for entry in found:
            findings.differ(
                f"balance before entry {entry['version']} of {name}", entry["balance_before"], balance
            )
            balance += entry["amount"]
            findings.differ(
                f"balance after entry {entry['version']} of {name}", entry["balance_after"], balance
            )
        findings.differ(f"sum of entries of {name}", balance, account["balance"])


def _transfers_balance(books: Books, findings: Findings) -> None:
    entries, accounts = books.grouped("ledger_entries", "transfer_id"), books.by_id("ledger_accounts")
    transfers = books.tables["ledger_transfers"]
    known = {transfer["id"] for transfer in transfers}
    findings.refuse("an entry is of no transfer", when=not entries.keys() <= known)
    for transfer in transfers:
        found = entries[transfer["id"]]
        name = f"{transfer['phase']} transfer for {transfer['reason']}"
        giver, getter, amount = transfer["from_id"], transfer["to_id"], transfer["amount"]
        both = {giver: -amount, getter: amount} if transfer["phase"] in _MOVING else {}
        findings.differ(f"sum of the entries of a {name}", sum(entry["amount"] for entry in found), 0)
        findings.differ(
            f"entries of a {name}",
            sorted(entry["amount"] for entry in found if both.get(entry["ledger_account_id"]) is not None),
            sorted(both.values()),
        )
        findings.differ(
            f"units of a {name}", {accounts[giver]["unit"], accounts[getter]["unit"]}, {transfer["unit"]}
        )


def _fills_are_booked_once(books: Books, findings: Findings) -> None:
    kinds = {row["id"]: row["kind"] for row in books.tables["ledger_accounts"]}
    transfers = books.by_id("ledger_transfers")
    moved: defaultdict[object, defaultdict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for entry in books.tables["ledger_entries"]:
        if entry["transfer_id"] in transfers:
            execution = transfers[entry["transfer_id"]]["execution_id"]
            moved[execution][kinds[entry["ledger_account_id"]]] += entry["amount"]
    for row in books.tables["executions"]:
        sign = 1 if row["side"] == "buy" else -1
        name = f"execution {row['sequence']}"
        findings.differ(f"cash for {name}", moved[row["id"]]["cash"], -sign * row["amount"] - row["fee"])
        findings.differ(f"shares for {name}", moved[row["id"]]["shares"], sign * row["qty"])
        findings.differ(
            f"profit booked for {name}", -moved[row["id"]]["realized_profit"], row["realized_profit"]
        )


def _floors_hold(books: Books, findings: Findings) -> None:
    for account in books.tables["ledger_accounts"]:
        name, floor = f"{account['kind']} {account['unit']}", account["floor"]
        if account["kind"] in {"cash", "shares"}:
            findings.differ(f"floor of {name}", floor, ZERO)
        free = account["balance"] - account["reserved"]
        findings.refuse(f"{name} is below its floor", when=floor is not None and free < floor)
        findings.refuse(f"{name} owes promises", when=account["reserved"] < 0)


def _orders_are_what_was_filled(books: Books, findings: Findings) -> None:
    fills = books.grouped("executions", "order_id")
    orders = books.by_id("orders")
    findings.refuse("an execution is of no order", when=not fills.keys() <= orders.keys())
    still_open = [order for order in orders.values() if order["status"] not in FINAL]
    findings.differ("open orders", books.account["open_orders"], len(still_open))
    for order in orders.values():
        name, filled, value = f"order {order['client_order_id']}", ZERO, ZERO
        for fill in fills[order["id"]]:
            filled, value = filled + fill["qty"], value + fill["qty"] * fill["price"]
            leaves = None if order["qty"] is None else order["qty"] - filled
            findings.differ(
                f"running total of {name}", (fill["cum_qty"], fill["leaves_qty"]), (filled, leaves)
            )
            same = [fill[part] == order[part] for part in ("side", "instrument_id")]
            findings.refuse(f"{name} is filled with something else", when=not all(same))
            findings.refuse(f"{name} is filled beyond its limit", when=_beyond_limit(order, fill))
        findings.differ(f"filled qty of {name}", order["filled_qty"], filled)
        findings.differ(f"filled value of {name}", order["filled_value"], value)
        asked, got = (order["notional"], value) if order["qty"] is None else (order["qty"], filled)
        findings.refuse(f"{name} is filled beyond what it asks for", when=got > asked)


def _beyond_limit(order: Row, fill: Row) -> bool:
    limit = order["limit_price"]
    if limit is None:
        return False
    return bool(fill["price"] > limit if order["side"] == "buy" else fill["price"] < limit)


def _promises_are_what_orders_need(books: Books, findings: Findings) -> None:
    transfers, fills = (
        books.grouped("ledger_transfers", "order_id", "phase"),
        books.grouped("executions", "order_id"),
    )
    ends = books.grouped("ledger_transfers", "pending_id")
    promised: defaultdict[object, Fraction] = defaultdict(Fraction)
    for order in books.tables["orders"]:
        name, pending = f"order {order['client_order_id']}", transfers[order["id"], "pending"]
        findings.differ(f"promises of {name}", len(pending), 1)
        for promise in pending:
            released = sum((row["released"] for row in ends[promise["id"]]), ZERO)
            promised[promise["from_id"]] += promise["amount"] - released
            findings.differ(f"reserved for {name}", order["reserved"], promise["amount"] - released)
            _is_enough_and_no_more(order, promise["amount"], fills[order["id"]], findings)
        findings.refuse(
            f"{name} is final and holds something", when=order["status"] in FINAL and order["reserved"] != 0
        )
    for account in books.tables["ledger_accounts"]:
        what = f"reserved of {account['kind']} {account['unit']}"
        findings.differ(what, account["reserved"], promised[account["id"]])


def _is_enough_and_no_more(order: Row, promise: Fraction, fills: list[Row], findings: Findings) -> None:
    """A promise begins with what the order may need, and each fill ends its part of it.

    Money is rounded up at each fill, and a fill that costs more than its part may take it from what the rest holds.
    """
    name, asked, limit = f"order {order['client_order_id']}", order["qty"], order["limit_price"]
    if order["side"] == "buy" and (order["notional"] or limit):
        needed = order["notional"] or Fraction(ceil(asked * limit / CENT)) * CENT
        findings.differ(f"promise to {name}", promise, needed)
    if order["side"] == "buy" and order["stop_price"] and not limit:
        findings.refuse(f"promise to {name} is below its stop", when=promise < asked * order["stop_price"])
    if order["side"] == "sell" and asked:
        findings.differ(f"promise to {name}", promise, asked)
    if order["status"] in FINAL:
        return
    if order["side"] == "sell" and asked:
        findings.differ(f"left of the promise to {name}", order["reserved"], asked - order["filled_qty"])
    if order["side"] == "buy":
        whole = asked or order["notional"]
        parts = [promise * (fill["qty"] if asked else fill["qty"] * fill["price"]) / whole for fill in fills]
        dear = sum((max(ZERO, fill["amount"] - part) for fill, part in zip(fills, parts, strict=True)), ZERO)
        left = promise - sum(parts, ZERO)
        findings.refuse(f"{name} holds too much", when=order["reserved"] > left + CENT * len(fills))
        findings.refuse(f"{name} holds too little", when=order["reserved"] < left - dear)


def _histories_are_gapless(books: Books, findings: Findings) -> None:
    events, orders = books.grouped("order_events", "order_id"), books.by_id("orders")
    fills = books.grouped("executions", "order_id")
    for order in orders.values():
        name, found = f"order {order['client_order_id']}", events[order["id"]]
        findings.differ(
            f"events of {name}", [row["version"] for row in found], [*range(1, order["version"] + 1)]
        )
        findings.differ(f"last status of {name}", found[-1]["status"] if found else None, order["status"])
        told = [row["execution_id"] for row in found if row["execution_id"] is not None]
        findings.differ(f"fills told of {name}", told, [fill["id"] for fill in fills[order["id"]]])
        for row in found[:-1]:
            findings.refuse(f"{name} went on after its end", when=row["status"] in FINAL)
        if order["replaced_by"] is not None:
            findings.differ(f"what replaced {name}", orders[order["replaced_by"]]["replaces"], order["id"])


def _the_audit_chain_verifies(books: Books, findings: Findings) -> None:
    previous: bytes | None = None
    rows = books.tables["audit_logs"]
    findings.differ(
        "audit rows", [row["sequence"] for row in rows], [*range(1, books.account["audit_sequence"] + 1)]
    )
    for row in rows:
        name = f"audit row {row['sequence']}"
        findings.refuse(f"{name} does not follow the one before", when=row["previous_hash"] != previous)
        findings.refuse(f"{name} is not what was sealed", when=row["hash"] != _seal(row, previous))
        previous = row["hash"]
    findings.refuse(
        "the account knows another end of its audit chain", when=books.account["audit_hash"] != previous
    )
    done = [row["action"] for row in rows if row["outcome"] == "done"]
    findings.differ("placings on record", done.count("order.place"), len(books.tables["orders"]))
    findings.differ("fills on record", done.count("order.fill"), len(books.tables["executions"]))


def _seal(row: Row, previous: bytes | None) -> bytes:
    content = json.dumps([_sealed(row[name]) for name in _SEALED], separators=(",", ":"))
    return hashlib.sha256((previous or b"") + content.encode()).digest()


def _sealed(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)
    return value if value is None or isinstance(value, int) else str(value)


def sizes_that_were_displayed(found: Collection[Books], findings: Findings) -> None:
    """Whatever accounts traded against a quote, together it was no more than the quote displayed."""
    taken: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for books in found:
        for row in books.tables["executions"]:
            taken[row["instrument_id"], row["quoted_at"], row["side"]].append(row)
    for (_, at, side), rows in taken.items():
        name = "ask_size" if side == "buy" else "bid_size"
        sizes = {row[name] for row in rows}
        findings.differ(f"sizes of the quote at {at}", len(sizes), 1)
        total = sum((row["qty"] for row in rows), ZERO)
        findings.refuse(f"more traded than the quote at {at} displayed", when=total > max(sizes))
