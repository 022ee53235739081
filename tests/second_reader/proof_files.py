"""Proof files: inclusion and consistency (section 8)."""

from __future__ import annotations

from dataclasses import dataclass

from block import KeyStatement
from epochs import key_at, verify_from, verify_within
from merkle import extends, fold_edge, includes, leaf_hash
from note import SignedCheckpoint, VerifyingKey, decode_base64, decode_decimal, decode_hash, origin_of
from note import read_signed_checkpoint
from record import Header, Malformed, refuse_unless

PROOF_LINE = "c2sp.org/tlog-proof@v1"
# The tlog-witness specification allows a client no more; no tree of 64-bit size needs more than 64 for inclusion.
CONSISTENCY_HASHES_MAX = 63
INCLUSION_HASHES_MAX = 64


def _split_at_empty_line(raw: bytes) -> tuple[list[str], bytes]:
    split = raw.find(b"\n\n")
    refuse_unless(split >= 0, "a proof without an empty line before its checkpoint")
    try:
        return raw[:split].decode("ascii").split("\n"), raw[split + 2 :]
    except UnicodeDecodeError as error:
        raise Malformed("a proof whose lines are not ASCII") from error


def _after(prefix: str, line: str) -> str:
    refuse_unless(line.startswith(prefix), f"a line that should begin with {prefix!r}")
    return line[len(prefix) :]


@dataclass(frozen=True)
class InclusionProof:
    """A header, its place, the path to a root, and the checkpoint with that root."""

    header: Header
    index: int
    path: list[bytes]
    signed: SignedCheckpoint

    @classmethod
    def read(cls, raw: bytes) -> InclusionProof:
        """Reads a `.tlog-proof` file."""
        lines, note = _split_at_empty_line(raw)
        refuse_unless(len(lines) >= 3, "a proof has at least three lines before its empty line")
        refuse_unless(lines[0] == PROOF_LINE, "this is not a proof of the version that this reader knows")
        header = Header.read(decode_base64(_after("extra ", lines[1])))
        index = decode_decimal(_after("index ", lines[2]))
        path = [decode_hash(line) for line in lines[3:]]
        refuse_unless(len(path) <= INCLUSION_HASHES_MAX, "a proof with too many hashes")
        return cls(header, index, path, read_signed_checkpoint(note))

    def verify(self, keys: list[VerifyingKey]) -> None:
        """Raises `Malformed` unless the record is in the tree that one of `keys` signed."""
        verify_from(self.signed, keys)
        checkpoint = self.signed.checkpoint
        refuse_unless(self.header.sequence == self.index, "the index is not the sequence of the record")
        refuse_unless(origin_of(self.header.log_id) == checkpoint.origin, "the record belongs to another log")
        leaf = leaf_hash(self.header.raw)
        holds = includes(checkpoint.root, checkpoint.size, self.index, leaf, self.path)
        refuse_unless(holds, "the record is not in the tree of the checkpoint")


@dataclass(frozen=True)
class ConsistencyProof:
    """The size of an older tree, the proof, and the newer checkpoint."""

    old_size: int
    proof: list[bytes]
    signed: SignedCheckpoint

    @classmethod
    def read(cls, raw: bytes) -> ConsistencyProof:
        """Reads the body of an `add-checkpoint` request."""
        lines, note = _split_at_empty_line(raw)
        old_size = decode_decimal(_after("old ", lines[0]))
        proof = [decode_hash(line) for line in lines[1:]]
        refuse_unless(len(proof) <= CONSISTENCY_HASHES_MAX, "a proof with too many hashes")
        return cls(old_size, proof, read_signed_checkpoint(note))

    def verify(self, old: SignedCheckpoint | None, keys: list[VerifyingKey]) -> None:
        """Raises `Malformed` unless the newer tree begins with the older, both signed by one of `keys`."""
        known = verify_from(self.signed, keys)
        newer = self.signed.checkpoint
        old_root = self._verified_old_root(old, keys, known)
        holds = extends(self.old_size, old_root, newer.size, newer.root, self.proof)
        refuse_unless(holds, "the newer tree does not begin with the older")

    def _verified_old_root(
        self, old: SignedCheckpoint | None, keys: list[VerifyingKey], known: list[KeyStatement]
    ) -> bytes:
        if old is None:
            refuse_unless(self.old_size == 0, "the older checkpoint is needed, the proof holds only its size")
            return fold_edge([])
        if key_at(old.checkpoint.size, known) is not None:
            verify_within(old, known)
        else:
            verify_from(old, keys)
        refuse_unless(old.checkpoint.origin == self.signed.checkpoint.origin, "the checkpoints are of two logs")
        refuse_unless(old.checkpoint.size == self.old_size, "the older checkpoint is of another size")
        return old.checkpoint.root
