#!/usr/bin/env bash
# Runs every test of the workspace, with cargo-nextest where it is installed, and closes with one line that adds up all test
# binaries. Examples in documents are run where a package says `doctest = true`, which a house rule counts on.
# Usage: scripts/test.sh [PART-OF-A-NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra features < <(scripts/features.sh) || true
[ "${#features[@]}" -gt 0 ] || echo "test: the TPM library is not installed: what needs a TPM is SKIPPED" >&2
results=$(mktemp)
trap 'rm -f "$results"' EXIT
if cargo nextest --version >/dev/null 2>&1; then
    # More at once than there are cores: most of them wait for processes, disks and clocks.
    run=(cargo nextest run --color never --test-threads "$((2 * $(nproc)))")
else
    run=(cargo test)
fi
echo "== test: ${run[*]}"
begin=$SECONDS
status=0
"${run[@]}" --workspace --release --locked --no-fail-fast "${features[@]}" "$@" 2>&1 | tee "$results" || status=$?
# nextest runs no examples; cargo test has run them.
if [ "${run[1]}" = nextest ]; then
    for manifest in $(git ls-files '*Cargo.toml' | xargs grep -lx 'doctest = true'); do
        cargo test --doc --release --locked --manifest-path "$manifest" "$@" 2>&1 | tee -a "$results" || status=$?
    done
fi
echo "== test: exit $status after $((SECONDS - begin)) s"

# cargo test has a line for each test binary, nextest has one: `Summary [ 9.1s] 9 tests run: 7 passed (1 slow), 2 failed, 1 skipped`.
read -r passed failed skipped < <(
    awk '/^test result: / { passed += $4; failed += $6; skipped += $8 }
         / tests? run: / {
             for (at = 2; at <= NF; at++) {
                 if ($at ~ /^passed/) passed += $(at - 1)
                 if ($at ~ /^(failed|timed|exec)/) failed += $(at - 1)
                 if ($at ~ /^skipped/) skipped += $(at - 1)
             }
         }
         END { print passed + 0, failed + 0, skipped + 0 }' "$results"
)
if [ "$status" -eq 0 ] && [ "$passed" -eq 0 ]; then
    echo "test: no test ran" >&2
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
