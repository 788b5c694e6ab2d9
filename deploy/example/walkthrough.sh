#!/usr/bin/env bash
# The README's three sections as one run: vendor, operator and auditor on this machine, in a temporary folder that is
# removed at the end. Exits 0 when the host's verdict is `confined` and the auditor has verified it offline.
# DOMICILED names another agent command, say an installed package's: "runuser -u domicile -- domiciled".
set -euo pipefail
repo=$(cd "$(dirname "$0")/../.." && pwd)
cd "$repo"
# With domicile-world, so that what `cargo demo` has built is not built once more with other features.
cargo build --quiet --locked --package domicile-certs --package domicile-anchor --package domicile-collector \
    --package domicile-daemon --package domicile-audit --package domicile-world --bins
PATH=$repo/target/debug:$PATH
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cp deploy/example/*.toml "$work" && cd "$work"
chmod 711 . # The agent may be another user.

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
ready() { for _ in $(seq 100); do grep -q ready "$1" 2>/dev/null && return; sleep 0.1; done; cat "${1%.out}.log"; return 1; }

step "Vendor: CA, identities, directory, token"
domicile-certs init ca
for anchor in sin-a sin-b sin-c; do domicile-certs issue anchor --ca ca --name $anchor --out .; done
domicile-certs issue collector --ca ca --name collector --out .
domicile-certs log-key --out log.key
domicile-certs directory sign --ca ca --in directory.toml --out directory.bin
domicile-certs token --ca ca --customer "Acme Cloud" --operator acme --site sin-1 --metro sin --territory SG \
    --licence L-2026-001 --out host.token

step "Vendor: three anchors and the collector"
mkdir sin-a-state sin-b-state sin-c-state
for anchor in a b c; do
    domicile-anchor check --config anchor-$anchor.toml
    domicile-anchor run --config anchor-$anchor.toml >anchor-$anchor.out 2>anchor-$anchor.log &
    pids+=($!)
done
domicile-collector check --config collector.toml
domicile-collector run --config collector.toml >collector.out 2>collector.log &
pids+=($!)
for program in anchor-a anchor-b anchor-c collector; do ready $program.out; done

step "Operator: opt one host in, look, measure once"
host() { ${DOMICILED:-domiciled --state-dir host-state} "$@"; }
install -m 644 ca/trust.toml trust.toml
host directory install directory.bin --trust trust.toml
host enrol --token-file - <host.token
host once
host status

step "Auditor: query, take away, verify offline"
domicile-certs issue auditor --ca ca --name alice --out .
audit() { domicile-audit --profile auditor.toml "$@"; }
audit hosts
audit list
for _ in $(seq 40); do [ "$(audit --format csv mesh-pairs | wc -l)" -ge 7 ] && break; sleep 0.5; done
step "Auditor: the anchors' mesh"
audit mesh-pairs
audit mesh
[ "$(audit --format csv mesh-pairs | wc -l)" -ge 7 ]
id=$(audit --format json list | grep -oE '"id": ?"[0-9a-f]{64}"' | head -1 | grep -oE '[0-9a-f]{64}')
audit export "$id" --out verdict.bundle
kill "${pids[@]}"; wait; pids=()
domicile-audit --trust ca/trust.toml verify verdict.bundle
step "Inspector: is this box the one on record? (no server runs any more)"
domicile-audit challenge make --out site.challenge
host answer "$(sed -n 's/^nonce = "\(.*\)"/\1/p' site.challenge)" | tee answer.txt
domicile-audit --trust ca/trust.toml challenge check --challenge site.challenge --bundle verdict.bundle $(head -6 answer.txt)
domicile-audit --trust ca/trust.toml --format json verify verdict.bundle | grep -q '"confined"'

step "Operator: opt out (the collector is gone: it is told nothing, and the state is erased)"
host withdraw
