#!/usr/bin/env bash
# Measures how close ranging comes to the path's raw UDP echo: the minimum of 16 rounds in each of many sessions, idle and with
# every core busy, beside irtt (Debian), all in turns in the same run.
#
#   deploy/measure-ranging.sh [SESSIONS]     default 100
#
# Real programs over loopback: a domicile-anchor (release), a domiciled in its shipping profile that ranges with it every
# second or so, confined as always, and a collector. After each of its sessions: sixteen raw echoes at an anchor's spacing between two
# processes that block in recvfrom, then irtt with sixteen packets. The anchor's own minimum counts, as in a verdict.
# "Busy" is one endless loop for each core at the ordinary priority. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
sessions=${1:-100}
work=$(mktemp -d)
pids=()
cleanup() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
say() { printf '%s\n' "$*" >&2; }

say "building"
cargo build --quiet --locked --package domicile-certs --package domicile-collector --bins
cargo build --quiet --locked --release --package domicile-anchor --bin domicile-anchor --example echo
cargo build --quiet --locked --profile agent --package domicile-daemon
bin=$PWD/target/debug
anchor=$PWD/target/release/domicile-anchor
echo=$PWD/target/release/examples/echo
agent=$PWD/target/agent/domiciled
if command -v irtt >/dev/null; then
    irtt=$(command -v irtt)
else
    (cd "$work" && apt-get update -q >/dev/null && apt-get download -q irtt >/dev/null && dpkg -x irtt*.deb irtt)
    irtt=$work/irtt/usr/bin/irtt
fi

say "a world on loopback"
ca=$work/ca
"$bin/domicile-certs" init "$ca" >/dev/null
"$bin/domicile-certs" issue collector --ca "$ca" --name collector --out "$work" >/dev/null
"$bin/domicile-certs" issue anchor --ca "$ca" --name anchor --out "$work" >/dev/null
"$bin/domicile-certs" log-key --out "$work/log.key" >/dev/null
cat >"$work/directory.toml" <<TOML
version = 1
expires = "2099-01-01T00:00:00Z"
lying-votes = 0
draw-near-domains = 1
draw-total = 1

[[metro]]
id = "sin"
territory = "SG"
latitude = 1.30
longitude = 103.80

[[collector]]
name = "collector"
addresses = ["127.0.0.1:24500"]
certificate = "collector.crt"
log-key = "$(grep -oE '[0-9a-f]{64}' "$work/log.pub" | head -1)"
log-origin = "example.org/domicile"

[[anchor]]
name = "anchor"
metro = "sin"
trust-domain = "domain"
operator = "operator"
addresses = ["127.0.0.1:24510"]
certificate = "anchor.crt"
latitude = 1.30
longitude = 103.80
survey-error-m = 100
clock-error-ppm = 100
position-version = 1
valid-from = "2020-01-01T00:00:00Z"
valid-until = "2099-01-01T00:00:00Z"
TOML
"$bin/domicile-certs" directory sign --ca "$ca" --in "$work/directory.toml" --out "$work/directory.bin" >/dev/null
"$bin/domicile-certs" token --ca "$ca" --customer acme --operator acme --site sin-1 --metro sin --territory SG --licence L-1 --out "$work/host.token" >/dev/null
cat >"$work/policy.toml" <<'TOML'
version = 1
[[licence]]
name = "L-1"
permitted = ["SG", "MY", "ID"]
denied = ["CN"]
TOML
cat >"$work/collector.toml" <<TOML
listen = "127.0.0.1:24500"
api-listen = "127.0.0.1:24501"
key = "collector.key"
certificate = "collector.crt"
log-key = "log.key"
trust = "ca/trust.toml"
directory = "directory.bin"
policy = "policy.toml"
agent-ca-key = "ca/agent-ca.key"
crl-dir = "ca/crl"
data-dir = "collector-data"
TOML
cat >"$work/anchor.toml" <<TOML
listen = ["127.0.0.1:24510"]
key = "anchor.key"
certificate = "anchor.crt"
trust = "ca/trust.toml"
directory = "directory.bin"
crl-dir = "ca/crl"
state-dir = "anchor-state"
TOML
mkdir -p "$work/anchor-state"
"$bin/domicile-collector" run --config "$work/collector.toml" >"$work/collector.out" 2>"$work/collector.log" &
pids+=($!)
"$anchor" run --config "$work/anchor.toml" >"$work/anchor.out" 2>"$work/anchor.log" &
pids+=($!)
"$echo" serve 127.0.0.1:0 >"$work/echo.out" &
pids+=($!)
"$irtt" server -b 127.0.0.1:24512 >"$work/irtt.log" 2>&1 &
pids+=($!)
for out in collector anchor echo; do
    for _ in $(seq 100); do grep -q ready "$work/$out.out" && break; sleep 0.1; done
    grep -q ready "$work/$out.out" || { say "did not start: $out"; tail -3 "$work/$out.log" >&2; exit 1; }
