"""What two conversations have in common once ids, tokens and times are taken out, and what not."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conversations import Record

Json = Any
Difference = tuple[str, str, str]
"""Where in an answer, what better-auth says there, what we say."""

ABSENT = object()
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LINK_TOKEN = re.compile(r"(?<=[?&]token=)[^&]+|(?<=/reset-password/)[^?]+")
COOKIE = re.compile(
    r"(?P<prefix>__Secure-|__Host-|)better-auth\.(?P<name>\w+)=(?P<value>[^;]*)(?P<attributes>.*)"
)
PLACE = re.compile(r"\[(?P<zod>[\w.]+)\] .+|(?P<pydantic>[\w.]+): .+")
REDIRECTS = range(300, 400)


def differences(theirs: list[Record], ours: list[Record]) -> dict[Difference, list[str]]:
    """Each difference with the steps that show it, in the order of the conversation.

    Where one status is not the other that is the difference, and nothing else in the step is compared.
    """
    found: dict[Difference, list[str]] = defaultdict(list)
    left, right = ({record["step"]: answer(record) for record in side} for side in (theirs, ours))
    for step in dict.fromkeys([*left, *right]):
        one, other = left.get(step, {}), right.get(step, {})
        if one.get("status") != other.get("status"):
            found["status", _brief(one), _brief(other)].append(step)
            continue
        for difference in _compare(one, other, ""):
            found[difference].append(step)
    return dict(found)


def answer(record: Record) -> dict[str, Json]:
    """What a step shows, with what differs from run to run replaced by what it is."""
    now = datetime.fromisoformat(record["at"])
    rest = {name: value for name, value in record.items() if name not in {"step", "at", "cookies", "headers"}}
    headers = dict(record.get("headers", {}))
    if record.get("status") in REDIRECTS:
        headers.pop("content-type", None)  # of nothing
    cookies = dict(_cookie(header) for header in record.get("cookies", ()))
    tidied: dict[str, Json] = _tidied({**rest, "header": headers, "cookie": cookies}, now)
    if error := (tidied.get("result") or {}).get("error"):
        tidied["result"]["error"] = _error(error)
    return tidied


def _compare(theirs: Json, ours: Json, path: str) -> Iterator[Difference]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _compare(theirs.get(name, ABSENT), ours.get(name, ABSENT), inner)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for one, other in zip(theirs, ours, strict=True):
            yield from _compare(one, other, f"{path}[]")
    elif theirs != ours:
        yield path, _shown(theirs), _shown(ours)


def _brief(found: dict[str, Json]) -> str:
    code = ((found.get("result") or {}).get("error") or {}).get("code")
    location = found.get("header", {}).get("location")
    return " ".join(str(part) for part in (found.get("status"), code, location) if part)


def _shown(value: Json) -> str:
    if value is ABSENT:
        return "absent"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return value if isinstance(value, str) else json.dumps(value)


def _cookie(header: str) -> tuple[str, dict[str, str]]:
    found = COOKIE.fullmatch(header)
    assert found is not None, header
    named = (attribute.strip().lower().partition("=") for attribute in found["attributes"].split(";")[1:])
    attributes = {key: value or "yes" for key, _, value in named}
    attributes.pop("expires", None)  # Max-Age says it, and wins
    return found["name"], {
        **attributes,
        "prefix": found["prefix"],
        "value": "something" if found["value"].strip('"') else "nothing",
    }


def _tidied(value: Json, now: datetime, name: str = "") -> Json:
    if isinstance(value, dict):
        return {key: _tidied(member, now, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_tidied(member, now) for member in value]
    return _named(value, now, name) if isinstance(value, str) else value


def _named(value: str, now: datetime, name: str) -> str:
    if MOMENT.fullmatch(value):
        hours = round((datetime.fromisoformat(value).astimezone(UTC) - now).total_seconds() / 3600)
        return f"{hours:+} h" if hours else "now"
    if name == "token":
        return "a session's id" if UUID.fullmatch(value) else "a token"
    if name in {"id", "userId", "accountId"}:
        return "an id"
    return LINK_TOKEN.sub("TOKEN", value)


def _error(error: dict[str, Json]) -> dict[str, Json]:
    """An error as the client gives it, without its status text (HTTP/2 has none) and what RFC 9457 adds."""
    compared = {"status", "code", "message"}
    found = {name: value for name, value in error.items() if name in compared}
    others = error.keys() - compared - {"statusText"}
    if others:
        found["further members"] = ", ".join(sorted(others))
        assert error["detail"] == error["message"]
    if error.get("code") == "VALIDATION_ERROR":
        place = PLACE.fullmatch(error["message"])
        assert place is not None, error["message"]
        found["about"] = place["zod"] or place["pydantic"]
        found["message"] = "in Zod's words" if place["zod"] else "in Pydantic's words"
    return found
