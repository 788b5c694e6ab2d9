#!/usr/bin/env bash
# Measures the agent beside other agents that Debian ships, in the same run and the same way: resident memory (PSS),
# CPU seconds a minute, binary size, traffic; and the bytes of a report.
#
#   deploy/measure-agent.sh [SECONDS]     default 120
#
# Beside it: prometheus-node-exporter, collectd, zabbix-agent, netdata, monit and, for scale, chrony. Their packages are
# unpacked, not installed, and run with a small configuration: what each collects every 10 to 30 seconds on this machine.
#
# The agent is all of its processes: supervisor, network process, and a device process that a stand-in for the GPU's
# library never lets end, so that it is counted as if it always lived. Needs root: the processes cannot be dumped.
#
# Builds the agent in its shipping profile, makes a CA, a collector and eight anchors on loopback, enrols one host, and
# lets it run with its default intervals (ranging hourly, liveness every five minutes); the node exporter is scraped every
# 15 seconds. Needs Debian's package manager for the others. Leaves nothing behind. The agent's traffic a day is what the test
# `virtual_day` counts at its socket.
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

say "unpacking Debian's agents"
peers=$work/peers
archives=$work/archives
mkdir -p "$peers" "$archives/partial"
apt-get update -q >/dev/null
for package in prometheus-node-exporter collectd-core zabbix-agent netdata-core monit chrony; do
    # What is missing here comes with it; what is installed already is downloaded again.
    apt-get install -qy --no-install-recommends --download-only --reinstall -o Dir::Cache::archives="$archives" "$package" >/dev/null 2>&1 ||
        say "no $package here"
