"""Payloads: structs as docs/format/payload-v1.md encodes them and docs/format/layout-v1.json tabulates them."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

from record import Malformed, refuse_unless

LAYOUT = Path(__file__).resolve().parents[2] / "docs" / "format" / "layout-v1.json"

INTEGERS = {
    "u8": struct.Struct("<B"),
    "u16": struct.Struct("<H"),
    "u32": struct.Struct("<I"),
    "u64": struct.Struct("<Q"),
    "i32": struct.Struct("<i"),
    "i64": struct.Struct("<q"),
}
POINTER_SIZE = 8
_POINTER = {"string": struct.Struct("<Ii"), "vec": struct.Struct("<iI")}
_GENERIC = re.compile(r"(vec|option)<(.+)>\Z")
_BYTES = re.compile(r"\[u8;([1-9][0-9]*)\]\Z")


class Unknown(Exception):
    """A kind or version that is not in the table: a newer program wrote it."""


class Layout:
    """The table: the struct of each kind, and the named types."""

    def __init__(self, table: dict) -> None:
        refuse_unless(table["layout"] == 1, f"layout {table['layout']} is newer than this reader, which knows 1")
        self._types = table["types"]
        self._kinds = {(entry["kind"], entry["version"]): entry for entry in table["kinds"]}
        for entry in [*table["kinds"], *self._types.values()]:
            self._check_entry(entry)

    @classmethod
    def load(cls) -> Layout:
        """The table in the repository."""
        return cls(json.loads(LAYOUT.read_text(encoding="utf-8")))

    def _check_entry(self, entry: dict) -> None:
        end = 0
        for field in entry.get("fields", []):
            same = field["offset"] == end and field["size"] == self.size_of(field["type"])
            refuse_unless(same, f"the table contradicts itself at field {field['name']}")
            end += field["size"]
        if "fields" in entry:
            refuse_unless(end == entry["size"], "the table contradicts itself in the size of a struct")
        elif entry["is"] == "alias":
            refuse_unless(entry["size"] == self.size_of(entry["of"]), "the table contradicts itself in an alias")

    def size_of(self, type_name: str) -> int:
        """Bytes that a field of this type takes where it stands."""
        generic, array = _GENERIC.match(type_name), _BYTES.match(type_name)
        if type_name in INTEGERS:
            return INTEGERS[type_name].size
        if array:
            return int(array[1])
        if type_name == "string" or (generic and generic[1] == "vec"):
            return POINTER_SIZE
        if generic:
            return 1 + self.size_of(generic[2])
        return self._types[type_name]["size"]

    def decode(self, kind: int, version: int, payload: bytes) -> tuple[str, dict]:
        """Name of the event and its fields, ready for JSON."""
        entry = self._kinds.get((kind, version))
        if entry is None:
            raise Unknown(f"kind {kind} version {version} is not in the table: a newer program wrote it")
        refuse_unless(len(payload) >= entry["size"], "the payload is shorter than its struct")
        start = len(payload) - entry["size"]
        return entry["name"], _Reading(self, payload, start).fields(entry, start)

    def named(self, type_name: str) -> dict:
        """A named type."""
        return self._types[type_name]


class _Reading:
    """Reads one payload. What lies out of line comes in the order of the fields, so each part narrows the window in
    which the next one may lie, and no part is read twice."""

    def __init__(self, layout: Layout, payload: bytes, struct_start: int) -> None:
        self._layout = layout
        self._payload = payload
        self._window = (0, struct_start)

    def fields(self, entry: dict, start: int) -> dict:
        return {field["name"]: self._value(field["type"], start + field["offset"]) for field in entry["fields"]}

    def _value(self, type_name: str, at: int):
        generic, array = _GENERIC.match(type_name), _BYTES.match(type_name)
        if type_name in INTEGERS:
            return INTEGERS[type_name].unpack_from(self._payload, at)[0]
        if array:
            return self._payload[at : at + int(array[1])].hex()
        if type_name == "string":
            return self._string(at)
        if generic and generic[1] == "vec":
            return self._vec(generic[2], at)
        if generic:
            return self._option(generic[2], at)
        return self._named(self._layout.named(type_name), at)

    def _named(self, entry: dict, at: int):
        if entry["is"] == "alias":
            return self._value(entry["of"], at)
        if entry["is"] == "struct":
            return self.fields(entry, at)
        tag = str(self._payload[at])
        refuse_unless(tag in entry["tags"], f"{tag} is no tag of its enum")
        return entry["tags"][tag]

    def _option(self, inner: str, at: int):
        tag = self._payload[at]
        refuse_unless(tag in (0, 1), f"{tag} is neither a value nor none")
        return self._value(inner, at + 1) if tag else None

    def _string(self, at: int) -> str:
        first = self._payload[at]
        if first & 0xC0 != 0x80:
            text = self._payload[at : at + POINTER_SIZE].split(b"\xff", 1)[0]
        else:
            word, distance = _POINTER["string"].unpack_from(self._payload, at)
            length = (word & 0x3F) | ((word >> 8) << 6)
            refuse_unless(length > POINTER_SIZE, f"a text of {length} bytes out of line")
            start, end = self._part(at + distance, length)
            text = self._payload[start:end]
            self._window = (end, self._window[1])
        try:
            return text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a text that is not UTF-8") from error

    def _vec(self, inner: str, at: int):
        distance, count = _POINTER["vec"].unpack_from(self._payload, at)
        size = self._layout.size_of(inner)
        start, end = self._part(at + distance, count * size)
        window_start, window_end = self._window
        self._window = (window_start, start)
        if inner == "u8":
            elements = self._payload[start:end].hex()
        else:
            elements = [self._value(inner, start + i * size) for i in range(count)]
        self._window = (end, window_end)
        return elements

    def _part(self, start: int, length: int) -> tuple[int, int]:
        end = start + length
        fits = self._window[0] <= start and end <= self._window[1]
        refuse_unless(fits, "a part out of line is not between those before and after it")
        return start, end
