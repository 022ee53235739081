"""C2SP signed notes and checkpoints, and verifying keys in their text form (section 4)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

from record import Malformed, refuse_unless
from strict_ed25519 import verifies

DASH = "\u2014"
ED25519 = b"\x01"
SUCCESSION = b"\xfftriad/key-succession/v1"
# The signed-note specification wants at least 16 accepted and some limit kept.
SIGNATURES_MAX = 64
_ORIGIN = re.compile(r"triad/[0-9a-f]{32}\Z")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,19})\Z")


def decode_base64(text: str) -> bytes:
    """Decodes padded base64 in its one canonical spelling."""
    try:
        decoded = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise Malformed(f"not base64: {text!r}") from error
    refuse_unless(b64encode(decoded).decode() == text, f"base64 that is not canonical: {text!r}")
    return decoded


def decode_hash(text: str) -> bytes:
    """Decodes a base64 hash of 32 bytes."""
    decoded = decode_base64(text)
    refuse_unless(len(decoded) == 32, f"a hash of {len(decoded)} bytes")
    return decoded


def decode_decimal(text: str) -> int:
    """Decodes a decimal number that fits 64 bits and has no leading zero."""
    refuse_unless(bool(_DECIMAL.match(text)), f"not a decimal number: {text!r}")
    number = int(text)
    refuse_unless(number < 2**64, f"a number that does not fit 64 bits: {text}")
    return number


def origin_of(log_id: bytes) -> str:
    """Origin line and key name of a log."""
    return f"triad/{log_id.hex()}"


def log_id_of(origin: str) -> bytes:
    """The log that an origin line names."""
    refuse_unless(bool(_ORIGIN.match(origin)), f"not the origin of a log: {origin!r}")
    return bytes.fromhex(origin.removeprefix("triad/"))


def _id_of(name: str, typed_key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + typed_key).digest()[:4]


def key_id(name: str, key: bytes) -> bytes:
    """First four bytes that tell one key of a name from another."""
    return _id_of(name, ED25519 + key)


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


@dataclass(frozen=True)
class VerifyingKey:
    """A named Ed25519 key."""

    name: str
    key: bytes

    @classmethod
    def read(cls, text: str) -> VerifyingKey:
        """Reads `<name>+<key id>+<base64>`."""
        parts = text.split("+", 2)
        refuse_unless(len(parts) == 3, "a verifying key has three parts joined by plus signs")
        name, id_text, encoded = parts
        refuse_unless(_is_key_name(name), "the name of the verifying key is empty or has a space")
        material = decode_base64(encoded)
        refuse_unless(len(material) == 33 and material[:1] == ED25519, "the verifying key is not an Ed25519 key")
        found = cls(name, material[1:])
        refuse_unless(id_text == found.id().hex(), "the key id does not belong to the verifying key")
        return found

    def id(self) -> bytes:
        """Key id within the name."""
        return key_id(self.name, self.key)

    def text(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.id().hex()}+{b64encode(ED25519 + self.key).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """What a log signs: its origin, a size, and the root at that size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """Reads the three lines; an extension line is refused."""
        lines = text.split("\n")
        refuse_unless(len(lines) == 4 and lines[3] == "", "a checkpoint has three lines")
        refuse_unless(bool(lines[0]), "the origin line is empty")
        return cls(lines[0], decode_decimal(lines[1]), decode_hash(lines[2]))


def signed_note(checkpoint: Checkpoint, key: VerifyingKey, signature: bytes, carried: bytes) -> str:
    """The signed note of a checkpoint, rebuilt from what a block keeps and the key statements that it carries."""
    note = f"{checkpoint.text()}\n{DASH} {key.name} {b64encode(key.id() + signature).decode()}\n"
    if carried:
        note += f"{DASH} {key.name} {b64encode(_id_of(key.name, SUCCESSION) + carried).decode()}\n"
    return note


def read_signed_checkpoint(raw: bytes) -> SignedCheckpoint:
    """Reads a signed note whose text is a checkpoint; signatures are not verified yet."""
    try:
        note = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a note that is not UTF-8") from error
    refuse_unless(all(letter >= " " or letter == "\n" for letter in note), "a note with control characters")
    split = note.rfind("\n\n")
    refuse_unless(split >= 0 and note.endswith("\n"), "a note without signatures")
    text, signature_lines = note[: split + 1], note[split + 2 : -1].split("\n")
    refuse_unless(len(signature_lines) <= SIGNATURES_MAX, "a note with too many signatures")
    signatures = [_read_signature_line(line) for line in signature_lines]
    return SignedCheckpoint(Checkpoint.read(text), text, signatures)


def _read_signature_line(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    refuse_unless(len(parts) == 3 and parts[0] == DASH, "a signature line that is malformed")
    refuse_unless(_is_key_name(parts[1]), "a signature line whose key name is malformed")
    decoded = decode_base64(parts[2])
    refuse_unless(len(decoded) > 4, "a signature line whose signature is too short")
    return parts[1], decoded[:4], decoded[4:]


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint with its signature lines: (key name, key id, signature)."""

    checkpoint: Checkpoint
    text: str
    signatures: list[tuple[str, bytes, bytes]]

    def verify(self, keys: list[VerifyingKey]) -> VerifyingKey:
        """The key that signed; refuses when none did, or when a line under one of `keys` does not verify."""
        signers = [key for key in keys if self._is_signed_by(key)]
        refuse_unless(bool(signers), "the checkpoint has no signature by a known key")
        refuse_unless(signers[0].name == self.checkpoint.origin, "the key's name is not the origin of the checkpoint")
        return signers[0]

    def _is_signed_by(self, key: VerifyingKey) -> bool:
        mine = [signature for name, id_, signature in self.signatures if name == key.name and id_ == key.id()]
        good = all(verifies(key.key, signature, self.text.encode()) for signature in mine)
        refuse_unless(good, "the signature of the checkpoint does not verify")
        return bool(mine)


def carried_statements(signed: SignedCheckpoint) -> bytes | None:
    """The key statements of its log that a note carries, which are not checked."""
    origin = signed.checkpoint.origin
    lines = [raw for name, id_, raw in signed.signatures if name == origin and id_ == _id_of(origin, SUCCESSION)]
    refuse_unless(len(lines) <= 1, "a note that carries key statements twice")
    return lines[0] if lines else None
