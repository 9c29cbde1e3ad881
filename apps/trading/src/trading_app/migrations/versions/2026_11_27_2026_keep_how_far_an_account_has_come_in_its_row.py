"""keep how far an account has come in its row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dd5c48bb460c"
down_revision = "719410ead228"


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column(
            "version",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Counts the changes of all that belongs to it: whoever read an older one starts again",
        ),
        schema="trading",
    )
    op.add_column(
        "accounts",
        sa.Column(
            "audit_sequence",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="sequence of its last audit row",
        ),
        schema="trading",
    )
    op.add_column(
        "accounts",
        sa.Column(
            "audit_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="hash of its last audit row: nobody can cut the chain short",
        ),
        schema="trading",
    )
    op.add_column(
        "accounts",
        sa.Column(
            "execution_sequence",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="sequence of its last execution",
        ),
        schema="trading",
    )
    op.add_column(
        "accounts",
        sa.Column(
            "open_orders",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How many of its orders are not final",
        ),
        schema="trading",
    )
    op.create_index(
        "ix_orders_accepted",
        "orders",
        ["instrument_id", "submitted_at"],
        unique=False,
        schema="trading",
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.create_index(
        "ix_orders_immediate",
        "orders",
        ["instrument_id", "submitted_at"],
        unique=False,
        schema="trading",
        postgresql_where=sa.text(
            "time_in_force IN ('ioc', 'fok') AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')"
        ),
    )
    op.execute(
        """
ALTER TABLE trading.accounts ADD CONSTRAINT ck_accounts_audit_hash CHECK (((audit_sequence >= 0) AND ((audit_sequence = 0) = (audit_hash IS NULL)) AND (octet_length(audit_hash) = 32)))
"""
    )
    op.execute(
        """
ALTER TABLE trading.accounts ADD CONSTRAINT ck_accounts_execution_sequence CHECK ((execution_sequence >= 0))
"""
    )
    op.execute(
        """
ALTER TABLE trading.accounts ADD CONSTRAINT ck_accounts_open_orders CHECK ((open_orders >= 0))
"""
    )
    op.execute(
        """
ALTER TABLE trading.accounts ADD CONSTRAINT ck_accounts_version CHECK ((version >= 0))
"""
    )


def downgrade() -> None:
    op.drop_index(
        "ix_orders_immediate",
        table_name="orders",
        schema="trading",
        postgresql_where=sa.text(
            "time_in_force IN ('ioc', 'fok') AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')"
        ),
    )
    op.drop_index(
        "ix_orders_accepted",
        table_name="orders",
        schema="trading",
        postgresql_where=sa.text("status = 'accepted'"),
    )
    op.drop_column("accounts", "open_orders", schema="trading")
    op.drop_column("accounts", "execution_sequence", schema="trading")
    op.drop_column("accounts", "audit_hash", schema="trading")
    op.drop_column("accounts", "audit_sequence", schema="trading")
    op.drop_column("accounts", "version", schema="trading")
