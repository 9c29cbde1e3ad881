"""Trading accounts."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    false,
    text,
    true,
)

from servicekit.columns import TIMESTAMP, created_at, id_column, one_of, updated_at
from servicekit.triggers import touch_updated_at
from trading_app.tables.base import metadata
from trading_app.tables.columns import CASH
from trading_app.tables.enumerations import AccountKind, AccountStatus, ConfirmationMail, DayTradeCheck
from trading_app.tables.references import user

accounts = Table(
    "accounts",
    metadata,
    id_column(),
    Column(
        "owner_id",
        Uuid,
        ForeignKey(user.c.id, ondelete="RESTRICT"),
        index=True,
        comment="Whose account it is; a user who owns accounts cannot be deleted. Null: closed",
    ),
    # No unique constraint: it could not start with the account's id. Nobody can write the column, so the
    # sequence behind it is what keeps the numbers apart.
    Column(
        "number",
        BigInteger,
        Identity(always=True, start=100_000_001),
        nullable=False,
        index=True,
        comment="The number that people are shown; different for every account, as only the database gives it",
    ),
    Column("name", Text, nullable=False, server_default=text("''"), comment="What its owner calls it"),
    Column(
        "status", Text, nullable=False, server_default=text("'ACTIVE'"), comment="As Alpaca's account status"
    ),
    Column(
        "currency",
        Text,
        nullable=False,
        server_default=text("'USD'"),
        comment="ISO 4217 code that its cash is in",
    ),
    Column(
        "kind",
        Text,
        nullable=False,
        server_default=text("'cash'"),
        comment="cash: buys with its own money, never short",
    ),
    Column(
        "opening_cash",
        CASH,
        nullable=False,
        server_default=text("100000.00"),
        comment="Play money it was opened with; the ledger's first transfer",
    ),
    Column("account_blocked", Boolean, nullable=False, server_default=false(), comment="Nothing may be done"),
    Column(
        "trading_blocked", Boolean, nullable=False, server_default=false(), comment="No order may be placed"
    ),
    Column(
        "transfers_blocked",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="No money may come or go",
    ),
    Column(
        "suspend_trade",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Setting: its owner refuses new orders",
    ),
    Column(
        "no_shorting", Boolean, nullable=False, server_default=true(), comment="Setting: only long positions"
    ),
    Column(
        "fractional_trading",
        Boolean,
        nullable=False,
        server_default=true(),
        comment="Setting: parts of a share",
    ),
    Column(
        "max_margin_multiplier",
        SmallInteger,
        nullable=False,
        server_default=text("1"),
        comment="Setting: buying power as a multiple of the equity",
    ),
    Column(
        "max_options_trading_level",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="Setting: 0, no options",
    ),
    Column(
        "dtbp_check",
        Text,
        nullable=False,
        server_default=text("'entry'"),
        comment="Setting: day-trading buying power",
    ),
    Column(
        "pdt_check",
        Text,
        nullable=False,
        server_default=text("'entry'"),
        comment="Setting: pattern day trading",
    ),
    Column(
        "ptp_no_exception_entry",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="Setting: publicly traded partnerships without withholding exception",
    ),
    Column(
        "trade_confirm_email",
        Text,
        nullable=False,
        server_default=text("'all'"),
        comment="Setting: mails about fills",
    ),
    Column("closed_at", TIMESTAMP, comment="When it was closed; a closed account is kept"),
    Column(
        "version",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="Counts the changes of all that belongs to it: whoever read an older one starts again",
    ),
    Column(
        "audit_sequence",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="sequence of its last audit row",
    ),
    Column("audit_hash", LargeBinary, comment="hash of its last audit row: nobody can cut the chain short"),
    Column(
        "execution_sequence",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="sequence of its last execution",
    ),
    Column(
        "open_orders",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="How many of its orders are not final",
    ),
    created_at(),
    updated_at(),
    one_of("status", AccountStatus),
    one_of("kind", AccountKind),
    one_of("dtbp_check", DayTradeCheck),
    one_of("pdt_check", DayTradeCheck),
    one_of("trade_confirm_email", ConfirmationMail),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("opening_cash >= 0", name="opening_cash"),
    CheckConstraint("max_margin_multiplier IN (1, 2, 4)", name="max_margin_multiplier"),
    CheckConstraint("max_options_trading_level BETWEEN 0 AND 3", name="max_options_trading_level"),
    CheckConstraint("(status = 'ACCOUNT_CLOSED') = (closed_at IS NOT NULL)", name="closed_at"),
    CheckConstraint("version >= 0", name="version"),
    CheckConstraint(
        "audit_sequence >= 0 AND (audit_sequence = 0) = (audit_hash IS NULL) AND octet_length(audit_hash) = 32",
        name="audit_hash",
    ),
    CheckConstraint("execution_sequence >= 0", name="execution_sequence"),
    CheckConstraint("open_orders >= 0", name="open_orders"),
    CheckConstraint("owner_id IS NOT NULL OR status = 'ACCOUNT_CLOSED'", name="owner_id"),
    info={"runtime_privileges": ("SELECT", "INSERT", "UPDATE")},
    comment="Trading accounts",
)
touch_updated_at(accounts)
