"""better-auth's password hashes, so that its users can be imported as they are.

A hash is `salthex:keyhex`: scrypt with N=16384, r=16, p=1 over the NFKC password and the ASCII of the salt's hex.
These parameters are below ASVS, so a hash of this kind is replaced at the first sign-in; none is ever made.
"""

import hashlib
import re
from typing import Any, Self

import passlib.utils.handlers as uh  # type: ignore[import-untyped]  # the package ships no type information

_HASH = re.compile(r"[0-9a-f]{32}:[0-9a-f]{128}")
_N, _R, _P, _LENGTH = 16384, 16, 1, 64


class BetterAuthScrypt(uh.GenericHandler):  # type: ignore[misc]  # its base has no type information
    name = "better_auth_scrypt"
    setting_kwds = ()
    context_kwds = ()
    checksum_chars = uh.LOWER_HEX_CHARS
    checksum_size = 2 * _LENGTH

    def __init__(self, salt: str = "", **kwds: Any) -> None:  # noqa: ANN401  # passlib's own signature
        super().__init__(**kwds)
        self.salt = salt

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:  # noqa: A002  # passlib's own signature
        text = hash.decode("ascii", "replace") if isinstance(hash, bytes) else hash
        return _HASH.fullmatch(text) is not None

    @classmethod
    def from_string(cls, hash: str | bytes) -> Self:  # noqa: A002  # passlib's own signature
        text = hash.decode("ascii") if isinstance(hash, bytes) else hash
        if not cls.identify(text):
            raise uh.exc.InvalidHashError(cls)
        salt, checksum = text.split(":")
        return cls(salt=salt, checksum=checksum)

    def to_string(self) -> str:
        return f"{self.salt}:{self.checksum}"

    def _calc_checksum(self, secret: str | bytes) -> str:
        data = secret.encode() if isinstance(secret, str) else secret
        memory = 128 * _N * _R * 2
        key = hashlib.scrypt(
            data, salt=self.salt.encode("ascii"), n=_N, r=_R, p=_P, maxmem=memory, dklen=_LENGTH
        )
        return key.hex()
