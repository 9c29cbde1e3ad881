"""let the owners of closed accounts go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "683a30051d7e"
down_revision = "8cc1dbca40e7"
phase = "expand"
accepts = {
    "ban-drop-not-null": "only closed accounts have no owner, and the version before this one closes none",
    "constraint-missing-not-valid": "one row per account, and none of them can fail: each has an owner",
}


def upgrade() -> None:
    op.alter_column(
        "accounts",
        "owner_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Whose account it is; a user who owns accounts cannot be deleted. Null: closed",
        existing_comment="Whose account it is; a user who owns accounts cannot be deleted",
        schema="trading",
    )
    op.execute(
        """
ALTER TABLE trading.accounts ADD CONSTRAINT ck_accounts_owner_id CHECK (((owner_id IS NOT NULL) OR (status = 'ACCOUNT_CLOSED'::text)))
"""
    )


def downgrade() -> None:
    # Closed accounts belong to their owners again; where one has left for good, there is no way back.
    op.execute(
        """
UPDATE trading.accounts SET owner_id = member.user_id
FROM trading.account_members AS member
WHERE owner_id IS NULL AND member.account_id = accounts.id AND member.role = 'OWNER'
"""
    )
    op.alter_column(
        "accounts",
        "owner_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Whose account it is; a user who owns accounts cannot be deleted",
        existing_comment="Whose account it is; a user who owns accounts cannot be deleted. Null: closed",
        schema="trading",
    )
    op.execute("ALTER TABLE trading.accounts DROP CONSTRAINT ck_accounts_owner_id")
