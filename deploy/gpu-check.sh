#!/usr/bin/env bash
# The whole path to a real GPU, once: sysfs, NVML's getters, the confined device process, and, where it is allowed, what the
# GPU signs. Keeps what it printed in a folder, as a fixture. Needs a machine with an NVIDIA GPU and its driver.
#
#   deploy/gpu-check.sh OUT [--sign]
#
# Without --sign no GPU is asked to sign. With it GPUs are asked, once, only if confidential computing is off, or on AND
# DOMICILE_ATTEST_IN_CC_MODE=yes: in that mode a call that fails can leave a GPU unable to work until it is reset.
#
# Exit codes: 0 all steps done; 1 a step failed; 2 wrong usage; 3 there is no GPU here, so nothing was checked.
set -euo pipefail
out=${1:?usage: deploy/gpu-check.sh OUT [--sign]}
sign=${2:-}
case $sign in '' | --sign) ;; *) echo "gpu-check.sh: unknown argument: $sign" >&2; exit 2 ;; esac
sysfs=${DOMICILE_SYSFS:-/sys}
here=$(cd "$(dirname "$0")/.." && pwd)

gpus=0
for device in "$sysfs"/bus/pci/devices/*; do
    [ -r "$device/vendor" ] && [ -r "$device/class" ] || continue
    [ "$(cat "$device/vendor")" = 0x10de ] || continue
    case $(cat "$device/class") in 0x03* | 0x12*) gpus=$((gpus + 1)) ;; esac
done
if [ "$gpus" = 0 ]; then
    echo "gpu-check.sh: no NVIDIA GPU on the PCI bus: nothing was checked" >&2
    exit 3
fi
if ! ldconfig -p 2>/dev/null | grep -q libnvidia-ml.so.1; then
    echo "gpu-check.sh: $gpus GPUs on the bus, but no libnvidia-ml.so.1: the driver is not installed" >&2
    exit 3
fi

agent=${DOMICILED:-$here/target/debug/domiciled}
[ -x "$agent" ] || (cd "$here" && cargo build --locked -p domicile-daemon)
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/domiciled.toml" <<TOML
state-dir = "state"
device-timeout = "15s"
attest-in-cc-mode = $([ "${DOMICILE_ATTEST_IN_CC_MODE:-}" = yes ] && echo true || echo false)
TOML

# 1. What a report would say, through the confined device process, with every getter. No GPU signs.
"$agent" --verbose --config "$work/domiciled.toml" show --json >"$out/show.json" 2>"$out/show.log"
python3 - "$out/show.json" "$gpus" <<'PY'
import json, sys
fields = {f["name"]: f["value"] for f in json.load(open(sys.argv[1]))["fields"]}
named = [v for n, v in fields.items() if n.endswith(".details.uuid") and v.startswith("GPU-")]
assert len(named) == int(sys.argv[2]), f"{sys.argv[2]} GPUs on the bus, {len(named)} with a UUID of NVML"
print(f"driver {fields['inventory.driver']}, confidential computing {fields['inventory.cc']}, {len(named)} GPUs named")
PY

# 2. No NVML client is left behind: the driver's use count is that of before.
if command -v fuser >/dev/null; then
    if fuser /dev/nvidia* 2>/dev/null | grep -qw "$(pgrep -x domiciled-dev || echo none)"; then
        echo "gpu-check.sh: a device process still holds the driver" >&2
        exit 1
    fi
fi

# 3. How much memory the reading took, and which files it needed beside those that it is granted.
if command -v strace >/dev/null; then
    strace -f -qq -e trace=openat,ioctl -o "$out/strace.txt" "$agent" --config "$work/domiciled.toml" show >/dev/null 2>&1 || true
    grep -c EACCES "$out/strace.txt" >"$out/denied-files.txt" || true
fi
if [ -x /usr/bin/time ]; then
    /usr/bin/time -v "$agent" --config "$work/domiciled.toml" show >/dev/null 2>"$out/time.txt" || true
fi

# 4. What the GPU signs. The nonce of this check is fixed, so that the fixture can be verified anywhere.
if [ "$sign" = --sign ]; then
    cc=$(python3 -c 'import json,sys;print({f["name"]:f["value"] for f in json.load(open(sys.argv[1]))["fields"]}["inventory.cc"])' "$out/show.json")
    case $cc in
    On | Debug)
        if [ "${DOMICILE_ATTEST_IN_CC_MODE:-}" != yes ]; then
            echo "gpu-check.sh: confidential computing is on: not asked to sign (DOMICILE_ATTEST_IN_CC_MODE=yes allows it)" >&2
            exit 1
        fi
        "$agent" --config "$work/domiciled.toml" arm
        ;;
    esac
    mkdir -m 700 -p "$work/state-device"
    python3 - "$agent" "$work/domiciled.toml" "$out/answer.bin" <<'PY'
import socket, subprocess, sys
agent, config, answer = sys.argv[1:]
near, far = socket.socketpair()
process = subprocess.Popen([agent, "--verbose", "--config", config, "device"], stdin=far)
far.close()
near.sendall(bytes(range(32)))
data = b""
while chunk := near.recv(65536):
    data += chunk
assert process.wait() == 0, "the device process failed"
open(answer, "wb").write(data)
marker = bytes(range(32))
print(f"answer of {len(data)} bytes; the nonce stands in it {data.count(marker)} times: once, and once in each report")
PY
fi

# 5. The machine, for whoever reads the fixture.
{ uname -r; cat /proc/driver/nvidia/version 2>/dev/null || true; sha256sum "$agent"; date -u +%FT%TZ; } >"$out/machine.txt"
echo "done: $out"
