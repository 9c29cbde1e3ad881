"""The metadata that every table of this app belongs to."""

from __future__ import annotations

from sqlalchemy import MetaData

from servicekit.triggers import trigger_functions

metadata = MetaData(
    schema="platform",
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    },
)
trigger_functions(metadata)
