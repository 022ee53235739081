"""A record: its header, its presence, and the commitment to its payload (sections 2.1 to 2.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256

from blake3 import blake3

FORMAT_VERSION = 1
HEADER_LENGTH = 192
PAYLOAD_LENGTH_MAX = 1_048_576
SALT_LENGTH = 16
PRESENT, REDACTED, ERASED = 0, 1, 2

COMMITMENT_CONTEXT = b"triad/payload/v1"
CHAIN_CONTEXT = "triad 2026-11 log-v1 record chain"
CHAIN_START = bytes(32)

_HEADER = struct.Struct("<HHHBB16sQIIqIBBBB16sQ16s16sQQ32s32s")
assert _HEADER.size == HEADER_LENGTH


class Malformed(Exception):
    """Bytes that are not in the form the document gives; the message says which."""


@dataclass(frozen=True)
class Header:
    """The header, field by field, beside the bytes it was read from."""

    raw: bytes
    format_version: int
    header_length: int
    kind: int
    kind_version: int
    commitment_scheme: int
    log_id: bytes
    sequence: int
    group_distance: int
    payload_length: int
    time_us: int
    key_epoch: int
    clock_state: int
    source: int
    outcome: int
    reserved_55: int
    stream: bytes
    stream_ordinal: int
    principal: bytes
    node: bytes
    cause: int
    elapsed_us: int
    previous_chain: bytes
    payload_commit: bytes

    @classmethod
    def read(cls, raw: bytes) -> Header:
        """Reads 192 bytes and checks the fields that need no neighbour."""
        if len(raw) != HEADER_LENGTH:
            raise Malformed(f"a header of {len(raw)} bytes")
        header = cls(raw, *_HEADER.unpack(raw))
        header._check_fixed_fields()
        return header

    def _check_fixed_fields(self) -> None:
        refuse_newer("record", self.format_version)
        refuse_unless(self.header_length == HEADER_LENGTH, f"header_length is {self.header_length}")
        if self.commitment_scheme > 1:
            raise Malformed(f"commitment_scheme {self.commitment_scheme} is newer than this reader, which knows 1")
        refuse_unless(self.commitment_scheme == 1, f"commitment_scheme is {self.commitment_scheme}")
        refuse_unless(self.clock_state in (1, 2, 3), f"clock_state is {self.clock_state}")
        refuse_unless(1 <= self.source <= 5, f"source is {self.source}")
        refuse_unless(self.outcome <= 3, f"outcome is {self.outcome}")
        refuse_unless(self.reserved_55 == 0, "a reserved byte of the header is not zero")
        refuse_unless(self.elapsed_us < 1 << 63, f"elapsed_us is {self.elapsed_us}")
        refuse_unless(self.payload_length <= PAYLOAD_LENGTH_MAX, f"payload_length is {self.payload_length}")
        refuse_unless(self.group_distance <= self.sequence, "the group begins before the log")
        refuse_unless(self.cause <= self.sequence, f"cause {self.cause} is later than the record")

    @property
    def group(self) -> int:
        """Sequence of the first record of the group."""
        return self.sequence - self.group_distance

    def chain(self) -> bytes:
        """Chain value of this record."""
        return blake3(self.raw, derive_key_context=CHAIN_CONTEXT).digest()


@dataclass(frozen=True)
class Record:
    """A header, what became of the payload, and the payload with its salt when they are here."""

    header: Header
    presence: int
    salt: bytes
    payload: bytes

    @classmethod
    def read(cls, raw: bytes) -> Record:
        """Reads one record that fills `raw` exactly."""
        if len(raw) < HEADER_LENGTH + 1:
            raise Malformed(f"a record of {len(raw)} bytes")
        header = Header.read(raw[:HEADER_LENGTH])
        presence = raw[HEADER_LENGTH]
        body = raw[HEADER_LENGTH + 1 :]
        if presence in (REDACTED, ERASED):
            refuse_unless(not body, "a payload follows a record that says it has none")
        elif presence == PRESENT:
            refuse_unless(len(body) == SALT_LENGTH + header.payload_length, "the record is not as long as it says")
        else:
            raise Malformed(f"presence is {presence}")
        return cls(header, presence, body[:SALT_LENGTH], body[SALT_LENGTH:])

    def commitment_matches(self) -> bool:
        """Whether salt and payload are the ones that the header commits to."""
        length = struct.pack("<Q", len(self.payload))
        committed = sha256(COMMITMENT_CONTEXT + self.salt + length + self.payload).digest()
        return committed == self.header.payload_commit


def refuse_unless(condition: bool, reason: str) -> None:
    """Raises `Malformed` with `reason` unless `condition` holds."""
    if not condition:
        raise Malformed(reason)


def refuse_newer(what: str, version: int) -> None:
    """Refuses every format version but this reader's, and names one that is newer."""
    if version > FORMAT_VERSION:
        raise Malformed(f"{what} format_version {version} is newer than this reader, which knows {FORMAT_VERSION}")
    refuse_unless(version == FORMAT_VERSION, f"{what} format_version is {version}")
