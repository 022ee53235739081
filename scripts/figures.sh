#!/usr/bin/env bash
# Measures, and prints one line per figure: figure NAME VALUE UNIT [RATIO-TO-LIMIT]. A full and successful run also
# leaves its lines in target/figures.txt, which documents quote. What building costs is measured when it is asked for alone, by
# the name `build`. Usage: scripts/figures.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$*" = build ]; then
    exec scripts/build_figures.sh
fi

# The whole workspace, as the tests build it: a package by itself would be built with other features, from the ground up.
scripts/step.sh build cargo build --release --locked --workspace >&2
measure() {
    "${CARGO_TARGET_DIR:-target}/release/figures" "$@"
}

if [ "$#" -gt 0 ]; then
    measure "$@"
    exit
fi
mkdir -p target
measure | tee target/figures.unfinished
grep '^figure ' target/figures.unfinished >target/figures.txt
rm target/figures.unfinished
echo "$(wc -l <target/figures.txt) figures in target/figures.txt"
