"""say what the outbox keeps."""

from __future__ import annotations

from alembic import op
from sqlalchemy.dialects import postgresql

revision = "911f8eafef01"
down_revision = "5f0c2a91d7e4"


def upgrade() -> None:
    op.alter_column(
        "outbox",
        "content",
        existing_type=postgresql.BYTEA(),
        comment="What the template needs, as JSON without secrets; emptied when there is nothing left to do",
        existing_comment="Subject, text and HTML, encrypted because they hold secrets; emptied when there is nothing left to do",
        existing_nullable=True,
        schema="platform",
    )


def downgrade() -> None:
    op.alter_column(
        "outbox",
        "content",
        existing_type=postgresql.BYTEA(),
        comment="Subject, text and HTML, encrypted because they hold secrets; emptied when there is nothing left to do",
        existing_comment="What the template needs, as JSON without secrets; emptied when there is nothing left to do",
        existing_nullable=True,
        schema="platform",
    )
