"""Which passwords may be set."""

import time

import pytest

from platform_app.password_rules import (
    PasswordRules,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooPredictable,
    PasswordTooShort,
    context_words,
)
from platform_app.password_rules.common_passwords import common_passwords
from platform_app.password_rules.patterns import period, pieces

RULES = PasswordRules(minimum=15, service=context_words("Tradepost"))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "kX9v-2pQ7w-zL4mR",
        "my dog likes cheese",
        "green teapot dreams green teapot dreams",
        "пять зелёных кофейников",
        "fünf grüne Äpfel im Korb",
        "🦊🦁🐸🐙🦉🐝🦋🐢🐳🦔🦚🦜🐿🦥🦦",
        "x" * 3 + "Vq7#mK2!pZ9&wT4",
    ],
)
def test_a_password_that_takes_many_guesses_is_accepted_without_composition_rules(password: str) -> None:
    assert RULES.check(password, "ann@example.com", "Ann") == password


@pytest.mark.parametrize(
    "password",
    [
        "password12345678",
        "passwordpassword1",
        "P@ssw0rdP@ssw0rd!",
        "P@ssw0rd!P@ssw0rd!",
        "Summer2026Summer2026",
        "aaaaaaaaaaaaaaa",
        "abcdefghijklmnopq",
        "qwertyuiopasdfgh",
        "abcabcabcabcabcabc",
        "letmeinletmeinletmein",
        "iloveyou iloveyou",
        "kjhgtkjhgtkjhgt",
        "...............",
    ],
)
def test_repeated_sequential_and_keyboard_passwords_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooPredictable):
        RULES.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "tradepost tradepost",
        "Tradepost-Ann-Example",
        "ann.walker@example.org",
        "annwalker123456",
        "EXAMPLE.ann.2026",
    ],
)
def test_a_password_made_of_the_address_or_the_service_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooPredictable):
        RULES.check(password, "ann.walker@example.org", "Ann Walker")


def test_every_listed_password_that_is_long_enough_is_refused_in_any_case() -> None:
    listed = [password for password in common_passwords() if len(password) >= RULES.minimum]
    assert len(common_passwords()) >= 10_000
    assert listed
    for password in listed:
        with pytest.raises(PasswordTooCommon):
            RULES.check(password.upper())


def test_the_list_is_applied_after_normalisation() -> None:
    fullwidth = "".join(chr(ord(c) + 0xFEE0) for c in "passwordstandard")
    with pytest.raises(PasswordTooCommon):
        RULES.check(fullwidth)


def test_length_is_counted_in_code_points_after_normalisation() -> None:
    composed = "é" * 2 + "kX9v-2pQ7w-zL"
    decomposed = composed.replace("é", "e\u0301")
    assert len(composed) == 15
    assert RULES.check(composed) == RULES.check(decomposed) == composed
    with pytest.raises(PasswordTooShort):
        RULES.check(decomposed.removesuffix("L"))


def test_a_password_of_128_code_points_is_taken_whole_and_129_are_refused() -> None:
    long = "".join(chr(0x4E00 + 37 * i) for i in range(128))
    assert RULES.check(long) == long
    with pytest.raises(PasswordTooLong):
        RULES.check(long + "x")


def test_what_normalisation_makes_too_long_is_refused() -> None:
    ligature = "\ufdfa"  # one code point that NFKC spells with eighteen
    with pytest.raises(PasswordTooLong):
        RULES.check(ligature * 8)


def test_combining_marks_without_end_are_refused_before_they_cost_anything() -> None:
    with pytest.raises(PasswordTooLong):
        RULES.check("e" + "\u0301" * 1_000_000)


def test_the_check_takes_no_longer_than_its_input_deserves() -> None:
    hostile = ("4@8({[<369!1|70$5+%2" * 10)[:128]
    started = time.process_time()
    RULES.check(hostile, "a" * 64 + "@" + "b" * 180 + ".com")
    assert time.process_time() - started < 2  # an estimator that tries every substitution takes five seconds


def test_the_period_of_a_text_is_its_shortest_repeated_block() -> None:
    assert [period(text) for text in ("", "a", "aaaa", "abab", "ababa", "abcd")] == [0, 1, 1, 2, 2, 4]


def test_known_words_cost_nothing_and_runs_one() -> None:
    assert pieces("tradepost1234zz", {"tradepost"}, frozenset()) == 3
    assert pieces("tradepost1234zz", frozenset(), frozenset()) > 3
