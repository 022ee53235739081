#!/usr/bin/env bash
# Measures, and prints one line per figure: figure NAME VALUE UNIT [RATIO-TO-LIMIT]. A full and successful run also
# leaves its lines in target/figures.txt, which documents quote. Usage: scripts/figures.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."

measure() {
    cargo run --release --locked -p benches --bin figures -- "$@"
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
