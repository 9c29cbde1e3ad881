from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from servicekit import settings as module
from servicekit.settings import ServiceSettings, Settings, origin_of

if TYPE_CHECKING:
    from pathlib import Path


class ShopSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    smtp_password: SecretStr = SecretStr("")
    weights: tuple[int, ...] = ()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "SECRETS", tmp_path / "secrets")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("SHOP_PUBLIC_URL", "https://shop.example/")


def refused(capsys: pytest.CaptureFixture[str]) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        ShopSettings.load()
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/shop")
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("SHOP_TRUSTED_ORIGINS", "https://a.example, http://localhost:3000 ,")
    monkeypatch.setenv("SHOP_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    settings = ShopSettings.load()
    assert settings.database_url.get_secret_value() == "postgresql://db.example/shop"
    assert settings.environment == "development"
    assert settings.origins == {"https://shop.example", "https://a.example", "http://localhost:3000"}
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.https


def test_a_missing_value_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_PUBLIC_URL")
    assert refused(capsys) == [
        "settings: DATABASE_URL: it is not set",
        "settings: SHOP_PUBLIC_URL: it is not set",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://me:hunter2@[nowhere"),
        ("DATABASE_URL", "postgresql://me:hunter2@db.example:hunter2/shop"),
        ("DATABASE_URL", ""),
        ("ENVIRONMENT", "hunter2"),
        ("SHOP_PUBLIC_URL", "hunter2"),
        ("SHOP_PUBLIC_URL", "https://me:hunter2@shop.example"),
        ("SHOP_PUBLIC_URL", "https://shop.example/?hunter2"),
        ("SHOP_PUBLIC_URL", "https://shop.example/#hunter2"),
        ("SHOP_DATABASE_POOL_SIZE", "hunter2"),
        ("SHOP_DATABASE_POOL_SIZE", "0"),
        ("SHOP_TRUSTED_ORIGINS", "https://hunter2/path"),
        ("SHOP_TRUSTED_ORIGINS", "hunter2"),
        ("SHOP_TRUSTED_ORIGINS", "https://me:hunter2@shop.example"),
        ("SHOP_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("SHOP_TRUSTED_PROXIES", "hunter2"),
        ("SHOP_WEIGHTS", "[1, hunter2"),
    ],
)
def test_a_malformed_value_is_named_and_never_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/shop")
    monkeypatch.setenv(name, value)
    (line,) = refused(capsys)
    assert name.lower().removeprefix("shop_") in line.lower()
    assert "hunter2" not in line
    assert "Value error" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///shop",
        "host=a,b port=5432,5433 dbname=shop",
        "postgresql://me@[::1]:5432/shop?sslmode=require",
    ],
)
def test_a_database_may_be_named_in_every_way_that_libpq_takes(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert ShopSettings.load().database_url.get_secret_value() == url


def test_secrets_are_read_from_mounted_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "DATABASE_URL").write_text("postgresql://db.example/mounted\n")
    (folder / "shop_smtp_password").write_text("hunter2\n")
    monkeypatch.setattr(module, "SECRETS", folder)
    settings = ShopSettings.load()
    assert settings.database_url.get_secret_value() == "postgresql://db.example/mounted"
    assert settings.smtp_password.get_secret_value() == "hunter2"


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@db.example/shop")
    assert "hunter2" not in repr(ShopSettings.load())


def test_a_check_over_all_values_is_reported_under_the_classes_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Never(Settings):
        def model_post_init(self, _context: object) -> None:
            raise ValueError("these do not go together")

    with pytest.raises(SystemExit):
        Never.load()
    assert capsys.readouterr().err == "settings: Never: these do not go together\n"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example/path?query", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
        ("https://shop.example@evil.example/", ""),
        ("https://shop.example:port/", ""),
        ("https://[::1", ""),
        ("javascript:alert(1)", ""),
        ("//evil.example", ""),
        ("/path", ""),
        ("", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
