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

# The table in the middle of a page that people wrote.
matrix=$("$built/triad" access matrix)
awk -v matrix="$matrix" '
    /^<!-- end of the matrix -->/ { inside = 0 }
    !inside
    /^<!-- matrix: / { inside = 1; print matrix }
' docs/access.md >docs/access.md.new
mv docs/access.md.new docs/access.md
