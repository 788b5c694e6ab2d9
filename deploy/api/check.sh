#!/usr/bin/env bash
# The API against its own description: schemathesis (from PyPI, pinned) asks a real collector with one host for everything
# that server/collector/openapi.json allows, and for some of what it does not. No answer may be a 5xx, or of another status,
# type or shape than described. Roles: auditor and admin. Without PyPI or Python it fails and says so.
# EXAMPLES: random requests for each operation (20). BIN: a folder of built programs, instead of building them.
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repo"
venv=$repo/target/schemathesis
if ! "$venv/bin/schemathesis" --version >/dev/null 2>&1; then
    python3 -m venv "$venv" || { echo "api: not run: python3 with venv is missing (Debian: python3-venv)" >&2; exit 1; }
    "$venv/bin/pip" install -q --disable-pip-version-check schemathesis==4.32.5 \
        || { echo "api: not run: schemathesis cannot be had from PyPI" >&2; exit 1; }
fi
# With domicile-world, so that what `cargo demo` has built is not built once more with other features.
[ -n "${BIN:-}" ] || cargo build --quiet --locked --package domicile-certs --package domicile-anchor \
    --package domicile-collector --package domicile-daemon --package domicile-audit --package domicile-world --bins
PATH=${BIN:-$repo/target/debug}:$PATH
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cp deploy/example/*.toml "$work" && cd "$work"
chmod 711 .
ready() { for _ in $(seq 100); do grep -q ready "$1" 2>/dev/null && return; sleep 0.1; done; cat "${1%.out}.log"; return 1; }

domicile-certs init ca >/dev/null
for anchor in sin-a sin-b sin-c; do domicile-certs issue anchor --ca ca --name $anchor --out . >/dev/null; done
domicile-certs issue collector --ca ca --name collector --out . >/dev/null
domicile-certs log-key --out log.key >/dev/null
domicile-certs directory sign --ca ca --in directory.toml --out directory.bin >/dev/null
domicile-certs token --ca ca --customer "Acme Cloud" --operator acme --site sin-1 --metro sin --territory SG \
    --licence L-2026-001 --out host.token >/dev/null
declare -A token
for role in auditor admin; do
    domicile-collector token --days 1 >made
    token[$role]=$(sed -n 2p made)
    printf '[[user]]\nname = "%s"\nrole = "%s"\ntokens = [%s]\n' $role $role "$(sed -n 4p made)" >>access.toml
done
sed -i '1i access = "access.toml"' collector.toml
mkdir sin-a-state sin-b-state sin-c-state
for anchor in a b c; do
    domicile-anchor run --config anchor-$anchor.toml >anchor-$anchor.out 2>anchor-$anchor.log &
    pids+=($!)
done
domicile-collector check --config collector.toml >/dev/null
domicile-collector run --config collector.toml >collector.out 2>collector.log &
pids+=($!)
for program in anchor-a anchor-b anchor-c collector; do ready $program.out; done
host() { domiciled --state-dir host-state "$@" >/dev/null; }
install -m 644 ca/trust.toml trust.toml
host directory install directory.bin --trust trust.toml
host enrol --token-file - <host.token
host once

api=$(grep -oE 'api=[^ ]+' collector.out | cut -d= -f2)
for role in auditor admin; do
    echo "as $role"
    "$venv/bin/schemathesis" run "$repo/server/collector/openapi.json" --url "https://$api" --tls-verify false \
        --header "Authorization: Bearer ${token[$role]}" --phases examples,coverage,fuzzing \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --max-examples "${EXAMPLES:-20}" --seed 1 --no-color
done
