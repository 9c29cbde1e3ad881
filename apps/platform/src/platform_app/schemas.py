"""The shapes that several features answer with: better-auth's JSON."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from platform_app.rows import Row


def _javascript(moment: datetime) -> str:
    """As JavaScript's toISOString: milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_javascript, return_type=str, when_used="json")]

Password = Annotated[
    str, Field(examples=["correct horse battery staple"], json_schema_extra={"format": "password"})
]


class Input(BaseModel):
    """A request's body. Strict: no text is taken for a number; unknown members are ignored, as better-auth does."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, strict=True, frozen=True)


class Output(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class UserOut(Output):
    id: UUID
    name: str
    email: str
    email_verified: bool
    image: str | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls.model_validate({name: row[name] for name in cls.model_fields})


class SessionOut(Output):
    """A session; its `token` carries the id, for the token itself goes to its owner once and is never told again."""

    id: UUID
    token: str
    user_id: UUID
    expires_at: Moment
    created_at: Moment
    updated_at: Moment
    ip_address: str
    user_agent: str

    @classmethod
    def of(cls, row: Row, **more: Any) -> Self:  # noqa: ANN401  # fields of a subclass
        return cls(
            id=row["id"],
            token=str(row["id"]),
            user_id=row["user_id"],
            expires_at=row["expires_at"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            ip_address=str(row["ip_address"] or ""),
            user_agent=row["user_agent"] or "",
            **more,
        )


class Status(Output):
    status: bool = True


class Success(Output):
    success: bool = True
