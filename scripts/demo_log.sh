#!/usr/bin/env bash
# Shows the log at work: append, sign, verify, redact one payload and verify again, flip one byte and see it named.
# Everything happens in a temporary directory that is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

triad="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/release/triad"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '$ triad'
    printf ' %q' "$@"
    printf '\n'
    "$triad" "$@"
}

say "1. A log is created. Its verifying key is what others will check it with."
run log init
"$triad" log head --key >log.vkey

say "2. Records are appended. A sequence is printed once its record is durable, chained and under a signed tree head."
run log append "door of rack 7 opened by alice" "patient record 4711 was read by bob" "door of rack 7 closed"
echo "\$ seq 1 5000 | sed 's/^/reading /' | triad log append | tail -1"
seq 1 5000 | sed 's/^/reading /' | "$triad" log append | tail -1

say "3. The whole log verifies; the checkpoint, signed by the log's key, is kept elsewhere."
run log verify --key "$(cat log.vkey)"
"$triad" log head --note >checkpoint.txt
cat checkpoint.txt

secret=$("$triad" log show --limit 100 -o json | grep 'patient record 4711' | sed 's/.*"sequence":\([0-9]*\).*/\1/')
say "4. A copy for outsiders withholds the payload of record $secret. It still verifies, and the text is gone."
run log copy public.triadlog --redact "$secret"
run log verify public.triadlog --key "$(cat log.vkey)" --checkpoint checkpoint.txt
if grep -q 'patient record 4711' public.triadlog; then
    echo "the withheld text is still in the copy" >&2
    exit 1
fi
echo "grep finds 'patient record 4711' in public.triadlog: no"

say "5. One record is proved to somebody who has only the proof and the key."
echo "\$ triad log prove 2500 >2500.tlog-proof"
"$triad" log prove 2500 >2500.tlog-proof
run log check 2500.tlog-proof --key "$(cat log.vkey)"

say "6. One byte of a copy is changed. Verification names the record."
run log copy tampered.triadlog
offset=$(grep -abo 'reading 2500' tampered.triadlog | head -1 | cut -d: -f1)
printf 'X' | dd of=tampered.triadlog bs=1 seek="$offset" conv=notrunc status=none
if run log verify tampered.triadlog --key "$(cat log.vkey)"; then
    echo "the change went unnoticed" >&2
    exit 1
fi

say "7. The newest records are cut off and the file is ended anew. Only the checkpoint held elsewhere can tell, and does."
run log append "appended after the checkpoint was taken"
"$triad" log head --note >newer.txt
if run log verify public.triadlog --key "$(cat log.vkey)" --checkpoint newer.txt; then
    echo "the truncation went unnoticed" >&2
    exit 1
fi

say "Done: what was promised was seen."
