"""Hands this app's Alembic environment to Caravan."""

from caravan.environment import run

run("trading")
