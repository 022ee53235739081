#!/usr/bin/env bash
# Asserts the walls of ARCHITECTURE.md: which package may reach which, directly or through others, and which crates the
# pure ones must never reach. What only a package's own tests use is free, except `tests` and `benches`, which nothing
# uses. A package that does not exist yet is skipped by name; one that the table does not know fails.
set -euo pipefail
cd "$(dirname "$0")/.."

outside_world='tokio fjall getrandom rand tempfile wasmtime axum hyper tss-esapi tss-esapi-sys'
status=0

broken() {
    echo "walls: BROKEN $1" >&2
    status=1
}

# The names of the packages in one answer of cargo tree.
reached() {
    cargo tree --locked --prefix none --format '{p}' "$@" | awk 'NF { print $1 }' | sort -u
}

members=$(reached --workspace --depth 0)

is_member() {
    grep -qxF -- "$1" <<<"$members"
}

known=''
# PACKAGE, the packages of ours that it may reach, and after `never` the crates of others that it must not.
wall() {
    local package=$1 allowed=" $1 " forbidden='' name everything
    shift
    while [ "$#" -gt 0 ] && [ "$1" != never ]; do
        allowed+="$1 "
        shift
    done
    [ "$#" -eq 0 ] || forbidden=" ${*:2} "
    known+=" $package "
    if ! is_member "$package"; then
        echo "  $package: skipped, does not exist yet"
        return
    fi
    everything=$(reached -p "$package" -e normal,build --target all --all-features)
    for name in $everything; do
        if is_member "$name" && [[ $allowed != *" $name "* ]]; then
            broken "$package reaches $name: cargo tree -p $package -e normal,build -i $name"
        elif [[ $forbidden == *" $name "* ]]; then
            broken "$package reaches $name, so it is not pure: cargo tree -p $package -e normal,build -i $name"
        fi
    done
    echo "  $package: looked at"
}

vocabulary='triad-event'
log='triad-event triad-proof triad-log'
core='triad-event triad-decide triad-deferral'
product="$log triad-keys triad-vault triad-decide triad-perform triad-projections triad-policy triad-credentials"
product+=" triad-apart triad-expression triad-verification triad-calendar triad-deferral triad-diagnosis triad-moderation"
product+=" triad-api triad-replay"

# shellcheck disable=SC2086  # the lists are lists of words
{
    wall triad-event never $outside_world
    wall triad-proof never $outside_world
    wall triad-log triad-event triad-proof
    wall triad-keys triad-proof
    wall triad-vault triad-proof never tokio fjall rand wasmtime axum hyper
    wall triad-decide $vocabulary triad-deferral never $outside_world
    wall triad-perform $core $log triad-keys triad-vault triad-apart triad-expression triad-verification triad-diagnosis \
        triad-moderation
    wall triad-apart never $outside_world
    wall triad-expression triad-apart never $outside_world
    # Carries out checks that are programs, with wasmtime; jsonschema hashes with a seed from getrandom.
    wall triad-verification triad-apart never tokio fjall rand tempfile axum hyper tss-esapi tss-esapi-sys
    wall triad-calendar never $outside_world
    wall triad-deferral never $outside_world
    wall triad-diagnosis never $outside_world
    wall triad-moderation never $outside_world
    # Views are persisted in a database of their own, so this one may reach a disk; it still sees only the vocabulary.
    wall triad-projections $vocabulary
    wall triad-replay $core triad-proof triad-projections never $outside_world
    wall triad-policy never $outside_world
    wall triad-credentials never $outside_world
    wall triad-workflow never $outside_world
    wall triad-api $product
    wall fixtures $product
    wall benches $product fixtures
    wall tests $product fixtures
}

# Bugs that tests plant are built into tests only.
for package in triad-api triad-replay benches; do
    features=$(cargo tree --locked --prefix none --format '{p} {f}' -p "$package" -e normal,build --target all --all-features)
    if grep -q '^triad-perform .*planted' <<<"$features"; then
        broken "$package turns on the feature planted of triad-perform"
    fi
done

for package in $members; do
    [[ $known == *" $package "* ]] ||
        broken "$package has no wall: give it a line in scripts/walls.sh and in ARCHITECTURE.md"
    direct=$(reached -p "$package" --depth 1)
    for name in tests benches; do
        [ "$package" = "$name" ] || ! grep -qxF "$name" <<<"$direct" || broken "$package uses $name, which nothing may"
    done
done

# A workspace build unifies features, so what must build by itself is built by itself.
for package in triad-decide triad-replay; do
    if is_member "$package"; then
        cargo check --release --locked -p "$package"
    else
        echo "  $package alone: skipped, does not exist yet"
    fi
done
exit "$status"
