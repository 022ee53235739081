#!/usr/bin/env python3
"""A second reader of TRIAD logs, written from docs/format/log-v1.md alone.

Exit status: 0 everything holds; 1 something is broken, and the first bad sequence is named; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys

# A checker that leaves compiled files beside its source would change the tree that it checks.
sys.dont_write_bytecode = True

try:
    import blake3 as _blake3  # noqa: F401
    import cryptography as _cryptography  # noqa: F401
except ImportError as error:
    sys.stderr.write(f"triad_log: {error}; `make test` makes an environment with blake3 and cryptography\n")
    sys.exit(2)

from epochs import RECOVERY  # noqa: E402
from note import VerifyingKey, read_signed_checkpoint  # noqa: E402
from payload import Layout, Unknown  # noqa: E402
from proof_files import ConsistencyProof, InclusionProof  # noqa: E402
from record import PRESENT, Malformed, Record  # noqa: E402
from verify import Broken, Verifier, check_whole, open_log, walk  # noqa: E402
from watermark import STATES, read_watermark  # noqa: E402

HOLDS, BROKEN, USAGE = 0, 1, 2


class Usage(Exception):
    """The command line names something that cannot be used."""


def main(arguments: list[str]) -> int:
    """Runs one command and gives its exit status."""
    # Every command writes UTF-8 and plain line ends, whatever the platform would choose.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    parsed = _parser().parse_args(arguments)
    try:
        return parsed.run(parsed)
    except Broken as broken:
        print(broken)
        return BROKEN
    except Malformed as malformed:
        print(f"broken ({malformed})")
        return BROKEN
    except Usage as usage:
        sys.stderr.write(f"triad_log: {usage}\n")
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="triad_log", description="Reads and verifies TRIAD logs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run, summary: str, files: str = "file") -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.add_argument(files, metavar="FILE", nargs="+" if files == "files" else None)
        added.set_defaults(run=run)
        return added

    verify = command("verify", _verify, "verify whole log files", files="files")
    verify.add_argument("--key", action="append", metavar="VKEY", help="verifying key of epoch 0, as text")
    verify.add_argument("--checkpoint", metavar="NOTEFILE", help="a checkpoint held from elsewhere")
    command("records", _records, "print the records of a log, as JSON lines, up to the first block that does not hold")
    command("notes", _notes, "print the signed checkpoint of each block")
    command("keys", _keys, "print the verifying key of each epoch")
    proof = command("proof", _proof, "verify an inclusion proof")
    consistency = command("consistency", _consistency, "verify a consistency proof")
    for proving in (proof, consistency):
        about = "a verifying key of any epoch, as text; may be repeated"
        proving.add_argument("--key", action="append", metavar="VKEY", required=True, help=about)
    consistency.add_argument("--old", metavar="NOTEFILE", help="the older checkpoint; needed unless its size is 0")
    watermark = command("watermark", _watermark, "check a watermark")
    watermark.add_argument("--log", metavar="LOGFILE", help="a log that must hold the record of the watermark")
    return parser


def _verify(parsed: argparse.Namespace) -> int:
    statuses = [_verify_one(path, parsed) for path in parsed.files]
    return max(statuses)


def _verify_one(path: str, parsed: argparse.Namespace) -> int:
    held = read_signed_checkpoint(_read(parsed.checkpoint)) if parsed.checkpoint else None
    keys = _read_keys(parsed.key)
    try:
        verifier = check_whole(_read(path), held, keys)
    except Broken as broken:
        print(f"{broken} file={path}")
        return BROKEN
    print(f"ok {_summary(verifier, bool(keys))} file={path}")
    return HOLDS


def _summary(verifier: Verifier, trusted: bool) -> str:
    counts = verifier.counts
    recovered = [str(statement.epoch) for statement in verifier.epochs if statement.authority == RECOVERY]
    fields = {
        "records": verifier.edge.size,
        "verified": counts.verified,
        "redacted": counts.redacted,
        "erased": counts.erased,
        "missing": counts.missing,
        "blocks": verifier.blocks,
        "epochs": len(verifier.epochs),
        "recovered": ",".join(recovered) or "none",
        "root": verifier.edge.root().hex(),
        "chain": verifier.chain.hex(),
        "key": "given" if trusted else "not-given",
    }
    return " ".join(f"{name}={value}" for name, value in fields.items())


def _records(parsed: argparse.Namespace) -> int:
    raw, layout = _read(parsed.file), Layout.load()
    for records in walk(raw, open_log(raw)):
        for record in records:
            print(json.dumps({**_header_as_json(record), **_payload_as_json(record, layout)}, ensure_ascii=False))
    return HOLDS


def _header_as_json(record: Record) -> dict:
    header = record.header
    return {
        "sequence": header.sequence,
        "group": header.group,
        "cause": header.cause,
        "time_us": header.time_us,
        "elapsed_us": header.elapsed_us,
        "kind": header.kind,
        "kind_version": header.kind_version,
        "key_epoch": header.key_epoch,
        "clock_state": ("steady", "stepped", "waiting")[header.clock_state - 1],
        "source": ("engine", "operator", "client", "timer", "effect")[header.source - 1],
        "outcome": ("none", "success", "failure", "refused")[header.outcome],
        "stream": header.stream.hex(),
        "stream_ordinal": header.stream_ordinal,
        "principal": header.principal.hex(),
        "node": header.node.hex(),
        "chain": header.chain().hex(),
        "presence": ("present", "redacted", "erased")[record.presence],
        "payload_length": header.payload_length,
    }


def _payload_as_json(record: Record, layout: Layout) -> dict:
    if record.presence != PRESENT:
        return {"payload": None}
    try:
        event, fields = layout.decode(record.header.kind, record.header.kind_version, record.payload)
    except Unknown as unknown:
        return {"unknown": str(unknown), "payload": record.payload.hex()}
    except Malformed as malformed:
        return {"malformed": str(malformed), "payload": record.payload.hex()}
    return {"event": event, "payload": fields}


def _notes(parsed: argparse.Namespace) -> int:
    verifier = check_whole(_read(parsed.file), None, [])
    print("\n".join(verifier.signed_notes), end="")
    return HOLDS


def _keys(parsed: argparse.Namespace) -> int:
    for key in check_whole(_read(parsed.file), None, []).keys():
        print(key.text())
    return HOLDS



def _proof(parsed: argparse.Namespace) -> int:
    proof = InclusionProof.read(_read(parsed.file))
    proof.verify(_read_keys(parsed.key))
    print(f"ok index={proof.index} size={proof.signed.checkpoint.size} origin={proof.signed.checkpoint.origin}")
    return HOLDS


def _consistency(parsed: argparse.Namespace) -> int:
    proof = ConsistencyProof.read(_read(parsed.file))
    old = read_signed_checkpoint(_read(parsed.old)) if parsed.old else None
    proof.verify(old, _read_keys(parsed.key))
    print(f"ok old={proof.old_size} size={proof.signed.checkpoint.size} origin={proof.signed.checkpoint.origin}")
    return HOLDS


def _watermark(parsed: argparse.Namespace) -> int:
    mark = read_watermark(_read(parsed.file))
    if parsed.log:
        _check_reached(mark, parsed.log)
    print(
        f"ok generation={mark.generation} sequence={mark.sequence} state={STATES[mark.state]} "
        f"chain={mark.chain.hex()} log_id={mark.log_id.hex()}"
    )
    return HOLDS


def _check_reached(mark, path: str) -> None:
    raw = _read(path)
    verifier = open_log(raw)
    if verifier.log_id != mark.log_id:
        raise Broken(None, 7, "the watermark belongs to another log")
    found = None
    for records in walk(raw, verifier):
        for record in records:
            if record.header.sequence == mark.sequence:
                found = record.header.chain()
    if found is None:
        raise Broken(verifier.edge.size, 7, f"the watermark is at sequence {mark.sequence}, the log ends before it")
    if found != mark.chain:
        raise Broken(mark.sequence, 7, "the watermark has another chain value")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Usage(str(error)) from error


def _read_keys(texts: list[str] | None) -> list[VerifyingKey]:
    try:
        return [VerifyingKey.read(text) for text in texts or []]
    except Malformed as error:
        raise Usage(f"--key: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
