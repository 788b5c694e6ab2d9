#!/usr/bin/env bash
# Unpacks an image of deploy/container/build.sh by its manifest and runs its program in it as its account. Needs root.
#
#   deploy/container/check.sh IMAGE.tar
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "check.sh: needs root, for chroot" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/image" "$work/root"
tar -xf "${1:?usage: deploy/container/check.sh IMAGE.tar}" -C "$work/image"
blob() { # DIGEST: the file of that name, if it has that hash
    local hash=${1#sha256:}
    echo "$hash  $work/image/blobs/sha256/$hash" | sha256sum --check --quiet >&2
    echo "$work/image/blobs/sha256/$hash"
}
digest() { grep -oE '"digest":"sha256:[0-9a-f]{64}"' "$1" | cut -d'"' -f4; }
manifest=$(blob "$(digest "$work/image/index.json")")
for part in $(digest "$manifest"); do
    file=$(blob "$part")
    if grep -q "layer.v1.tar\",\"digest\":\"$part" "$manifest"; then tar -xpf "$file" -C "$work/root"; else config=$file; fi
done
grep -q '"User":"65532:65532"' "$config"
files=$(find "$work/root" -type f | sed "s|$work/root||" | sort)
echo "$files"
# A shell or another program would be one more thing that a message could start.
programs=$(echo "$files" | grep -E '/s?bin/' | grep -vx /usr/bin/domiciled || true)
[ -z "$programs" ] || { echo "other programs in the image: $programs" >&2; exit 1; }
[ -z "$(find "$work/root" -perm /6000)" ] || { echo "set-id files in the image" >&2; exit 1; }
inside() { chroot --userspec=65532:65532 "$work/root" /usr/bin/domiciled "$@"; }
inside --version
inside check
inside status
