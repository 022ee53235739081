#!/usr/bin/env bash
# Holds the house rules of tests/tests/tidy.rs. That file needs the standard library alone, so it is compiled by itself, in a
# second; `make test` runs it among all others.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
mkdir -p "$target"
CARGO_MANIFEST_DIR="$PWD/tests" rustc --edition 2024 --test -o "$target/tidy" tests/tests/tidy.rs
RUST_BACKTRACE=0 "$target/tidy" --quiet
