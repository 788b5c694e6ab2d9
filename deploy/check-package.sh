#!/usr/bin/env bash
# Installs the agent's Debian package, runs it as its own user against a world on loopback, purges it, and fails if
# anything is left. Needs root on Debian or a derivative, and no domiciled installed.
#
#   deploy/check-package.sh [FILE.deb]     without FILE it is built (cargo-deb)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then echo "check-package.sh: needs root, to install a package" >&2; exit 2; fi
if dpkg -s domiciled >/dev/null 2>&1; then echo "check-package.sh: domiciled is installed already; purge it first" >&2; exit 2; fi
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"; if dpkg -s domiciled >/dev/null 2>&1; then apt-get purge -qqy domiciled >/dev/null; fi' EXIT

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Everything of ours where packages and services write, and everything there that belongs to no account.
traces() {
    find /etc /usr /var /opt /srv /run -xdev \( -name '*domicile*' -o -nouser -o -nogroup \) -print 2>/dev/null | sort
    getent passwd | grep domicile || true
    getent group | grep domicile || true
}

package=${1:-}
if [ -z "$package" ]; then
    step "Build the package"
    cargo deb --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-deb@3.8.0
    cargo deb --quiet --locked -p domicile-daemon --profile agent --output "$work/domiciled.deb"
    package=$work/domiciled.deb
fi
traces >"$work/before"

step "Install"
cp "$package" "$work/install.deb"
DEBIAN_FRONTEND=noninteractive apt-get install -qqy "$work/install.deb" >/dev/null
dpkg --verify domiciled
traces >"$work/installed"
echo "$(comm -13 "$work/before" "$work/installed" | wc -l) files, folders and accounts"
domiciled check
if domiciled enrol --token-file /dev/null 2>"$work/refused"; then echo "root was not told to become the agent's user" >&2; exit 1; fi
grep runuser "$work/refused"

step "Run as its user"
DOMICILED="runuser -u domicile -- domiciled" deploy/example/walkthrough.sh

step "Purge"
DEBIAN_FRONTEND=noninteractive apt-get purge -qqy domiciled >/dev/null
traces >"$work/after"
if ! diff "$work/before" "$work/after"; then echo "the purge left these (>)" >&2; exit 1; fi
echo "nothing is left"
