from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, UniqueViolation

if TYPE_CHECKING:
    from platform_rows import Rows


@pytest.mark.parametrize("again", ["ada@example.org", "Ada@Example.ORG"])
def test_an_address_has_one_user_whatever_its_case(rows: Rows, again: str) -> None:
    rows.user(email="ada@example.org")

    with pytest.raises(UniqueViolation, match="uq_user_email_lower"):
        rows.user(email=again)


def test_an_address_is_looked_up_by_index(rows: Rows) -> None:
    rows.connection.execute("SET LOCAL enable_seqscan = off")

    plan = rows.one(
        """EXPLAIN (FORMAT JSON) SELECT id FROM platform."user" WHERE lower(email) = lower('A@B.org')"""
    )

    assert plan[0]["Plan"]["Index Name"] == "uq_user_email_lower"


@pytest.mark.parametrize("email", ["", "ada", "@example.org", "a" * 250 + "@b.org"])
def test_what_cannot_be_an_address_is_refused(rows: Rows, email: str) -> None:
    with pytest.raises(CheckViolation, match="ck_user_email"):
        rows.user(email=email)


def test_a_new_user_is_nobody_special(rows: Rows) -> None:
    user = rows.user()

    found = rows.connection.execute(
        'SELECT role, email_verified, banned_at FROM platform."user" WHERE id = %s', [user]
    ).fetchone()

    assert found == ("user", False, None)


def test_only_the_banned_have_a_reason_for_it(rows: Rows) -> None:
    rows.user(banned_at="2026-01-01", ban_reason="spam")

    with pytest.raises(CheckViolation, match="ck_user_ban_reason"):
        rows.user(ban_reason="spam")


def test_users_are_ordered_by_their_ids(rows: Rows) -> None:
    made = [rows.user() for _ in range(20)]

    assert made == sorted(made)


def test_updated_at_moves_with_a_change(rows: Rows) -> None:
    user = rows.user(updated_at="2020-01-01")

    rows.connection.execute('UPDATE platform."user" SET name = %s WHERE id = %s', ["Grace", user])

    assert rows.one('SELECT updated_at = now() FROM platform."user" WHERE id = %s', user)


def test_updated_at_can_be_set_by_who_knows_better(rows: Rows) -> None:
    user = rows.user()

    rows.connection.execute("""UPDATE platform."user" SET updated_at = '2020-01-01Z' WHERE id = %s""", [user])

    assert rows.one("""SELECT updated_at = '2020-01-01Z' FROM platform."user" WHERE id = %s""", user)
