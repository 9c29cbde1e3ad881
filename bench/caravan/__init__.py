"""What Caravan takes beside plain Alembic, beside psql, and beside what a bare Python must take."""
