#!/usr/bin/env bash
# Runs one named step and says when it begins, how it ended and how long it took. Usage: scripts/step.sh NAME COMMAND...
set -euo pipefail

name=$1
shift
echo "== $name"
begin=$SECONDS
status=0
"$@" || status=$?
took=$((SECONDS - begin))
if [ "$status" -ne 0 ]; then
    echo "== $name: FAILED after $took s (exit $status)" >&2
    exit "$status"
fi
echo "== $name: ok after $took s"
