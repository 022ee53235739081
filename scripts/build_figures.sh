#!/usr/bin/env bash
# Measures what building costs, in clones of the present commit that nothing was built in before: make demo, .ci/run without a
# cache, and .ci/run with the cache of that run, for a commit that changes the packages that every other one uses, so that
# everything of ours is built anew. Half an hour or more. Crates that cargo has downloaded and what needs.sh installs stay.
set -euo pipefail
cd "$(dirname "$0")/.."

[ -z "$(git status --porcelain)" ] || {
    echo "build: commit first, since clones are measured" >&2
    exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Clones, and runs in the clone: NAME COMMAND... What it prints is kept until it has ended well.
measure() {
    local name=$1 begin=$SECONDS
    shift
    if ! (cd "$scratch/clone" && "$@") >"$scratch/$name.out" 2>&1; then
        tail -50 "$scratch/$name.out" >&2
        echo "build: $name failed" >&2
        return 1
    fi
    echo "figure $name $((SECONDS - begin)) s"
}

fresh_clone() {
    rm -rf "$scratch/clone"
    git clone --quiet . "$scratch/clone"
}

cat <<END
# build: $(git log -1 --format=%h), $(nproc) cores of $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), $(rustc --version)
# build: with $(scripts/features.sh | grep -o 'triad-api/tpm' || echo 'no TPM library'), $(swtpm --version 2>/dev/null | head -1 || echo 'no swtpm')
END
fresh_clone
measure build_demo_s env -u CARGO_TARGET_DIR make demo
fresh_clone
export TRIAD_CI_CACHE=$scratch/cache
measure ci_cold_s env -u CARGO_TARGET_DIR .ci/run
echo "# ci_cold_s: $(tail -1 "$scratch/ci_cold_s.out")"
fresh_clone
for package in event proof vault; do
    echo "// Changed, so that everything above it is built anew." >>"$scratch/clone/store/$package/src/lib.rs"
done
git -C "$scratch/clone" -c user.name=build -c user.email=build@localhost commit --quiet --all --message "Everything changes"
measure ci_warm_s env -u CARGO_TARGET_DIR .ci/run
echo "# ci_warm_s: $(tail -1 "$scratch/ci_warm_s.out")"
