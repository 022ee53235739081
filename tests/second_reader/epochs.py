"""Who signs from when: the key statements of a log's epochs, in the log and as a signed note carries them (sections 4, 5)."""

from __future__ import annotations

from block import STATEMENT_LENGTH, KeyStatement
from note import SignedCheckpoint, VerifyingKey, carried_statements, log_id_of
from record import Malformed, refuse_unless
from strict_ed25519 import verifies

GENESIS, ROTATION, RECOVERY = 0, 1, 2
STATEMENT_CONTEXT = b"triad/key-statement/v1\n"
STATEMENT_SIGNED_LENGTH = 88


def check_statement(log_id: bytes, statement: KeyStatement, before: list[KeyStatement]) -> None:
    """Raises `Malformed` unless the statement follows from those before it."""
    refuse_unless(statement.epoch == len(before), f"the key statement is of epoch {statement.epoch}")
    signed = STATEMENT_CONTEXT + log_id + statement.raw[:STATEMENT_SIGNED_LENGTH]
    possessed = verifies(statement.verifying_key, statement.possession, signed)
    refuse_unless(possessed, "the key statement is not signed by its own key")
    if before:
        _check_succession(statement, before, signed)
        return
    refuse_unless(statement.authority == GENESIS, f"authority {statement.authority} at genesis")
    refuse_unless(statement.first_sequence == 0, "genesis does not begin at sequence 0")
    refuse_unless(statement.authorisation == bytes(64), "an authorisation at genesis")


def _check_succession(statement: KeyStatement, before: list[KeyStatement], signed: bytes) -> None:
    later = statement.first_sequence > before[-1].first_sequence
    refuse_unless(later, "an epoch does not begin after the one before")
    same_recovery = statement.recovery_key == before[0].recovery_key
    refuse_unless(same_recovery, "the recovery key is not the one named at genesis")
    authorities = {ROTATION: before[-1].verifying_key, RECOVERY: statement.recovery_key}
    refuse_unless(statement.authority in authorities, f"authority {statement.authority} after genesis")
    authorised = verifies(authorities[statement.authority], statement.authorisation, signed)
    refuse_unless(authorised, "the key statement is not authorised")


def key_at(size: int, epochs: list[KeyStatement]) -> bytes | None:
    """The key that signs the tree of that size: the one in force for its last record."""
    began = [statement for statement in epochs if statement.first_sequence <= max(size, 1) - 1]
    return began[-1].verifying_key if began else None


def verify_within(signed: SignedCheckpoint, epochs: list[KeyStatement]) -> None:
    """Raises `Malformed` unless the key that was in force at its size signed the checkpoint."""
    origin, size = signed.checkpoint.origin, signed.checkpoint.size
    key = key_at(size, epochs)
    refuse_unless(key is not None, f"no key is known to be in force at size {size}")
    signed.verify([VerifyingKey(origin, key)])


def verify_from(signed: SignedCheckpoint, keys: list[VerifyingKey]) -> list[KeyStatement]:
    """Raises `Malformed` unless one of the keys signed, or one that follows from them by the statements that the note carries.

    Gives those of the statements for which the keys vouch.
    """
    known = _known(signed, [key.key for key in keys if key.name == signed.checkpoint.origin])
    if not known:
        signed.verify(keys)
        return []
    refuse_unless(known[-1].verifying_key == key_at(signed.checkpoint.size, known), "its key was not in force at its size")
    verify_within(signed, known)
    return known


def _known(signed: SignedCheckpoint, trusted: list[bytes]) -> list[KeyStatement]:
    raw = carried_statements(signed)
    if raw is None:
        return []
    refuse_unless(len(raw) > 0 and len(raw) % STATEMENT_LENGTH == 0, "the key statements of a note are not whole")
    log_id, statements = log_id_of(signed.checkpoint.origin), []
    for at in range(0, len(raw), STATEMENT_LENGTH):
        statement = KeyStatement.read(raw[at : at + STATEMENT_LENGTH])
        check_statement(log_id, statement, statements)
        statements.append(statement)
    while statements and statements[0].verifying_key not in trusted:
        statements = statements[1:]
    return statements


def carried_from(epochs: list[KeyStatement], size: int) -> bytes:
    """What the note of the checkpoint at that size carries: nothing while the log has one epoch."""
    began = [statement for statement in epochs if statement.first_sequence < size]
    return b"".join(statement.raw for statement in began) if len(began) > 1 else b""
