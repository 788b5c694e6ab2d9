#!/usr/bin/env bash
# Makes a container image of the agent: the binary, the C library it is linked with, its account, and nothing else (no
# shell, no package manager). The result is an OCI image layout as a tar file, for `podman load`, `docker load` (25 or later),
# `skopeo copy oci-archive:` or `ctr image import`. The same binary gives the same bytes. Needs no container engine.
#
#   deploy/container/build.sh OUT.tar [BINARY]     without BINARY it is built as shipped
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:?usage: deploy/container/build.sh OUT.tar [BINARY]}")
binary=${2:-}
if [ -z "$binary" ]; then
    cargo build --quiet --locked --profile agent -p domicile-daemon
    binary=target/agent/domiciled
fi
version=$("$binary" --version | cut -d' ' -f2)
case $(uname -m) in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) echo "no image for $(uname -m)" >&2; exit 2 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root image=$work/image
mkdir -p "$root"/{etc/domicile,usr/bin,proc,sys,dev,run,tmp} "$image/blobs/sha256"

install -m 755 "$binary" "$root/usr/bin/domiciled"
# The loader and the libraries, where the binary looks for them.
ldd "$binary" | grep -oE '/[^ ]+' | sort -u | while read -r library; do install -D -m 755 "$library" "$root$library"; done
install -m 644 daemon/domiciled.toml "$root/etc/domicile/domiciled.toml"
echo 'domicile:x:65532:65532:Domicile agent:/var/lib/domicile:/sbin/nologin' >"$root/etc/passwd"
echo 'domicile:x:65532:' >"$root/etc/group"
install -d -m 700 "$root/var/lib/domicile"

# NAME TYPE: moves a file into the image under its hash; prints its descriptor.
blob() {
    local hash size
    hash=$(sha256sum <"$work/$1" | cut -d' ' -f1) size=$(stat -c %s "$work/$1")
    mv "$work/$1" "$image/blobs/sha256/$hash"
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%s' "$2" "$hash" "$size"
}
packed() { tar --sort=name --mtime=@0 --numeric-owner --format=ustar "$@"; }

packed --owner=0 --group=0 --exclude=./var/lib/domicile -cf "$work/layer" -C "$root" .
packed --owner=65532 --group=65532 -rf "$work/layer" -C "$root" ./var/lib/domicile
diff_id=$(sha256sum <"$work/layer" | cut -d' ' -f1)
layer=$(blob layer layer.v1.tar)
cat >"$work/config" <<JSON
{"architecture":"$arch","os":"linux","config":{"User":"65532:65532","Entrypoint":["/usr/bin/domiciled"],"Cmd":["run"],"Env":["PATH=/usr/bin"],"Volumes":{"/var/lib/domicile":{}},"Labels":{"org.opencontainers.image.version":"$version"}},"rootfs":{"type":"layers","diff_ids":["sha256:$diff_id"]}}
JSON
config=$(blob config config.v1+json)
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s},"layers":[%s}]}' "$config" "$layer" >"$work/manifest"
manifest=$(blob manifest manifest.v1+json)
printf '{"schemaVersion":2,"manifests":[%s,"annotations":{"org.opencontainers.image.ref.name":"domiciled:%s"}}]}' "$manifest" "$version" >"$image/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$image/oci-layout"
packed --owner=0 --group=0 -cf "$out" -C "$image" .
echo "domiciled:$version $(sha256sum <"$out" | cut -d' ' -f1)  $out"
