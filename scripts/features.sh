#!/usr/bin/env bash
# Says with which features to build on this machine, as arguments for cargo: TPM support where its library is installed,
# nothing elsewhere. What is built without it says so when it is asked for a TPM. Usage: cargo build $(scripts/features.sh)
set -euo pipefail

# The oldest library that tss-esapi builds with.
readonly TSS_VERSION=2.4.6

if pkg-config --atleast-version="$TSS_VERSION" tss2-sys 2>/dev/null &&
    pkg-config --exists tss2-esys tss2-tctildr tss2-mu 2>/dev/null; then
    echo "--features=triad-api/tpm,triad-keys/tpm"
fi
