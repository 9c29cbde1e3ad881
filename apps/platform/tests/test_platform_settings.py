"""What the platform service refuses to be told, and in which words."""

from __future__ import annotations

import pytest

from platform_app.settings import PlatformSettings

GIVEN = {
    "DATABASE_URL": "postgresql://db.example/tradepost",
    "PLATFORM_PUBLIC_URL": "https://id.example",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        (
            "PLATFORM_SERVICE_NAME",
            "hunter2\r\nBcc: eve@example.com",
            "PLATFORM_SERVICE_NAME: no control characters",
        ),
        ("PLATFORM_SERVICE_NAME", "", "PLATFORM_SERVICE_NAME: String should have at least 1 character"),
        ("PLATFORM_MAIL_FROM", "hunter2", "PLATFORM_MAIL_FROM: it is not an e-mail address"),
        ("PLATFORM_SMTP_HOST", "", "PLATFORM_SMTP_HOST: String should have at least 1 character"),
        ("PLATFORM_SMTP_PORT", "65536", "PLATFORM_SMTP_PORT: Input should be less than or equal to 65535"),
        (
            "PLATFORM_SMTP_SECURITY",
            "hunter2",
            "PLATFORM_SMTP_SECURITY: Input should be 'none', 'starttls' or 'tls'",
        ),
        (
            "PLATFORM_PASSWORD_MEMORY",
            "12287",
            "PLATFORM_PASSWORD_TIME: with PLATFORM_PASSWORD_MEMORY it is below what OWASP ASVS 5.0 appendix C asks of argon2id",
        ),
        (
            "PLATFORM_MAIL_TRANSPORT",
            "directory",
            "PLATFORM_MAIL_DIRECTORY: the transport directory needs it",
        ),
    ],
)
def test_what_is_wrong_is_named_and_never_printed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    named: str,
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        PlatformSettings.load()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"settings: {named}\n"


def test_a_mail_directory_that_is_empty_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLATFORM_MAIL_DIRECTORY", "")
    assert PlatformSettings.load().mail_directory is None
    monkeypatch.setenv("PLATFORM_MAIL_TRANSPORT", "directory")
    with pytest.raises(SystemExit):
        PlatformSettings.load()
    assert "PLATFORM_MAIL_DIRECTORY" in capsys.readouterr().err
