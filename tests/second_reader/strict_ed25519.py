"""Strict Ed25519: RFC 8032 verification that gives every verifier the same answer.

`cryptography` (OpenSSL) decides the cofactorless equation, refuses an S that is not reduced, and compares R as bytes,
so R has one encoding only. It takes keys and R of small order and keys that are not reduced; those are refused here.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELD_PRIME = 2**255 - 19

# The eight points whose order divides 8, and the two of them that can be written with a sign of zero.
SMALL_ORDER = frozenset(
    bytes.fromhex(text)
    for text in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)


def _is_sound_point(encoded: bytes) -> bool:
    reduced = int.from_bytes(encoded, "little") & (2**255 - 1) < FIELD_PRIME
    return reduced and encoded not in SMALL_ORDER


def verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` holds under `key`, in the strict sense."""
    if len(key) != 32 or len(signature) != 64:
        return False
    if not _is_sound_point(key) or not _is_sound_point(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
