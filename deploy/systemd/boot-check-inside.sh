#!/bin/bash
# The part of boot-check.sh that runs in the booted system.
set -Eeuo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /check
trap 'echo "BOOT-CHECK FAILED at line $LINENO"; journalctl -b -u "domiciled*" --no-pager -o cat | tail -40' ERR
step() { printf '\n%s (%ss)\n' "$*" "$SECONDS"; }
until_true() { # SECONDS COMMAND...: waits for it
    local end=$((SECONDS + $1)); shift
    until "$@"; do [ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }; sleep 0.3; done
}
show() { systemctl show --value -p "$1" "${2:-domiciled.service}"; }
traces() {
    {
        find /etc /usr /var /opt /srv /run -xdev \( -name '*domicile*' -o -nouser -o -nogroup \) \
            -not -name 'domicile-*' -not -path '/run/log/*' -not -path '/var/log/*' -print
        getent passwd; getent group
    } 2>/dev/null | grep -E 'domicile|^/' | sort || true # None is fine.
}
echo "$(systemctl --version | head -1), $(uname -r), $(stat -fc %T /sys/fs/cgroup), first process: $(cat /proc/1/comm)"
ip link set lo up

step "A vendor, three anchors and a collector"
domicile-certs init ca >/dev/null
for anchor in sin-a sin-b sin-c; do domicile-certs issue anchor --ca ca --name $anchor --out . >/dev/null; done
domicile-certs issue collector --ca ca --name collector --out . >/dev/null
domicile-certs log-key --out log.key >/dev/null
domicile-certs directory sign --ca ca --in directory.toml --out directory.bin >/dev/null
domicile-certs token --ca ca --customer Acme --operator acme --site sin-1 --metro sin --territory SG --licence L-1 --out host.token >/dev/null
mkdir sin-{a,b,c}-state
for server in anchor-a anchor-b anchor-c collector; do
    systemd-run --quiet --unit=$server --working-directory=/check --property=StandardOutput=file:/check/$server.out \
        /usr/local/bin/domicile-${server%-?} run --config $server.toml
done
for server in anchor-a anchor-b anchor-c collector; do until_true 240 grep -q ready $server.out; done
reports() { journalctl -u domiciled -o cat --no-pager | grep -c 'report acknowledged' || true; }
more_than() { [ "$(reports)" -gt "$1" ]; }

step "Install"
traces >before
dpkg -i domiciled.deb 2>&1 | grep -v '^(Reading'
dpkg --verify domiciled
systemctl is-active domiciled domiciled-device.socket || true
[ "$(show ActiveState)" = inactive ]
agent() { runuser -u domicile -- domiciled "$@"; }
install -m 644 ca/trust.toml trust.toml
agent directory install directory.bin --trust trust.toml

step "Not enrolled, it does not start"
systemctl start domiciled
[ "$(show ConditionResult)" = no ]
agent enrol --token-file - <host.token
# Often enough to watch, and patient: an emulated processor is a hundred times slower.
cat >>/etc/domicile/domiciled.toml <<'CONFIG'
ranging-interval = "20s"
liveness-interval = "1h"
device-timeout = "15s"
anchor-timeout = "1m"
collector-timeout = "1m"
CONFIG
mkdir -p /etc/systemd/system/domiciled.service.d
# Shorter than the unit's 2 min and 30 s: the same watchdog, seen sooner.
printf '[Service]\nWatchdogSec=45s\nRestartSec=2s\n' >/etc/systemd/system/domiciled.service.d/test.conf
systemctl daemon-reload

step "Without the list of its servers it reaches nobody"
systemctl enable --now domiciled-device.socket domiciled
until_true 240 sh -c "journalctl -u domiciled -o cat | grep -qE 'WARN|ERROR'"
journalctl -u domiciled -o cat --no-pager | grep -E 'WARN|ERROR' | head -2
[ "$(reports)" = 0 ]
systemctl stop domiciled

step "With it, a session gets its receipt"
domiciled directory allow-list --format systemd >/etc/systemd/system/domiciled.service.d/servers.conf
domiciled directory allow-list --format nft >servers.nft
nft -f servers.nft
systemctl daemon-reload
systemctl start domiciled
until_true 240 more_than 1
agent status | head -9
[ "$(show Type)/$(show SubState)" = notify/running ]
pid=$(show MainPID)
grep -E 'NoNewPrivs|Seccomp|Cap(Prm|Eff|Bnd|Amb)|^Threads' /proc/"$pid"/status | tr '\t\n' ' ;'; echo
[ "$(grep -c 'Cap.*:.0000000000000000$' /proc/"$pid"/status)" = 5 ]
agent status | grep -q 'all layers'

step "Outside its list the firewall refuses its account"
runuser -u domicile -- bash -c 'echo x >/dev/udp/127.0.0.1/9' || true
nft list table inet domicile | grep 'counter packets' | tee counted
grep -qv 'packets 0 ' counted
nft delete table inet domicile

step "The device unit served each reading, and no device process is left"
journalctl -u 'domiciled-device@*' -o cat --no-pager | sort | uniq -c | sort -rn | head -4
[ "$(show NAccepted domiciled-device.socket)" -ge 2 ]
# A late reading is possible here; that all are late is not.
late=$(journalctl -u domiciled -o cat --no-pager | grep -c 'without the devices' || true)
echo "$(reports) reports, $late of them without a reading"
[ "$late" -lt "$(reports)" ]
until_true 120 sh -c "! pgrep -f 'domiciled device' >/dev/null"

step "Frozen, it is ended by the watchdog and started again"
count=$(reports)
kill -STOP "$pid"
started() { [ "$(show NRestarts)" -ge 1 ] && [ "$(show MainPID)" -gt 0 ] && [ "$(show MainPID)" != "$pid" ]; }
until_true 240 started
journalctl -u domiciled -o cat --no-pager | grep -i watchdog | head -2
until_true 240 more_than "$count"

step "Restart and stop"
count=$(reports)
systemctl restart domiciled
until_true 240 more_than "$count"
systemctl stop domiciled domiciled-device.socket
[ "$(show Result)" = success ]
[ ! -e /run/domicile/device.sock ]
if pgrep -u domicile; then echo "processes left"; false; fi

step "Purge of the running service"
systemctl start domiciled-device.socket domiciled
until_true 240 more_than "$((count + 1))"
dpkg --purge domiciled 2>&1 | grep -v '^(Reading'
if pgrep -u domicile -f domiciled 2>/dev/null; then echo "processes left"; false; fi
systemctl daemon-reload
[ "$(systemctl list-unit-files 'domiciled*' --no-legend | wc -l)" = 0 ]
traces >after
diff before after
echo "nothing is left"
step done
echo "BOOT-CHECK PASSED"
