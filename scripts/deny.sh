#!/usr/bin/env bash
# Holds the dependencies against deny.toml. Advisories are checked only where their database can be had, and the output
# says which of the two it was.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="${CARGO_TARGET_DIR:-target}/tools/bin:$PATH"
cargo-deny --locked check --hide-inclusion-graph bans licenses sources

if refusal=$(timeout 120 cargo-deny --locked fetch db </dev/null 2>&1); then
    cargo-deny --locked check --disable-fetch --hide-inclusion-graph advisories
else
    echo "advisories NOT CHECKED: their database could not be fetched:"
    echo "$refusal" | sed -n 's/^fatal: /  /p; s/^.*\[ERROR\] /  /p' | cut -c1-160
fi
