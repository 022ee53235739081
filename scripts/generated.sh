#!/usr/bin/env bash
# Generates the documents that come from code, elsewhere, and compares them with the ones kept here.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -e store/event/examples/catalogue.rs ]; then
    echo "generated: SKIPPED, there is no store/event/examples/catalogue.rs yet"
    exit
fi

documents=(docs/events.md docs/format/layout-v1.json)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
generate=(cargo run --release --locked -p triad-event --example catalogue --)
"${generate[@]}" "$fresh/${documents[0]##*/}" "$fresh/${documents[1]##*/}"

status=0
for document in "${documents[@]}"; do
    diff -u "$document" "$fresh/${document##*/}" || status=1
done
if [ "$status" -ne 0 ]; then
    echo "generated: these differ from what the code says; run: ${generate[*]} ${documents[*]}" >&2
fi
exit "$status"
