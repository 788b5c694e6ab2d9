#!/usr/bin/env bash
# Builds the shipped agent from a commit so that anybody gets the same bytes, and says their hash.
#
#   deploy/reproduce.sh [COMMIT]            one build; prints sha256 and path
#   deploy/reproduce.sh --twice [COMMIT]    two builds in two folders; fails if they differ
#
# The same bytes need the same source, the same compiler (printed), the same linker and C library
# (Debian 12's when we build). Paths of the machine are kept out of the binary.
set -euo pipefail
repo=$(cd "$(dirname "$0")/.." && pwd)
twice=
if [ "${1:-}" = --twice ]; then twice=1; shift; fi
commit=$(git -C "$repo" rev-parse "${1:-HEAD}^{commit}")

build() { # FOLDER: clones there, builds, prints the binary's path
    git clone --quiet --no-checkout "$repo" "$1"
    git -C "$1" checkout --quiet --detach "$commit"
    local cargo_home=${CARGO_HOME:-$HOME/.cargo} sysroot
    sysroot=$(rustc --print sysroot)
    (
        cd "$1"
        unset CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
        export RUSTFLAGS="--remap-path-prefix=$1=/build --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$sysroot=/rust"
        export CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$1/target SOURCE_DATE_EPOCH
        SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
        cargo build --quiet --locked --profile agent -p domicile-daemon
    )
    echo "$1/target/agent/domiciled"
}

work=$(mktemp -d)
first=$(build "$work/one")
echo "commit   $commit"
echo "compiler $(rustc --version)"
echo "linker   $(ld --version | head -1)"
echo "sha256   $(sha256sum <"$first" | cut -d' ' -f1)  $first"
if grep -aqF -e "$work" -e "${CARGO_HOME:-$HOME/.cargo}/registry" "$first"; then
    echo "the binary names paths of this machine" >&2; exit 1
fi
if [ -n "$twice" ]; then
    second=$(build "$work/a/longer/path/two")
    echo "sha256   $(sha256sum <"$second" | cut -d' ' -f1)  $second"
    cmp "$first" "$second" || { echo "two builds of one commit differ" >&2; exit 1; }
    echo "the same bytes"
    rm -rf "$work"
fi
