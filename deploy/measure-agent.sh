#!/usr/bin/env bash
# Measures the agent beside prometheus-node-exporter, in the same run and the same way:
# resident memory (PSS), CPU seconds a minute, stripped binary size; and the bytes of a report.
#
#   deploy/measure-agent.sh [SECONDS]     default 120
#
# The agent is all of its processes: supervisor, network process, and a device process that a stand-in for the GPU's
# library never lets end, so that it is counted as if it always lived. Needs root: the processes cannot be dumped.
#
# Builds the agent in its shipping profile, makes a CA, a collector and eight anchors on loopback, enrols one host, and
# lets it run with its default intervals (ranging hourly, liveness every five minutes); the node exporter is scraped every
# 15 seconds. Needs Debian's package manager for the exporter. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-120}
work=$(mktemp -d)
pids=()
cleanup() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

say() { printf '%s\n' "$*" >&2; }
say "building"
cargo build --quiet --locked --package domicile-certs --package domicile-anchor --package domicile-collector --bins
cargo build --quiet --locked --profile agent --package domicile-daemon
bin=$PWD/target/debug
agent=$PWD/target/agent/domiciled

if ! command -v prometheus-node-exporter >/dev/null; then
    say "unpacking Debian's prometheus-node-exporter"
    (cd "$work" && apt-get update -q >/dev/null && apt-get download -q prometheus-node-exporter >/dev/null && dpkg -x prometheus-node-exporter*.deb exporter)
    exporter=$work/exporter/usr/bin/prometheus-node-exporter
else
    exporter=$(command -v prometheus-node-exporter)
fi

say "a world on loopback"
ca=$work/ca
"$bin/domicile-certs" init "$ca" >/dev/null
"$bin/domicile-certs" issue collector --ca "$ca" --name collector --out "$work" >/dev/null
"$bin/domicile-certs" log-key --out "$work/log.key" >/dev/null
places=("1.30 103.80" "1.30 103.85" "1.31 103.75" "22.30 114.20" "35.70 139.70" "50.10 8.70" "40.70 -74.00" "-33.90 151.20")
{
    cat <<TOML
version = 1
expires = "2099-01-01T00:00:00Z"
lying-votes = 1
draw-near-domains = 3
draw-total = 8

[[metro]]
id = "sin"
territory = "SG"
latitude = 1.30
longitude = 103.80

[[collector]]
name = "collector"
addresses = ["127.0.0.1:24400"]
certificate = "collector.crt"
log-key = "$(grep -oE '[0-9a-f]{64}' "$work/log.pub" | head -1)"
log-origin = "example.org/domicile"
TOML
    for i in "${!places[@]}"; do
        "$bin/domicile-certs" issue anchor --ca "$ca" --name "anchor-$i" --out "$work" >/dev/null
        read -r latitude longitude <<<"${places[$i]}"
        cat <<TOML

[[anchor]]
name = "anchor-$i"
metro = "sin"
trust-domain = "domain-$i"
operator = "operator-$i"
addresses = ["127.0.0.1:$((24410 + i))"]
certificate = "anchor-$i.crt"
latitude = $latitude
longitude = $longitude
survey-error-m = 100
clock-error-ppm = 100
position-version = 1
valid-from = "2020-01-01T00:00:00Z"
valid-until = "2099-01-01T00:00:00Z"
TOML
    done
} >"$work/directory.toml"
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
listen = "127.0.0.1:24400"
api-listen = "127.0.0.1:24401"
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
"$bin/domicile-collector" run --config "$work/collector.toml" >"$work/collector.out" 2>"$work/collector.log" &
pids+=($!)
for i in "${!places[@]}"; do
    cat >"$work/anchor-$i.toml" <<TOML
listen = ["127.0.0.1:$((24410 + i))"]
key = "anchor-$i.key"
certificate = "anchor-$i.crt"
trust = "ca/trust.toml"
directory = "directory.bin"
crl-dir = "ca/crl"
state-dir = "anchor-$i-state"
TOML
    mkdir -p "$work/anchor-$i-state"
    "$bin/domicile-anchor" run --config "$work/anchor-$i.toml" >"$work/anchor-$i.out" 2>"$work/anchor-$i.log" &
    pids+=($!)
