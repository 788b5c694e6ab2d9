#!/usr/bin/env bash
# Holds each unit to its exposure by `systemd-analyze security` (0 is best, 10 worst), offline, and checks that systemd reads
# the units. Needs systemd's own tool; says so where it is missing.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v systemd-analyze >/dev/null; then
    echo "check.sh: systemd-analyze is missing (Debian: systemd): no unit was checked" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=
while read -r unit limit; do
    cp "$unit" "$work"
    # systemd 252 gives no number to scripts but in this line.
    exposure=$(systemd-analyze security --offline=true --no-pager "$work/$unit" 2>/dev/null |
        grep -oE 'Overall exposure level for [^:]+: [0-9.]+' | grep -oE '[0-9.]+$')
    printf '%-30s %s (at most %s)\n' "$unit" "${exposure:?systemd-analyze gave no exposure for $unit}" "$limit"
    if [ "$(printf '%s\n%s\n' "$exposure" "$limit" | sort -g | tail -1)" != "$limit" ]; then failed=1; fi
done <<'LIMITS'
domiciled.service 1.3
domiciled-device@.service 1.1
domicile-anchor.service 2.0
domicile-collector.service 2.0
domicile-witness.service 2.0
LIMITS
# The programs need not be installed here, and other packages' units are not ours; everything else that systemd
# finds wrong counts.
wrong=$(systemd-analyze verify --man=no ./*.service ./*.socket 2>&1 |
    grep -v -e 'is not executable: No such file' -e '^\(/usr\)\?/lib/systemd/' || true)
if [ -n "$wrong" ]; then echo "$wrong" >&2; failed=1; fi
[ -z "$failed" ]
