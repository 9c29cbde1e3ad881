"""Settings from the environment: a missing or malformed value is named, never printed."""

from __future__ import annotations

import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

SECRETS = Path("/run/secrets")
"""Where Docker and Kubernetes mount secrets as files; a file `DATABASE_URL` there is read like the variable."""


def _split(value: object) -> object:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A list as people write it in an environment variable: `a, b`."""


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value and origin_of(value) == value for value in values):
        raise ValueError("each must be an origin like https://shop.example, lower case and without a path")
    return values


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    try:
        for value in values:
            ip_network(value)  # uvicorn would take what it cannot read for a host's name and never match it
    except ValueError:
        raise ValueError("each must be an address or a network like 10.0.0.0/8") from None
    return values


def _public(url: AnyHttpUrl) -> AnyHttpUrl:
    if not origin_of(str(url)) or url.query is not None or url.fragment is not None:
        raise ValueError(
            "it must be an address like https://shop.example, without a user, a query or a fragment"
        )
    return url


def _postgres(value: SecretStr) -> SecretStr:
    if not _is_conninfo(value.get_secret_value()):
        # in our own words: libpq's may repeat parts of the address
        raise ValueError("it is not a Postgres address like postgresql://user@host/database")
    return value


def _is_conninfo(text: str) -> bool:
    try:
        ports = str(conninfo_to_dict(text).get("port", ""))
    except psycopg.ProgrammingError:
        return False
    return bool(text) and all(port.isdecimal() for port in ports.split(",") if port)


class Settings(BaseSettings):
    """The base of any settings."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    @classmethod
    def load(cls) -> Self:
        """Read the settings from the environment and mounted secrets.

        Raises:
            SystemExit: with code 2 after naming, on standard error, each value that is missing or malformed.
        """
        try:
            return cls()
        except SettingsError as error:  # a list or an object that is not JSON; the text names the field only
            sys.stderr.write(f"settings: {error}\n")
            raise SystemExit(2) from None
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_context=False, include_input=False):
                name = cls.variable(str(problem["loc"][0])) if problem["loc"] else cls.__name__
                said = problem["msg"].removeprefix("Value error, ")
                reason = "it is not set" if problem["type"] == "missing" else said
                sys.stderr.write(f"settings: {name}: {reason}\n")
            raise SystemExit(2) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read mounted secrets too, where there are any: a folder that is missing is no reason to warn."""
        del dotenv_settings, file_secret_settings
        mounted = (SecretsSettingsSource(settings_cls, SECRETS),) if SECRETS.is_dir() else ()
        return (init_settings, env_settings, *mounted)

    @classmethod
    def variable(cls, location: str) -> str:
        """Give the environment variable that a validation error's location speaks of.

        Args:
            location: a field's name, or its alias where it has one.
        """
        field = cls.model_fields.get(location)
        if field is not None and field.validation_alias is not None:
            return str(field.validation_alias)
        return location if field is None else f"{cls.model_config['env_prefix']}{location}".upper()


class ServiceSettings(Settings):
    """What every service is told. A service gives its own variables a prefix; the first two have none.

    Args:
        environment: production writes JSON logs; development writes for people.
        database_url: where Postgres is.
        database_role: what each connection becomes by SET ROLE; empty for whoever the URL names.
        database_pool_size: how many transactions one process may have open at once; look-ups of sessions have
            connections of their own, `servicekit.database.LOOKUP_CONNECTIONS`.
        database_wait_seconds: how long a request waits for one of them before it is told to come back.
        public_url: the address that browsers use.
        trusted_origins: further origins whose pages may send requests with a cookie, and read the answers.
        trusted_proxies: addresses or networks whose X-Forwarded-For is believed.
        max_body_bytes: the largest request body.
    """

    environment: Literal["production", "development"] = Field(
        default="production", validation_alias="ENVIRONMENT"
    )
    database_url: Annotated[SecretStr, AfterValidator(_postgres)] = Field(validation_alias="DATABASE_URL")
    database_role: str = ""
    database_pool_size: PositiveInt = 10
    database_wait_seconds: PositiveFloat = 3.0
    public_url: Annotated[AnyHttpUrl, AfterValidator(_public)]
    trusted_origins: Annotated[CommaSeparated, AfterValidator(_origins)] = ()
    trusted_proxies: Annotated[CommaSeparated, AfterValidator(_networks)] = ()
    max_body_bytes: PositiveInt = 65536

    @property
    def https(self) -> bool:
        """Whether browsers come over https, which decides the cookie's name."""
        return self.public_url.scheme == "https"

    @property
    def origins(self) -> frozenset[str]:
        """Every origin whose pages may send requests with a cookie."""
        return frozenset(origin_of(url) for url in (str(self.public_url), *self.trusted_origins))


def origin_of(url: str) -> str:
    """Give a URL's origin as browsers write it: lower case, no default port; empty if it has none.

    Args:
        url: any text.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in {None, default} else f":{port}")
