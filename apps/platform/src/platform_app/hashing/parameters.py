"""argon2id's cost, never below OWASP ASVS 5.0 appendix C."""

from dataclasses import dataclass

# (least time cost, least memory in KiB), with one lane
ASVS_MINIMUM = ((1, 47104), (2, 19456), (3, 12288))


@dataclass(frozen=True)
class Argon2Parameters:
    """How expensive a hash is.

    Args:
        memory: KiB.
        time: passes over the memory.
        lanes: independent lanes of one hash; more than one splits a hash over threads.

    Raises:
        ValueError: below what ASVS asks for.
    """

    memory: int = 65536
    time: int = 3
    lanes: int = 1

    def __post_init__(self) -> None:
        least = min((memory for time, memory in ASVS_MINIMUM if self.time >= time), default=None)
        if least is None or self.memory < least or self.lanes < 1:
            raise ValueError("below what OWASP ASVS 5.0 appendix C asks of argon2id")
