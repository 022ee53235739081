#!/usr/bin/env bash
# Counts what a change costs outside its own folders: product files touched and lines added there. Tests, fixtures, documents,
# generated files and the lock are left out; what is counted as the change's own is named by prefixes.
# Usage: scripts/extension-cost.sh RANGE [OWN-PREFIX...]
# Example: scripts/extension-cost.sh HEAD~1..HEAD store/event/src/domain/alerts engine/decide/src/alerts
set -euo pipefail
cd "$(dirname "$0")/.."

range=${1:?a range of commits, such as HEAD~1..HEAD}
shift
git diff --numstat --no-renames "$range" -- ':!*.lock' ':!docs' ':!fixtures' ':!benches' ':!tests' ':!*.md' ':!*/tests/*' \
    ':!*/tests.rs' |
    awk -v own="$*" '
        BEGIN { count = split(own, prefixes, " ") }
        {
            for (place = 1; place <= count; place++)
                if (index($3, prefixes[place]) == 1) { own_files++; own_lines += $1; next }
            files++; lines += $1
            printf "  %4d added %4d removed  %s\n", $1, $2, $3
        }
        END {
            printf "outside: %d lines in %d files\n", lines, files
            printf "its own: %d lines in %d files\n", own_lines, own_files
        }'