done
for out in "$work"/collector.out "$work"/anchor-*.out; do
    for _ in $(seq 100); do grep -q ready "$out" && break; sleep 0.1; done
    grep -q ready "$out" || { say "did not start: $out"; tail -3 "${out%.out}.log" >&2; exit 1; }
done
cc -shared -fPIC -DHANGS -o "$work/libnvidia-ml.so.1" daemon/tests/nvml/standin.c
cat >"$work/domiciled.toml" <<TOML
state-dir = "state"
nvml-library = "$work/libnvidia-ml.so.1"
TOML
"$agent" --state-dir "$work/state" directory install "$work/directory.bin" --trust "$ca/trust.toml" >/dev/null
"$agent" --state-dir "$work/state" enrol --token-file "$work/host.token" >/dev/null
"$agent" --config "$work/domiciled.toml" run 2>"$work/agent.log" &
agent_pid=$!
pids+=("$agent_pid")
"$exporter" --web.listen-address=127.0.0.1:24409 2>"$work/exporter.log" &
exporter_pid=$!
pids+=("$exporter_pid")

ticks=$(getconf CLK_TCK)
family() { echo "$1"; pgrep -P "$1" || true; }
cpu() { for pid in $(family "$1"); do awk '{print $14 + $15}' "/proc/$pid/stat"; done | awk '{sum += $1} END {print sum}'; }
pss_one() { awk '/^Pss:/ {print $2}' "/proc/$1/smaps_rollup"; }
pss() { for pid in $(family "$1"); do pss_one "$pid"; done | awk '{sum += $1} END {print sum}'; }
say "waiting for the first report (the agent spreads its start over a minute)"
for _ in $(seq 120); do grep -q "report acknowledged" "$work/agent.log" && break; sleep 1; done
grep -q "report acknowledged" "$work/agent.log" || { say "no report"; tail -3 "$work/agent.log" >&2; exit 1; }
say "measuring for $seconds seconds"
agent_cpu=$(cpu "$agent_pid") exporter_cpu=$(cpu "$exporter_pid")
for ((t = 0; t < seconds; t += 15)); do
    bash -c 'exec 3<>/dev/tcp/127.0.0.1/24409; printf "GET /metrics HTTP/1.0\r\n\r\n" >&3; cat <&3' >/dev/null
    sleep 15
done
rate() { awk -v a="$1" -v b="$2" -v hz="$ticks" -v s="$seconds" 'BEGIN {printf "%.4f", (b - a) / hz * 60 / s}'; }
agent_rate=$(rate "$agent_cpu" "$(cpu "$agent_pid")") exporter_rate=$(rate "$exporter_cpu" "$(cpu "$exporter_pid")")
agent_pss=$(pss "$agent_pid") exporter_pss=$(pss "$exporter_pid")
parts=$(for pid in $(family "$agent_pid"); do printf '%s %s, ' "$(cat "/proc/$pid/comm")" "$(pss_one "$pid")"; done)
pids+=($(pgrep -P "$agent_pid"))
report=$(grep -oE "bytes=[0-9]+" "$work/agent.log" | head -1 | cut -d= -f2)
cat <<EOF
| | domiciled | prometheus-node-exporter | ratio |
|---|---|---|---|
| PSS, KiB (${parts%, }) | $agent_pss | $exporter_pss | $(awk -v a="$agent_pss" -v b="$exporter_pss" 'BEGIN {printf "%.2f", a / b}') |
| CPU seconds a minute over $seconds s | $agent_rate | $exporter_rate | $(awk -v a="$agent_rate" -v b="$exporter_rate" 'BEGIN {if (b > 0) printf "%.2f", a / b; else print "-"}') |
| binary as shipped, bytes | $(stat -c %s "$agent") | $(stat -L -c %s "$exporter") | $(awk -v a="$(stat -c %s "$agent")" -v b="$(stat -L -c %s "$exporter")" 'BEGIN {printf "%.2f", a / b}') |
| bytes of a report with eight anchors | $report | - | - |
EOF
