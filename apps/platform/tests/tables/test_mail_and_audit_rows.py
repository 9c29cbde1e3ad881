from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, RestrictViolation, UniqueViolation

if TYPE_CHECKING:
    from platform_rows import Rows


def test_a_mail_waits_until_it_is_sent(rows: Rows) -> None:
    mail = rows.mail()

    found = rows.connection.execute(
        "SELECT status, attempts, available_at <= now() FROM platform.outbox WHERE id = %s", [mail]
    ).fetchone()

    assert found == ("pending", 0, True)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"content": None}, "ck_outbox_content"),
        ({"status": "sent", "sent_at": "2026-01-01"}, "ck_outbox_content"),
        ({"status": "sent", "content": None}, "ck_outbox_sent_at"),
        ({"status": "sending"}, "ck_outbox_claimed_by"),
        ({"claimed_by": "worker-1"}, "ck_outbox_claimed_by"),
        ({"attempts": -1}, "ck_outbox_attempts"),
    ],
)
def test_a_mail_is_never_half_way(rows: Rows, values: dict[str, object], constraint: str) -> None:
    with pytest.raises(CheckViolation, match=constraint):
        rows.mail(**values)


def test_a_sent_mail_keeps_no_content(rows: Rows) -> None:
    mail = rows.mail()

    rows.connection.execute(
        "UPDATE platform.outbox SET status = 'sent', sent_at = now(), content = NULL WHERE id = %s", [mail]
    )

    assert rows.one("SELECT content IS NULL FROM platform.outbox WHERE id = %s", mail)


def test_a_message_id_names_one_mail(rows: Rows) -> None:
    rows.mail(message_id="<1@example.org>")

    with pytest.raises(UniqueViolation, match="uq_outbox_message_id"):
        rows.mail(message_id="<1@example.org>")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE platform.audit_log SET outcome = 'failure'",
        "DELETE FROM platform.audit_log",
        "TRUNCATE platform.audit_log",
    ],
)
@pytest.mark.parametrize("who", ["a superuser", "the owner"])
def test_nobody_rewrites_the_audit_log(rows: Rows, change: str, who: str) -> None:
    rows.audit()
    if who == "the owner":
        rows.connection.execute("SET ROLE platform_owner")

    with pytest.raises(
        RestrictViolation, match=r"is append-only, .* a record of what happened is never rewritten"
    ):
        rows.connection.execute(change.encode())


def test_an_audit_record_outlives_its_user(rows: Rows) -> None:
    user = rows.user()
    record = rows.audit(user_id=user)

    rows.connection.execute('DELETE FROM platform."user" WHERE id = %s', [user])

    assert rows.one("SELECT user_id FROM platform.audit_log WHERE id = %s", record) == user


@pytest.mark.parametrize("event", ["", "Sign-In", "sign in", "sign-in.", "-sign"])
def test_an_audit_event_has_a_machine_readable_name(rows: Rows, event: str) -> None:
    with pytest.raises(CheckViolation, match="ck_audit_log_event"):
        rows.audit(event=event)
