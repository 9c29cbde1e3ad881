"""fill in how far accounts have come."""

from __future__ import annotations

from alembic import op

revision = "8cc1dbca40e7"
down_revision = "dd5c48bb460c"


def upgrade() -> None:
    op.execute(
        """
        UPDATE trading.accounts AS account
        SET version = coalesce(last.sequence, 0),
            audit_sequence = coalesce(last.sequence, 0),
            audit_hash = last.hash,
            execution_sequence = coalesce(
                (SELECT max(sequence) FROM trading.executions WHERE account_id = account.id), 0
            ),
            open_orders = (
                SELECT count(*) FROM trading.orders
                WHERE account_id = account.id
                  AND status NOT IN ('canceled', 'expired', 'filled', 'rejected', 'replaced')
            ),
            updated_at = account.updated_at
        FROM trading.accounts AS same
        LEFT JOIN LATERAL (
            SELECT sequence, hash FROM trading.audit_logs WHERE account_id = same.id ORDER BY sequence DESC LIMIT 1
        ) AS last ON true
        WHERE same.id = account.id
        """
    )


def downgrade() -> None:
    """The columns go with the revision before; what is in them can be told again from the rows they count."""
