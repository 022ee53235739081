#!/usr/bin/env bash
# Runs every test of the workspace and closes with one line that adds up all test binaries.
# Usage: scripts/test.sh [ARGUMENT-OF-CARGO-TEST...]
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra features < <(scripts/features.sh) || true
[ "${#features[@]}" -gt 0 ] || echo "test: the TPM library is not installed: what needs a TPM is SKIPPED" >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT
echo "== test"
begin=$SECONDS
status=0
cargo test --workspace --release --locked --no-fail-fast "${features[@]}" "$@" | tee "$results" || status=$?
echo "== test: exit $status after $((SECONDS - begin)) s"

# The last test binary is often one without tests, so its line alone would say that nothing ran.
read -r passed failed skipped < <(
    awk '/^test result: / { passed += $4; failed += $6; skipped += $8 }
         END { print passed + 0, failed + 0, skipped + 0 }' "$results"
)
if [ "$status" -eq 0 ] && [ "$passed" -eq 0 ]; then
    echo "test: no test ran" >&2
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
