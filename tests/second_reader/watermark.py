"""The watermark file: how far the log was durable, kept beside the database (section 9)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from block import checksum
from record import refuse_unless

MAGIC = b"TRIADMRK"
SLOT_LENGTH = 128
STATES = {1: "open", 2: "closed"}

_SLOT = struct.Struct("<8s16sQQ32sB23s32s")
assert _SLOT.size == SLOT_LENGTH


@dataclass(frozen=True)
class Mark:
    """One slot that holds."""

    log_id: bytes
    generation: int
    sequence: int
    chain: bytes
    state: int


def _read_slot(raw: bytes) -> Mark | None:
    magic, log_id, generation, sequence, chain, state, zero, stated = _SLOT.unpack(raw)
    holds = magic == MAGIC and state in STATES and zero == bytes(23) and checksum(raw[:96]) == stated
    return Mark(log_id, generation, sequence, chain, state) if holds else None


def read_watermark(raw: bytes) -> Mark:
    """The valid slot with the higher generation."""
    refuse_unless(len(raw) == 2 * SLOT_LENGTH, f"a watermark of {len(raw)} bytes")
    marks = [mark for mark in (_read_slot(raw[:SLOT_LENGTH]), _read_slot(raw[SLOT_LENGTH:])) if mark]
    refuse_unless(bool(marks), "no slot of the watermark holds")
    refuse_unless(len({mark.log_id for mark in marks}) == 1, "the slots of the watermark are of two logs")
    generations = {mark.generation for mark in marks}
    refuse_unless(len(generations) == len(marks), "the slots of the watermark are of one generation")
    return max(marks, key=lambda mark: mark.generation)