done
echo_at=$(awk '/ready/ {print $2}' "$work/echo.out")
printf 'state-dir = "state"\nranging-interval = "1s"\nliveness-interval = "1d"\n' >"$work/domiciled.toml"
"$agent" --state-dir "$work/state" directory install "$work/directory.bin" --trust "$ca/trust.toml" >/dev/null
"$agent" --state-dir "$work/state" enrol --token-file "$work/host.token" >/dev/null
"$agent" --config "$work/domiciled.toml" run 2>"$work/agent.log" &
pids+=($!)

# One line for each session: minimum of raw echoes, of ranging, of irtt, ns.
measure() {
    local seen="" now raw quic other
    seen=$(stat -c %Y.%y "$work/state/session.json" 2>/dev/null || true)
    for ((n = 0; n < sessions; n++)); do
        for ((t = 0; t < 3000; t++)); do
            now=$(stat -c %Y.%y "$work/state/session.json" 2>/dev/null || true)
            [ -n "$now" ] && [ "$now" != "$seen" ] && break
            sleep 0.02
        done
        [ "$now" != "$seen" ] || { say "no session in a minute"; tail -3 "$work/agent.log" >&2; exit 1; }
        seen=$now
        quic=$(grep -oE '"anchor_min_rtt_ns": [0-9]+' "$work/state/session.json" | grep -oE '[0-9]+' || true)
        [ -n "$quic" ] || { n=$((n - 1)); continue; }
        raw=$("$echo" measure "$echo_at")
        other=$("$irtt" client -Q -i 10ms -d 155ms -l 16 -o - 127.0.0.1:24512 | tr -d " \n\t" | grep -oE "\"rtt\":\{[^}]*\}" | head -1 | grep -oE "\"min\":[0-9]+" | cut -d: -f2)
        echo "$raw $quic $other"
    done
}

# Median and worst of an expression over the lines, in µs.
column() { awk "{print ($2) / 1000}" "$1" | sort -g | awk '{v[NR] = $1} END {printf "%.0f | %.0f", v[int((NR + 1) / 2)], v[NR]}'; }
row() {
    echo "| $1 | $(column "$2" '$1') | $(column "$2" '$2') | $(column "$2" '$2 - $1') | $(column "$2" '$3') | $(column "$2" '$3 - $1') |"
}

load=$(cut -d' ' -f1-3 /proc/loadavg)
say "$sessions sessions, idle"
measure >"$work/idle"
say "$sessions sessions, every core busy"
for _ in $(seq "$(nproc)"); do (while :; do :; done) & pids+=($!); done
measure >"$work/busy"
cat <<EOF
Load average of other work before the run: $load on $(nproc) cores. Minimum of 16 rounds, µs, $sessions sessions each.

| | raw echo: median | worst | ranging: median | worst | ranging − raw: median | worst | irtt: median | worst | irtt − raw: median | worst |
|---|---|---|---|---|---|---|---|---|---|---|
$(row idle "$work/idle")
$(row "every core busy" "$work/busy")
EOF
