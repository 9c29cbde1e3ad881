"""Secrets handed to clients: made here, stored only as hashes."""

import hashlib
import secrets
import time
from uuid import UUID

TOKEN_BYTES = 32  # 256 bits: twice what ASVS 7.2.3 asks for


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """What the database keeps. A plain SHA-256 is enough: the input has 256 bits of entropy."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_id() -> UUID:
    """A UUIDv7 as Postgres makes them, where the answer needs one before or without a row."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
