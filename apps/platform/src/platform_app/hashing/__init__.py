"""Hashing of passwords: argon2id, better-auth's scrypt for imported users, and the threads that do the work."""

from platform_app.hashing.errors import HashingBusy
from platform_app.hashing.hasher import PasswordHasher, Verdict
from platform_app.hashing.parameters import Argon2Parameters

__all__ = ["Argon2Parameters", "HashingBusy", "PasswordHasher", "Verdict"]
