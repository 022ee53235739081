#!/usr/bin/env bash
# Runs the tests of hashing under AddressSanitizer, which sees what a wrong lane would read or write beside its message. It
# is part of every toolchain, behind a switch that is meant for those who build the standard library themselves.
# Usage: scripts/sanitize.sh [PART-OF-A-NAME]
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc -vV | sed -n 's/^host: //p')
# Built apart: everything is compiled otherwise.
CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/sanitized" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
    cargo test --locked -p triad-proof --target "$target" "${1:-sha256}"
