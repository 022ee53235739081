"""The seven steps of section 7 over a whole log file: each block by itself, then what joins it to the blocks before."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Iterator

from block import FILE_HEADER_LENGTH, Block, EndMark, KeyStatement, begins_end_mark, read_block, read_end_mark
from block import read_file_header
from epochs import carried_from, check_statement, verify_within
from merkle import Edge, fold_edge, leaf_hash
from note import Checkpoint, SignedCheckpoint, VerifyingKey, origin_of, signed_note
from record import CHAIN_START, ERASED, PRESENT, REDACTED, Header, Malformed, Record
from strict_ed25519 import verifies

# Values of `protection` whose keys lie in files.
WITHOUT_HARDWARE = (1, 2)
COUNTER_CONTEXT = b"triad/counter/v1\n"


class Broken(Exception):
    """The log does not hold: the first sequence that fails (None before any record), the step of section 7, and why."""

    def __init__(self, sequence: int | None, step: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence
        self.step = step
        self.reason = reason

    def __str__(self) -> str:
        sequence = "none" if self.sequence is None else self.sequence
        return f"broken sequence={sequence} step={self.step} ({self.reason})"


def _require(holds: bool, sequence: int | None, step: int, reason: str) -> None:
    if not holds:
        raise Broken(sequence, step, reason)


@dataclass
class Counts:
    """Records, counted apart by what could be said of each."""

    verified: int = 0
    redacted: int = 0
    erased: int = 0
    missing: int = 0

    def add(self, presence: int) -> None:
        """Counts one record whose payload, if present, matched its commitment."""
        self.verified += presence == PRESENT
        self.redacted += presence == REDACTED
        self.erased += presence == ERASED


def read_records(block: Block) -> list[Record]:
    """The records of a block, as far as the block alone can vouch for them: steps 2 and 3, and step 6 within it."""
    records: list[Record] = []
    ordinals: dict[bytes, int] = {}
    chain = None
    for i, raw in enumerate(block.records):
        sequence = block.first_sequence + i
        try:
            record = Record.read(raw)
        except Malformed as error:
            raise Broken(sequence, 2, str(error)) from error
        header = record.header
        _check_place(header, block, sequence)
        _check_neighbour(header, records[-1].header if records else None)
        _require(chain in (None, header.previous_chain), sequence, 3, "the chain does not join")
        if record.presence == PRESENT:
            _require(record.commitment_matches(), sequence, 2, "the payload is not the one committed to")
        expected = ordinals.get(header.stream, header.stream_ordinal)
        _check_ordinal(header, expected, sequence)
        ordinals[header.stream] = expected + 1
        chain = header.chain()
        records.append(record)
    _require(chain == block.chain, block.end - 1, 3, "the block states another chain value")
    return records


def _check_place(header: Header, block: Block, sequence: int) -> None:
    _require(header.sequence == sequence, sequence, 2, f"the record says it is sequence {header.sequence}")
    _require(header.log_id == block.log_id, sequence, 2, "the record belongs to another log")
    _require(header.key_epoch == block.key_epoch, sequence, 2, "the key_epoch is not that of the block")


def _check_neighbour(header: Header, before: Header | None) -> None:
    opens_group = header.group == header.sequence
    joins_group = before is not None and header.group == before.group
    _require(opens_group or joins_group, header.sequence, 2, f"group {header.group} does not join what is before")
    in_time = before is None or header.time_us >= before.time_us
    _require(in_time, header.sequence, 2, "time_us is less than in the record before")
    passes = before is None or header.elapsed_us >= before.elapsed_us
    _require(passes, header.sequence, 2, "elapsed_us is less than in the record before")


def _check_ordinal(header: Header, expected: int, named: int) -> None:
    reason = f"stream {header.stream.hex()} goes on with ordinal {header.stream_ordinal} where {expected} is next"
    _require(header.stream_ordinal == expected, named, 6, reason)


@dataclass
class Verifier:
    """What is known of a log after the blocks read so far; each block must continue it."""

    log_id: bytes
    held: SignedCheckpoint | None = None
    counts: Counts = field(default_factory=Counts)
    blocks: int = 0
    chain: bytes = CHAIN_START
    edge: Edge = field(default_factory=Edge)
    epochs: list[KeyStatement] = field(default_factory=list)
    signed_notes: list[str] = field(default_factory=list)
    _nv_counter: int = 0
    _last: Header | None = None
    _next_ordinals: dict[bytes, int] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Origin line of the log."""
        return origin_of(self.log_id)

    def keys(self) -> list[VerifyingKey]:
        """Verifying keys of all epochs so far."""
        return [VerifyingKey(self.origin, statement.verifying_key) for statement in self.epochs]

    def join(self, block: Block, records: list[Record]) -> None:
        """Joins a block that holds by itself to the blocks before it."""
        first = self.edge.size
        _require(block.log_id == self.log_id, first, 1, "the block belongs to another log")
        _require(block.first_sequence == first, first, 1, f"the block begins at sequence {block.first_sequence}")
        opening = records[0].header
        _require(opening.previous_chain == self.chain, first, 3, "the chain does not join the block before")
        in_time = self._last is None or opening.time_us >= self._last.time_us
        _require(in_time, first, 2, "time_us is less than in the record before")
        passes = self._last is None or opening.elapsed_us >= self._last.elapsed_us
        _require(passes, first, 2, "elapsed_us is less than in the record before")
        self._check_streams(records, first)
        self._check_tree(block, records, first)
        self._check_keys(block, first)
        self._check_signature(block, first)
        self._check_counter(block, first)
        for record in records:
            self.counts.add(record.presence)
        self.blocks += 1
        self.chain = block.chain
        self._last = records[-1].header

    def _check_streams(self, records: list[Record], first: int) -> None:
        for record in records:
            header = record.header
            expected = self._next_ordinals.get(header.stream, 0)
            _check_ordinal(header, expected, first)
            self._next_ordinals[header.stream] = expected + 1

    def _check_tree(self, block: Block, records: list[Record], first: int) -> None:
        for record in records:
            self.edge.add(leaf_hash(record.header.raw))
            self._check_held_root()
        _require(block.edge == self.edge.subtrees, first, 4, "the edge of the tree differs")
        _require(block.root == self.edge.root(), first, 4, "the root of the tree differs")

    def _check_keys(self, block: Block, first: int) -> None:
        if block.statement is not None:
            self._check_statement(block.statement, first)
            self._nv_counter = block.statement.nv_counter
            self.epochs.append(block.statement)
        _require(bool(self.epochs), first, 5, "the log begins without a key statement")
        _require(block.key_epoch == self.epochs[-1].epoch, first, 5, f"epoch {block.key_epoch} has no key statement")

    def _check_counter(self, block: Block, first: int) -> None:
        if self.epochs[-1].protection in WITHOUT_HARDWARE:
            none = block.nv_counter == 0 and self._nv_counter == 0
            _require(none, first, 5, "an nv_counter although no hardware keeps the key")
        backwards = f"nv_counter is {block.nv_counter} after {self._nv_counter}"
        _require(block.nv_counter >= self._nv_counter, first, 5, backwards)
        signed = COUNTER_CONTEXT + self.log_id + struct.pack("<Q32sQ", block.end, block.root, block.nv_counter)
        counted = block.nv_counter == 0 or verifies(self.epochs[-1].verifying_key, block.counter_signature, signed)
        _require(counted, first, 5, "the nv_counter is not signed by the key of its epoch")
        self._nv_counter = block.nv_counter

    def _check_statement(self, statement: KeyStatement, first: int) -> None:
        _require(statement.epoch == len(self.epochs), first, 5, f"the key statement is of epoch {statement.epoch}")
        _require(statement.first_sequence == first, first, 5, "the key statement begins at another sequence")
        try:
            check_statement(self.log_id, statement, self.epochs)
        except Malformed as error:
            raise Broken(first, 5, str(error)) from error

    def _check_signature(self, block: Block, first: int) -> None:
        key = self.keys()[-1]
        checkpoint = Checkpoint(self.origin, self.edge.size, block.root)
        signed = verifies(key.key, block.signature, checkpoint.text().encode())
        _require(signed, first, 5, "the block is not signed by the key of its epoch")
        carried = carried_from(self.epochs, checkpoint.size)
        self.signed_notes.append(signed_note(checkpoint, key, block.signature, carried))

    def check_end(self, mark: EndMark) -> None:
        """Step 7, the part inside the file."""
        size = self.edge.size
        _require(size > 0, None, 7, "the log holds no record, so nothing was verified")
        _require(mark.block_count == self.blocks, size - 1, 7, f"the end mark counts {mark.block_count} blocks")
        _require(mark.record_count == size, size - 1, 7, f"the end mark counts {mark.record_count} records")
        _require(mark.chain == self.chain, size - 1, 7, "the end mark states another chain value")

    def check_trust(self, key: VerifyingKey) -> None:
        """Epoch 0 must be the key that the reader was given."""
        _require(key.name == self.origin, 0, 5, "the key that was given belongs to another log")
        _require(key.key == self.epochs[0].verifying_key, 0, 5, "epoch 0 is not the key that was given")

    def _check_held_root(self) -> None:
        size = self.edge.size
        if self.held is not None and self.held.checkpoint.size == size:
            same = self.held.checkpoint.root == self.edge.root()
            _require(same, size - 1, 7, f"the held checkpoint has another root at size {size}")

    def check_held_checkpoint(self) -> None:
        """Step 7, the part outside the file: what is left once the tree at the held size was compared."""
        if self.held is None:
            return
        last, checkpoint = self.edge.size - 1, self.held.checkpoint
        _require(checkpoint.origin == self.origin, last, 7, "the held checkpoint belongs to another log")
        try:
            verify_within(self.held, self.epochs)
        except Malformed as error:
            raise Broken(last, 7, str(error)) from error
        empty_holds = checkpoint.size > 0 or checkpoint.root == fold_edge([])
        _require(empty_holds, last, 7, "the held checkpoint has another root for the empty tree")
        self.counts.missing = max(0, checkpoint.size - self.edge.size)
        whole = self.counts.missing == 0
        _require(whole, last, 7, f"the held checkpoint has {checkpoint.size} records, the log {self.edge.size}")


