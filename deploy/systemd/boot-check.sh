#!/usr/bin/env bash
# Boots a Debian with systemd as its first process in a virtual machine, installs the agent's package there, and watches the two
# units do what they promise (boot-check-inside.sh): a session through the unit's firewall, a reading by the device unit, a freeze that
# the watchdog ends, restart, stop, purge, nothing left. Needs root (for mmdebstrap), a Debian mirror, and
# Debian's qemu-system-x86, mmdebstrap, e2fsprogs. Emulates the processor, which is slow and works everywhere; ACCEL=kvm where
# that works. Leaves nothing behind.
#
#   deploy/systemd/boot-check.sh [FILE.deb]     without FILE it is built (cargo-deb)
#   SYSTEM=FILE.tar keeps the downloaded system in that file for the next time
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then echo "boot-check.sh: needs root" >&2; exit 2; fi
for tool in qemu-system-x86_64 mmdebstrap mke2fs cc; do
    if ! command -v $tool >/dev/null; then
        echo "boot-check.sh: $tool is missing (Debian: apt-get install qemu-system-x86 mmdebstrap e2fsprogs gcc)" >&2
        exit 2
    fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
step() { printf '\n\033[1m%s\033[0m (%ss)\n' "$*" "$SECONDS"; }

step "The package and a world for it"
package=${1:-}
if [ -z "$package" ]; then
    cargo deb --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-deb@3.8.0
    cargo deb --quiet --locked -p domicile-daemon --profile agent --output "$work/domiciled.deb"
    package=$work/domiciled.deb
fi
cargo build --quiet --locked -p domicile-certs -p domicile-anchor -p domicile-collector --bins

step "A system: systemd, a kernel, nothing else"
system=${SYSTEM:-$work/system.tar}
if [ ! -e "$system" ]; then
    mmdebstrap --quiet --variant=minbase bookworm "$system" \
        --include=systemd,systemd-sysv,dbus,udev,kmod,passwd,iproute2,nftables,linux-image-cloud-amd64
fi
root=$work/root
mkdir "$root"
tar -xf "$system" -C "$root"
mkdir "$root/check"
cp "$package" "$root/check/domiciled.deb"
cp deploy/systemd/boot-check-inside.sh deploy/example/*.toml "$root/check"
cp target/debug/domicile-certs target/debug/domicile-anchor target/debug/domicile-collector "$root/usr/local/bin"
# A driver's library that answers, under the name by which the agent looks for it.
cc -shared -fPIC -o "$root/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1" daemon/tests/nvml/standin.c
cat >"$root/etc/systemd/system/boot-check.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/bash /check/boot-check-inside.sh
# Time for the serial line to empty.
ExecStopPost=/bin/sh -c 'sleep 3; systemctl --force poweroff'
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=default.target
UNIT
ln -s ../boot-check.service "$root/etc/systemd/system/multi-user.target.wants/boot-check.service"
ln -s /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"
echo boot-check >"$root/etc/hostname"
cp "$root"/boot/vmlinuz-* "$work/kernel"
cp "$root"/boot/initrd.img-* "$work/initrd"
mke2fs -q -t ext4 -d "$root" "$work/disk" 1500M
rm -rf "$root"

step "Boot"
timeout 1800 qemu-system-x86_64 -accel "${ACCEL:-tcg}" -cpu max -smp 2 -m 1024 -nodefaults -display none -no-reboot \
    -kernel "$work/kernel" -initrd "$work/initrd" \
    -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=no" \
    -drive "file=$work/disk,format=raw,if=virtio" -device virtio-rng-pci -serial stdio </dev/null 2>&1 |
    stdbuf -o0 tr -d '\r' | tee "$work/console" | grep --line-buffered -vE '\[ +[0-9.]+\]'
grep -qx 'BOOT-CHECK PASSED' "$work/console"
