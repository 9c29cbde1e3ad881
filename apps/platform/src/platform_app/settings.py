from __future__ import annotations

from pathlib import Path  # pydantic reads the annotations
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import SettingsConfigDict

from platform_app.addresses import is_address
from platform_app.hashing import Argon2Parameters
from platform_app.names import one_line
from servicekit.settings import ServiceSettings

API = "/api/auth"


def _address(value: str) -> str:
    if not is_address(value):
        raise ValueError("it is not an e-mail address")
    return value


class PlatformSettings(ServiceSettings):
    """What the platform service is told, as PLATFORM_<NAME> in the environment.

    Args:
        service_name: what mails call us, and a word that no password may be made of.
        require_email_verification: nobody signs in before the address is verified.
        minimum_password_length: in code points; 15 where the password is the only factor.
        password_memory: argon2id's memory in KiB.
        password_time: argon2id's passes.
        password_threads: hashes at once; 0 for one per core, within half a gigabyte.
        attempts_per_minute: sign-ins, sign-ups and password checks of one address, each.
        mails_per_minute: requests that send a mail, of one address.
        mail_transport: smtp, or directory: one file per mail in `mail_directory`.
        mail_in_process: send mail from this process, instead of from `platform worker`.
    """

    model_config = SettingsConfigDict(env_prefix="PLATFORM_")

    database_role: str = "platform_runtime"
    service_name: Annotated[str, Field(min_length=1), AfterValidator(one_line)] = "Tradepost"
    require_email_verification: bool = False
    minimum_password_length: Annotated[int, Field(ge=8, le=64)] = 15
    password_memory: PositiveInt = 65536
    password_time: PositiveInt = Field(default=3, validate_default=True)
    password_threads: Annotated[int, Field(ge=0)] = 0
    attempts_per_minute: PositiveInt = 30
    mails_per_minute: PositiveInt = 3
    mail_transport: Literal["smtp", "directory"] = "smtp"
    mail_in_process: bool = False
    mail_directory: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = Field(
        default=None, validate_default=True
    )
    mail_from: Annotated[str, AfterValidator(_address)] = "no-reply@tradepost.example"
    smtp_host: Annotated[str, Field(min_length=1)] = "localhost"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 25
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")

    @field_validator("password_time")
    @classmethod
    def _dear_enough(cls, time: int, info: ValidationInfo) -> int:
        if "password_memory" in info.data:
            try:
                Argon2Parameters(memory=info.data["password_memory"], time=time)
            except ValueError as error:
                raise ValueError(f"with PLATFORM_PASSWORD_MEMORY it is {error}") from None
        return time

    @field_validator("mail_directory")
    @classmethod
    def _there_for_its_transport(cls, directory: Path | None, info: ValidationInfo) -> Path | None:
        if directory is None and info.data.get("mail_transport") == "directory":
            raise ValueError("the transport directory needs it")
        return directory

    @property
    def api_url(self) -> str:
        """The address of the API as links in mails write it."""
        return f"{str(self.public_url).rstrip('/')}{API}"

    @property
    def password_parameters(self) -> Argon2Parameters:
        return Argon2Parameters(memory=self.password_memory, time=self.password_time)
