"""Caravan: moves the schemas of every app that shares one Postgres forward, together."""
