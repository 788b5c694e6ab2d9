#!/usr/bin/env bash
# Installs the agent's rpm with its scriptlets into a system of its own (a copy-on-write view of this machine, where accounts and
# files can come and go), runs the program as its user, upgrades, verifies, erases, and fails if anything is left. Needs
# root, rpm and unshare; changes nothing here.
#
#   deploy/rpm/check.sh [FILE.rpm]     without FILE it is built (cargo-generate-rpm)
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" != 0 ]; then echo "check.sh: needs root" >&2; exit 2; fi
for tool in rpm unshare; do
    if ! command -v $tool >/dev/null; then echo "check.sh: $tool is missing (Debian: apt-get install rpm util-linux)" >&2; exit 2; fi
done
work=$(mktemp -d)
trap 'umount -R "$work/disk/root" 2>/dev/null || true; umount "$work/disk" 2>/dev/null || true; rm -rf "$work"' EXIT

package=${1:-}
if [ -z "$package" ]; then
    cargo generate-rpm --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-generate-rpm@0.21.1
    cargo build --quiet --locked --profile agent -p domicile-daemon
    cargo generate-rpm -p daemon --profile agent --output "$work/domiciled.rpm" >/dev/null
    package=$work/domiciled.rpm
fi

# This machine's files below, what the package does above, on a disk of their own.
mkdir "$work/disk"
mount -t tmpfs tmpfs "$work/disk"
mkdir "$work/disk"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/disk/upper,workdir=$work/disk/work" "$work/disk/root"
root=$work/disk/root
cp "$package" "$root/package.rpm"
cp deploy/rpm/check-inside.sh "$root/check-inside.sh"
for script in post-install pre-uninstall post-uninstall; do cp "deploy/rpm/domiciled-$script.sh" "$root/expected-$script"; done
unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" chroot "$root" /check-inside.sh
