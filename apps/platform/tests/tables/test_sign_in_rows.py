from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation, UniqueViolation

if TYPE_CHECKING:
    from platform_rows import Rows


@pytest.mark.parametrize("stored", [b"", b"token", b"x" * 31, b"x" * 33])
def test_a_session_keeps_a_hash_and_nothing_else(rows: Rows, stored: bytes) -> None:
    with pytest.raises(CheckViolation, match="ck_session_token_hash"):
        rows.session(rows.user(), token_hash=stored)


def test_a_token_has_one_session(rows: Rows) -> None:
    token_hash = secrets.token_bytes(32)
    rows.session(rows.user(), token_hash=token_hash)

    with pytest.raises(UniqueViolation, match="uq_session_token_hash"):
        rows.session(rows.user(), token_hash=token_hash)


def test_no_session_slides_past_its_absolute_end(rows: Rows) -> None:
    session = rows.session(rows.user(), expires_at="2030-01-31", absolute_expires_at="2030-02-01")

    with pytest.raises(CheckViolation, match="ck_session_expires_at"):
        rows.connection.execute(
            "UPDATE platform.session SET expires_at = '2030-02-02' WHERE id = %s", [session]
        )


@pytest.mark.parametrize("table", ["session", "account", "verification"])
def test_what_a_user_signs_in_with_goes_with_the_user(rows: Rows, table: str) -> None:
    user = rows.user()
    rows.session(user)
    rows.password(user)
    rows.verification(user_id=user)
    assert rows.one(f"SELECT count(*) FROM platform.{table} WHERE user_id = %s", user) == 1

    rows.connection.execute('DELETE FROM platform."user" WHERE id = %s', [user])

    assert rows.one(f"SELECT count(*) FROM platform.{table} WHERE user_id = %s", user) == 0


def test_a_user_has_one_password(rows: Rows) -> None:
    user = rows.user()
    rows.password(user)

    with pytest.raises(UniqueViolation, match="uq_account_issuer_account_id"):
        rows.password(user)


def test_an_identity_at_a_provider_belongs_to_one_user(rows: Rows) -> None:
    rows.provider(rows.user(), account_id="sub-1")

    with pytest.raises(UniqueViolation, match="uq_account_issuer_account_id"):
        rows.provider(rows.user(), account_id="sub-1")


def test_the_same_name_at_another_provider_is_somebody_else(rows: Rows) -> None:
    rows.provider(rows.user(), account_id="sub-1")

    assert rows.provider(rows.user(), account_id="sub-1", issuer="https://other.example.org")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"password": None}, "ck_account_password"),
        ({"issuer": "https://id.example.org"}, "ck_account_issuer"),
        ({"account_id": "somebody"}, "ck_account_account_id"),
        ({"access_token": b"sealed"}, "ck_account_tokens"),
    ],
)
def test_a_password_is_kept_in_one_form_only(rows: Rows, changes: dict[str, object], constraint: str) -> None:
    with pytest.raises(CheckViolation, match=constraint):
        rows.password(rows.user(), **changes)


def test_an_identity_at_a_provider_has_no_password(rows: Rows) -> None:
    with pytest.raises(CheckViolation, match="ck_account_password"):
        rows.provider(rows.user(), password="$argon2id$…")


def test_a_verification_secret_is_kept_as_a_hash(rows: Rows) -> None:
    with pytest.raises(CheckViolation, match="ck_verification_value"):
        rows.verification(value=b"the secret itself")


def test_a_verification_secret_is_used_up_by_one_delete(rows: Rows) -> None:
    value = secrets.token_bytes(32)
    rows.verification(value=value, identifier="ada@example.org")
    use = "DELETE FROM platform.verification WHERE value = %s AND expires_at > now() RETURNING identifier"

    assert rows.connection.execute(use, [value]).fetchall() == [("ada@example.org",)]
    assert rows.connection.execute(use, [value]).fetchall() == []


def test_the_throttle_counts_per_scope_and_subject(rows: Rows) -> None:
    count = """
        INSERT INTO platform.throttle (scope, subject, hits) VALUES (%s, %s, 1)
        ON CONFLICT (scope, subject) DO UPDATE SET hits = throttle.hits + 1 RETURNING hits
    """

    assert [rows.one(count, "sign-in", subject) for subject in ("a", "b", "a", "a")] == [1, 1, 2, 3]


@pytest.mark.parametrize("counter", ["hits", "failures"])
def test_a_throttle_counter_is_never_negative(rows: Rows, counter: str) -> None:
    with pytest.raises(CheckViolation, match=f"ck_throttle_{counter}"):
        rows.insert("throttle", scope="sign-in", subject="a", **{counter: -1})
