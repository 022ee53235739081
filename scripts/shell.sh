#!/usr/bin/env bash
# Checks the scripts with shellcheck where it is installed, and at least their syntax elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts=(scripts/*.sh .ci/run)
if command -v shellcheck >/dev/null; then
    shellcheck "${scripts[@]}"
else
    for script in "${scripts[@]}"; do
        bash -n "$script"
    done
    echo "shell: shellcheck is not installed, so only the syntax was checked (Debian package: shellcheck)"
fi
