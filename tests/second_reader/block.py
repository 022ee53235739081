"""The framing of the file, of its blocks and of its end mark (sections 3, 5 and 6), before anything is proven."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from blake3 import blake3

from record import refuse_newer, refuse_unless

FILE_MAGIC = b"TRIADLOG"
BLOCK_MAGIC = b"TRIADBLK"
END_MAGIC = b"TRIADEND"
RECORD_COUNT_MAX = 65_536
BLOCK_LENGTH_MAX = 67_108_864
STATEMENT_LENGTH = 216
COUNTER_SIGNATURE_LENGTH = 64
CHECKSUM_LENGTH = 32

_FILE_HEADER = struct.Struct("<8sH6s16s")
_BLOCK_HEADER = struct.Struct("<8sHHIII16sQ")
_SIGNED_PART = struct.Struct("<32s32s64sQII")
_STATEMENT = struct.Struct("<IBBHQQ32s32s64s64s")
_END_MARK = struct.Struct("<8sQQ32s32s")

FILE_HEADER_LENGTH = _FILE_HEADER.size
END_MARK_LENGTH = _END_MARK.size
assert _STATEMENT.size == STATEMENT_LENGTH and END_MARK_LENGTH == 88


def checksum(covered: bytes) -> bytes:
    """The checksum of blocks, end marks and watermark slots: plain BLAKE3."""
    return blake3(covered).digest()


def read_file_header(raw: bytes) -> bytes:
    """Log id of the file that begins with `raw`."""
    refuse_unless(len(raw) >= FILE_HEADER_LENGTH, "the file ends inside its header")
    magic, version, reserved, log_id = _FILE_HEADER.unpack_from(raw)
    refuse_unless(magic == FILE_MAGIC, "this is not a TRIAD log file")
    refuse_newer("file", version)
    refuse_unless(reserved == bytes(6), "reserved bytes of the file header are not zero")
    return log_id


@dataclass(frozen=True)
class KeyStatement:
    """Who signs from here on, and on whose word."""

    raw: bytes
    epoch: int
    protection: int
    authority: int
    reserved: int
    first_sequence: int
    nv_counter: int
    verifying_key: bytes
    recovery_key: bytes
    possession: bytes
    authorisation: bytes

    @classmethod
    def read(cls, raw: bytes) -> KeyStatement:
        """Reads the 216 bytes of a statement; its signatures are not verified here."""
        statement = cls(raw, *_STATEMENT.unpack(raw))
        refuse_unless(statement.reserved == 0, "reserved bytes of the key statement are not zero")
        refuse_unless(1 <= statement.protection <= 6, f"protection is {statement.protection}")
        refuse_unless(statement.authority <= 2, f"authority is {statement.authority}")
        return statement


@dataclass(frozen=True)
class Block:
    """One block whose framing holds; its records are still bytes, and its checksum may differ."""

    log_id: bytes
    first_sequence: int
    records: list[bytes]
    chain: bytes
    root: bytes
    signature: bytes
    nv_counter: int
    counter_signature: bytes
    key_epoch: int
    edge: list[bytes]
    statement: KeyStatement | None
    block_length: int
    checksum_holds: bool

    @property
    def end(self) -> int:
        """Tree size once the block is in."""
        return self.first_sequence + len(self.records)


def read_block(raw: bytes, start: int) -> Block:
    """Reads the block at `start`: its framing, nothing else."""
    refuse_unless(len(raw) - start >= _BLOCK_HEADER.size, "the file ends inside the header of a block")
    header = _BLOCK_HEADER.unpack_from(raw, start)
    magic, version, reserved, count, length, records_length, log_id, first_sequence = header
    refuse_unless(magic == BLOCK_MAGIC, "neither a block nor the end mark begins here")
    refuse_newer("block", version)
    refuse_unless(reserved == 0, "reserved bytes of the block are not zero")
    refuse_unless(1 <= count <= RECORD_COUNT_MAX, f"record_count is {count}")
    refuse_unless(length <= BLOCK_LENGTH_MAX, f"block_length is {length}")
    refuse_unless(length <= len(raw) - start, "the file ends inside a block")
    block = raw[start : start + length]
    refuse_unless(length > CHECKSUM_LENGTH, f"block_length is {length}")
    return _read_parts(block, count, records_length, log_id, first_sequence)


def _read_parts(block: bytes, count: int, records_length: int, log_id: bytes, first_sequence: int) -> Block:
    at = _BLOCK_HEADER.size + records_length + 4 * count
    signed_end = at + _SIGNED_PART.size
    refuse_unless(signed_end <= len(block), "the parts of the block are longer than the block")
    chain, root, signature, nv_counter, key_epoch, edge_count = _SIGNED_PART.unpack_from(block, at)
    refuse_unless(edge_count == bin(first_sequence + count).count("1"), f"edge_count is {edge_count}")
    edge_end = signed_end + 32 * edge_count
    refuse_unless(edge_end + 4 <= len(block), "the parts of the block are longer than the block")
    (statement_length,) = struct.unpack_from("<I", block, edge_end)
    refuse_unless(statement_length in (0, STATEMENT_LENGTH), f"statement_length is {statement_length}")
    statement_end = edge_end + 4 + statement_length
    counter_end = statement_end + (COUNTER_SIGNATURE_LENGTH if nv_counter else 0)
    refuse_unless(counter_end + CHECKSUM_LENGTH == len(block), "the parts of the block do not add up to its length")
    return Block(
        log_id=log_id,
        first_sequence=first_sequence,
        records=_split_records(block, count, records_length),
        chain=chain,
        root=root,
        signature=signature,
        nv_counter=nv_counter,
        counter_signature=block[statement_end:counter_end],
        key_epoch=key_epoch,
        edge=[block[i : i + 32] for i in range(signed_end, edge_end, 32)],
        statement=KeyStatement.read(block[edge_end + 4 : statement_end]) if statement_length else None,
        block_length=len(block),
        checksum_holds=checksum(block[:-CHECKSUM_LENGTH]) == block[-CHECKSUM_LENGTH:],
    )


def _split_records(block: bytes, count: int, records_length: int) -> list[bytes]:
    area_end = _BLOCK_HEADER.size + records_length
    area = block[_BLOCK_HEADER.size : area_end]
    starts = list(struct.unpack_from(f"<{count}I", block, area_end))
    refuse_unless(starts[0] == 0, "the first record does not begin the records area")
    ends = starts[1:] + [records_length]
    refuse_unless(all(start < end for start, end in zip(starts, ends)), "the offsets of the records do not ascend")
    return [area[start:end] for start, end in zip(starts, ends)]


@dataclass(frozen=True)
class EndMark:
    """What the file says of itself at its end."""

    block_count: int
    record_count: int
    chain: bytes


def read_end_mark(raw: bytes, start: int) -> EndMark:
    """Reads the end mark, which must be the last thing in the file."""
    refuse_unless(len(raw) - start >= END_MARK_LENGTH, "the file ends inside its end mark")
    refuse_unless(len(raw) - start == END_MARK_LENGTH, "bytes follow the end mark")
    _magic, block_count, record_count, chain, mark_checksum = _END_MARK.unpack_from(raw, start)
    covered = raw[start : start + END_MARK_LENGTH - CHECKSUM_LENGTH]
    refuse_unless(checksum(covered) == mark_checksum, "the checksum of the end mark differs")
    return EndMark(block_count, record_count, chain)


def begins_end_mark(raw: bytes, start: int) -> bool:
    """Whether the end mark begins at `start`."""
    return raw[start : start + len(END_MAGIC)] == END_MAGIC
