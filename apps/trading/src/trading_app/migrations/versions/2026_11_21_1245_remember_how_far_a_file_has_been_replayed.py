"""remember how far a file has been replayed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "719410ead228"
down_revision = "a83e61b0c95d"


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column(
            "fingerprint",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the file's size and beginning, in hex",
        ),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="The file's name when it was last replayed, for people"
        ),
        sa.Column(
            "line",
            sa.BigInteger(),
            nullable=False,
            comment="The last line that is in quotes; it moves in one transaction",
        ),
        sa.Column(
            "byte_offset",
            sa.BigInteger(),
            nullable=False,
            comment="Where the next line starts, in the unpacked text",
        ),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its end was reached; null: to be resumed",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row last changed; a trigger moves it unless the writer did",
        ),
        sa.CheckConstraint("fingerprint ~ '^[0-9a-f]{64}$'", name=op.f("ck_replays_fingerprint")),
        sa.CheckConstraint("line >= 1 AND byte_offset >= 0", name=op.f("ck_replays_line")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_replays")),
        schema="trading",
        comment="How far each file of recorded quotes has been replayed",
    )
    op.execute(
        """
CREATE TRIGGER replays_touch_updated_at BEFORE UPDATE ON trading.replays FOR EACH ROW WHEN ((NOT (new.updated_at IS DISTINCT FROM old.updated_at))) EXECUTE FUNCTION trading.touch_updated_at()
"""
    )


def downgrade() -> None:
    op.drop_table("replays", schema="trading")