done
for archive in "$archives"/*.deb; do dpkg -x "$archive" "$peers"; done
libraries=$peers/usr/lib/$(uname -m)-linux-gnu:$peers/lib/$(uname -m)-linux-gnu
exporter=$peers/usr/bin/prometheus-node-exporter

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

# name:process of each of the others that started
others=()
other() {
    local name=$1
    shift
    [ -x "$1" ] || { say "$name: not here"; return; }
    LD_LIBRARY_PATH=$libraries "$@" >"$work/$name.log" 2>&1 &
    pids+=($!)
    others+=("$name:$!:$1")
}
cat >"$work/collectd.conf" <<TOML
BaseDir "$work"
PluginDir "$peers/usr/lib/collectd"
TypesDB "$peers/usr/share/collectd/types.db"
Interval 10
LoadPlugin cpu
LoadPlugin load
LoadPlugin memory
LoadPlugin interface
LoadPlugin disk
LoadPlugin network
<Plugin network>
    Server "127.0.0.1" "24412"
</Plugin>
TOML
printf 'Server=127.0.0.1\nListenIP=127.0.0.1\nListenPort=24413\nAllowRoot=1\nLogType=console\nPidFile=%s/zabbix.pid\n' "$work" >"$work/zabbix.conf"
printf 'set daemon 30\nset pidfile %s/monit.pid\nset idfile %s/monit.id\nset statefile %s/monit.state\ncheck system host\n  if loadavg (1min) > 99 then alert\n' "$work" "$work" "$work" >"$work/monit.conf"
chmod 600 "$work/monit.conf"
printf 'server 127.0.0.1 port 24414 iburst\nport 0\ncmdport 0\nbindcmdaddress /\npidfile %s/chrony.pid\n' "$work" >"$work/chrony.conf"
mkdir -p "$work/netdata"
cat >"$work/netdata.conf" <<TOML
[global]
    run as user = root
[directories]
    config = $work/netdata
    stock config = $peers/usr/lib/netdata/conf.d
    cache = $work/netdata
    lib = $work/netdata
    log = $work/netdata
    web = $peers/usr/share/netdata/web
    plugins = $peers/usr/lib/netdata/plugins.d
[web]
    bind to = 127.0.0.1:24415
TOML
other prometheus-node-exporter "$exporter" --web.listen-address=127.0.0.1:24409
other collectd "$peers/usr/sbin/collectd" -f -C "$work/collectd.conf"
other zabbix-agent "$peers/usr/sbin/zabbix_agentd" -f -c "$work/zabbix.conf"
other netdata "$peers/usr/sbin/netdata" -D -c "$work/netdata.conf"
other monit "$peers/usr/bin/monit" -I -c "$work/monit.conf"
other chrony "$peers/usr/sbin/chronyd" -d -x -u root -f "$work/chrony.conf"

ticks=$(getconf CLK_TCK)
family() {
    echo "$1"
    local child
    for child in $(pgrep -P "$1" || true); do family "$child"; done
}
cpu() { for pid in $(family "$1"); do awk '{print $14 + $15}' "/proc/$pid/stat"; done | awk '{sum += $1} END {print sum + 0}'; }
pss_one() { awk '/^Pss:/ {print $2}' "/proc/$1/smaps_rollup"; }
pss() { for pid in $(family "$1"); do pss_one "$pid"; done | awk '{sum += $1} END {print sum + 0}'; }
say "waiting for the first report (the agent spreads its start over a minute)"
for _ in $(seq 120); do grep -q "report acknowledged" "$work/agent.log" && break; sleep 1; done
grep -q "report acknowledged" "$work/agent.log" || { say "no report"; tail -3 "$work/agent.log" >&2; exit 1; }
say "measuring for $seconds seconds"
load=$(cut -d' ' -f1-3 /proc/loadavg)
all=("domiciled:$agent_pid:$agent" "${others[@]}")
declare -A before
for one in "${all[@]}"; do
    IFS=: read -r name pid _ <<<"$one"
    kill -0 "$pid" 2>/dev/null && before[$name]=$(cpu "$pid")
done
scrape=0
for ((t = 0; t < seconds; t += 15)); do
    scrape=$(bash -c 'exec 3<>/dev/tcp/127.0.0.1/24409; printf "GET /metrics HTTP/1.0\r\n\r\n" >&3; cat <&3' | wc -c)
    sleep 15
done
report=$(grep -oE "bytes=[0-9]+" "$work/agent.log" | head -1 | cut -d= -f2)
parts=$(for pid in $(family "$agent_pid"); do printf '%s %s, ' "$(cat "/proc/$pid/comm")" "$(pss_one "$pid")"; done)
exporter_pss=
cat <<EOF
Load average $load on $(nproc) cores; CPU over $seconds s; domiciled is ${parts%, } KiB; a report with eight anchors has $report bytes.

| | PSS, KiB | of node-exporter's | CPU seconds a minute | binary, bytes | traffic a day, bytes |
|---|---|---|---|---|---|
EOF
for one in "${others[@]}"; do
    IFS=: read -r name pid _ <<<"$one"
    [ "$name" = prometheus-node-exporter ] && exporter_pss=$(pss "$pid")
done
for one in "${all[@]}"; do
    IFS=: read -r name pid file <<<"$one"
    if ! kill -0 "$pid" 2>/dev/null || [ -z "${before[$name]:-}" ]; then
        echo "| $name | did not run: $(tail -1 "$work/$name.log" | cut -c1-80) | | | | |"
        continue
    fi
    rate=$(awk -v a="${before[$name]}" -v b="$(cpu "$pid")" -v hz="$ticks" -v s="$seconds" 'BEGIN {printf "%.4f", (b - a) / hz * 60 / s}')
    memory=$(pss "$pid")
    case $name in
    domiciled) traffic="see virtual_day" ;;
    prometheus-node-exporter) traffic="$((scrape * 5760)) (scraped every 15 s)" ;;
    *) traffic=- ;;
    esac
    echo "| $name | $memory | $(awk -v a="$memory" -v b="${exporter_pss:-0}" 'BEGIN {if (b > 0) printf "%.2f", a / b; else print "-"}') | $rate | $(stat -L -c %s "$file") | $traffic |"
done
pids+=($(pgrep -P "$agent_pid"))
