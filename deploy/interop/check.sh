#!/usr/bin/env bash
# Attestation results and COSE receipts, verified by libraries that are not ours: python-cwt, PyJWT, cbor2, pymerkle
# (from PyPI, pinned).
# Without PyPI or Python it fails and says so: it never passes unrun.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! python3 -m venv "$work/venv" 2>"$work/why"; then
    echo "interop: not run: python3 with venv is missing (Debian: python3-venv): $(tail -n 1 "$work/why")" >&2
    exit 1
fi
if ! "$work/venv/bin/pip" install -q --disable-pip-version-check \
    cwt==3.3.0 PyJWT==2.15.1 cbor2==5.9.0 pymerkle==7.0.0 2>"$work/why"; then
    echo "interop: not run: cwt, PyJWT, cbor2 and pymerkle cannot be had from PyPI: $(tail -n 1 "$work/why")" >&2
    exit 1
fi
cargo run -q --locked --example samples -- "$work/samples"
"$work/venv/bin/python" deploy/interop/result.py "$work/samples" server/result/PROFILE.md
"$work/venv/bin/python" deploy/interop/receipt.py "$work/samples"
