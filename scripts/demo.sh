#!/usr/bin/env bash
# Shows the whole path: a server on an embedded log, workflows that do real work, the server killed half-way and started
# again, results, verification, and everything decided again. Then the log by itself: redaction and tampering.
# Everything happens in a temporary directory that is removed at the end; the server listens on a free loopback port.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/release"
triad="$bin/triad"
work=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill -9 "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export TRIAD_SERVER="http://127.0.0.1:$port"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

serve() {
    "$triad" serve --dir "$work/log" --listen "127.0.0.1:$port" >>"$work/server.out" 2>&1 &
    server=$!
    for _ in $(seq 200); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        sleep 0.05
    done
    cat "$work/server.out" >&2
    exit 1
}

# The workflows' paths are relative to this folder.
submit() { "$triad" workflow submit --in . "$1"; }

say "1. A server on an embedded, signed log."
"$triad" log init --dir "$work/log" | tail -1 >"$work/log.vkey"
cat "$work/log.vkey"
serve

say "2. Workflows that do real work: checksums and compression, a word count, a report, a flaky step, 10,000 tasks."
python3 fixtures/workflows/layered_graph.py 10000 >"$work/graph.json"
for name in archive words report; do
    submit "fixtures/workflows/$name.json"
done
flaky=$(submit fixtures/workflows/flaky.json)
cat >"$work/long.json" <<'END'
{"name": "slow steps, during which the server dies", "tasks": [
  {"id": "one",   "type": "PROCESS", "command": ["sh", "-c", "sleep 1; echo one"]},
  {"id": "two",   "type": "PROCESS", "command": ["sh", "-c", "sleep 1; echo two"],   "dependencies": ["one"]},
  {"id": "three", "type": "PROCESS", "command": ["sh", "-c", "sleep 1; echo three"], "dependencies": ["two"]},
  {"id": "join",  "type": "NOOP", "dependencies": ["three"]}]}
END
long=$(submit "$work/long.json")
graph=$(submit "$work/graph.json")

say "3. The server is killed with SIGKILL in the middle of a step, and started again. The watcher goes on by itself."
"$triad" workflow watch "$long" &
watcher=$!
sleep 1.5
kill -9 "$server"
wait "$server" 2>/dev/null || true
echo "-- killed"
sleep 0.5
serve
echo "-- started again"
wait "$watcher"

say "4. Results."
"$triad" workflow watch "$graph" >/dev/null 2>&1
"$triad" workflow watch "$flaky" >/dev/null 2>&1
"$triad" workflow list
"$triad" workflow show "$flaky"

say "5. A definition with faults is refused, all of them at once."
if "$triad" workflow submit - <<'END'
{"tasks": [{"id": "a", "type": "NOOP", "dependencies": ["b"]}, {"id": "b", "type": "NOOP", "dependencies": ["a"]},
           {"id": "C", "type": "PROCESS", "dependencies": ["nobody"]}]}
END
then
    echo "a definition with faults was accepted" >&2
    exit 1
fi

say "6. What tasks are given and what they print lies sealed beside the log: held, then forgotten, and the log still verifies."
cat >"$work/private.json" <<'END'
{"name": "a private matter", "tasks": [
  {"id": "note", "type": "PROCESS", "command": ["sh", "-c", "echo \"$WHO was here\""], "env": {"WHO": "somebody-4711"}}]}
END
private=$(submit "$work/private.json")
"$triad" workflow watch "$private" >/dev/null 2>&1
"$triad" workflow show "$private" --task note
"$triad" subject hold "$private" --name case-17
if "$triad" subject erase "$private" --reason "request 2211"; then
    echo "an erasure under a legal hold was accepted" >&2
    exit 1
fi
"$triad" subject release "$private" --name case-17
"$triad" subject erase "$private" --reason "request 2211"
"$triad" workflow show "$private" --task note
rm "$work/private.json"
if grep -rlq "somebody-4711" "$work"; then
    echo "what was erased is still in a file" >&2
    exit 1
fi
echo "grep finds 'somebody-4711' in the files of the server: no"

say "7. The log of all this is copied from the running server, verified offline, and decided again byte for byte."
"$triad" log head --server "$TRIAD_SERVER" --note >"$work/checkpoint.txt"
"$triad" log copy --server "$TRIAD_SERVER" "$work/log.triadlog"
"$bin/triad-replay" replay "$work/log.triadlog" --key "$(cat "$work/log.vkey")" --checkpoint "$work/checkpoint.txt"
"$triad" receipt get "$graph" --out "$work/accepted.tlog-proof"
kill -TERM "$server"
wait "$server"
server=
"$bin/triad-replay" receipt "$work/accepted.tlog-proof" --key "$(cat "$work/log.vkey")"

say "8. The log by itself: append, redact, prove, tamper."
scripts/demo_log.sh