def open_log(raw: bytes, held: SignedCheckpoint | None = None) -> Verifier:
    """A verifier for the file that begins with `raw`, before its first block."""
    try:
        return Verifier(read_file_header(raw), held)
    except Malformed as error:
        raise Broken(None, 1, str(error)) from error


def walk(raw: bytes, verifier: Verifier) -> Iterator[list[Record]]:
    """Yields the records of each block as soon as the block holds, then checks the end of the file."""
    at = FILE_HEADER_LENGTH
    while not begins_end_mark(raw, at):
        block = _next_block(raw, at, verifier.edge.size)
        records = _records_or_damage(block)
        verifier.join(block, records)
        yield records
        at += block.block_length
    try:
        mark = read_end_mark(raw, at)
    except Malformed as error:
        raise Broken(verifier.edge.size, 7, str(error)) from error
    verifier.check_end(mark)


def _next_block(raw: bytes, at: int, sequence: int) -> Block:
    _require(at < len(raw), sequence, 7, "the file was cut: it has no end mark")
    try:
        block = read_block(raw, at)
    except Malformed as error:
        raise Broken(sequence, 1, str(error)) from error
    _require(block.first_sequence == sequence, sequence, 1, f"the block begins at sequence {block.first_sequence}")
    return block


def _records_or_damage(block: Block) -> list[Record]:
    """The records; of a block whose checksum differs, the record that fails by itself is named, else its first."""
    records = read_records(block)
    _require(block.checksum_holds, block.first_sequence, 1, "the checksum of the block differs")
    return records


def check_whole(raw: bytes, held: SignedCheckpoint | None, keys: list[VerifyingKey]) -> Verifier:
    """Verifies a whole file against what the reader holds from elsewhere."""
    verifier = open_log(raw, held)
    for _ in walk(raw, verifier):
        if verifier.blocks == 1:
            for key in keys:
                verifier.check_trust(key)
    verifier.check_held_checkpoint()
    return verifier
