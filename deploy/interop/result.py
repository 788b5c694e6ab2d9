"""Checks attestation results with other people's libraries: python-cwt for COSE, PyJWT for JWS, cbor2.

usage: result.py DIR PROFILE.md

DIR is what `cargo run -p domicile-result --example samples -- DIR` writes. Claims are read by the tables of
PROFILE.md alone, as a relying party would who has no code of Domicile's.
"""

import base64
import sys
from pathlib import Path

import cbor2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cwt import COSE, COSEKey

TIERS = {0: "none", 2: "affirming", 32: "warning", 96: "contraindicated"}
UNTIMED = {"verify_exp": False, "verify_iat": False}  # the samples' times are fixed


def tables(profile):
    """The tables of PROFILE.md: title -> {label: (name, type)}."""
    found, title = {}, None
    for line in profile.splitlines():
        if line.startswith("### "):
            title = line[4:]
        elif title and line.startswith("| ") and line.split("|")[1].strip().lstrip("-").isdigit():
            label, name, kind = (cell.strip() for cell in line.split("|")[1:4])
            found.setdefault(title, {})[int(label)] = (name.strip("`"), kind)
    return found


class Reader:
    def __init__(self, found):
        self.tables = found

    def table(self, name, owner):
        """The table of a map: by its name, and by whose it is where several have that name."""
        owner = {"host": "`host`", "tpm": "`tpm`"}.get(owner, "a device")
        titles = [title for title in self.tables if f"`{name}`" in title]
        if len(titles) > 1:
            titles = [title for title in titles if title.endswith(f"of {owner}")]
        assert len(titles) == 1, (name, owner, titles)
        return self.tables[titles[0]]

    def map(self, value, table, owner):
        return {table[label][0]: self.value(item, *table[label], owner) for label, item in value.items()}

    def value(self, item, name, kind, owner):
        if name == "submods":
            return {label: self.submodule(label, one) for label, one in item.items()}
        if kind == "tier":
            return TIERS[item]
        if kind == "map":
            return self.map(item, self.table(name, owner), owner)
        if kind == "list of map":
            return [self.map(one, self.table(name, owner), owner) for one in item]
        if kind.startswith("list of "):
            return [self.value(one, name, kind[len("list of "):], owner) for one in item]
        if kind.startswith("bytes "):
            assert isinstance(item, bytes), name
            return base64.urlsafe_b64encode(item).rstrip(b"=").decode()
        wanted = {"uint": int, "int8": int, "bool": bool}.get(kind, str)
        assert type(item) is wanted, (name, kind, item)
        return item

    def submodule(self, label, value):
        title = "Submodules `gpu-N`" if "-" in label else f"Submodule `{label}`"
        (table,) = (table for known, table in self.tables.items() if known.startswith(title))
        return self.map(value, table, label)


def refused(check, *arguments):
    try:
        check(*arguments)
    except Exception:
        return True
    return False


def main(folder, profile):
    folder = Path(folder)
    reader = Reader(tables(Path(profile).read_text()))
    public = bytes.fromhex((folder / "key.hex").read_text())

    def cose(token, key=public):
        given = COSEKey.new({1: 1, 2: key, 3: -8, -1: 6, -2: key})
        protected, unprotected, payload = COSE.new().decode_with_headers(token, given)
        assert protected == {1: -8, 4: key, 16: "application/eat+cwt"} and not unprotected
        return payload

    def jws(token, key=public):
        given = Ed25519PublicKey.from_public_bytes(key)
        return jwt.decode(token, given, algorithms=["EdDSA"], options=UNTIMED)

    other = bytes(range(32))
    samples = sorted(path.stem for path in folder.glob("*.cose"))
    assert len(samples) >= 3, samples
    for name in samples:
        token = (folder / f"{name}.cose").read_bytes()
        text = (folder / f"{name}.jws").read_text()
        payload = cose(token)
        claims = cbor2.loads(payload)
        assert cbor2.dumps(claims, canonical=True) == payload, "not deterministic CBOR"
        named = reader.map(claims, reader.tables["The claims set"], None)
        assert named == jws(text), "COSE and JWS say different things"
        tampered = 0
        for at in range(0, len(token), 7):
            bad = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
            assert refused(cose, bad), f"{name}.cose accepted with byte {at} changed"
            tampered += 1
        for at in range(0, len(text), 31):
            bad = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
            assert refused(jws, bad), f"{name}.jws accepted with character {at} changed"
            tampered += 1
        assert refused(cose, token, other) and refused(jws, text, other), "another key verified it"
        submodules = ", ".join(f"{label} {one['ear_status']}" for label, one in named["submods"].items())
        print(f"{name}: both forms verify and agree ({submodules}); {tampered} alterations refused")


main(*sys.argv[1:])
