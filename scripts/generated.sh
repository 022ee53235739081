#!/usr/bin/env bash
# Writes the documents that come from code anew. That they are current is a test of the package that writes them.
set -euo pipefail
cd "$(dirname "$0")/.."

# As the tests are built, so that nothing is built twice.
read -ra features < <(scripts/features.sh) || true
cargo build --release --locked --workspace "${features[@]}" --example catalogue --bin triad
built=${CARGO_TARGET_DIR:-target}/release
"$built/examples/catalogue" docs/events.md docs/format/layout-v1.json
"$built/triad" workflow schema >docs/format/workflow.schema.json
