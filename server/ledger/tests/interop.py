"""Second implementations beside this crate: trees by `pymerkle`, signatures by `cryptography` (OpenSSL).

usage: interop.py OURS THEIRS

Checks what this crate wrote to the file OURS, and writes to THEIRS what this crate then checks. Lines:
  key HEX                  the log's Ed25519 key
  leaf HEX                 leaves, in order
  checkpoint HEX           a signed note
  inclusion INDEX SIZE HEX,...     audit path, leaf side first
  consistency OLD NEW HEX,...      in the order of RFC 6962
"""
import base64
import hashlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pymerkle import InmemoryTree

ORIGIN = "log.example.com/interop"


def root(leaves):
    """Root by pymerkle."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return tree.get_root(len(leaves))


def split(size):
    """The largest power of two below size."""
    return 1 << (size - 1).bit_length() - 1


def path(index, leaves):
    """RFC 6962, 2.1.1: which subtrees; their roots are pymerkle's."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return path(index, leaves[:k]) + [root(leaves[k:])]
    return path(index - k, leaves[k:]) + [root(leaves[:k])]


def proof(old, leaves, whole=True):
    """RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return proof(old, leaves[:k], whole) + [root(leaves[k:])]
    return proof(old - k, leaves[k:], False) + [root(leaves[:k])]


def key_id(key):
    return hashlib.sha256(ORIGIN.encode() + b"\n\x01" + key).digest()[:4]


def check_note(note, key, leaves):
    text, signature = note.split("\n\n")
    origin, size, claimed = text.split("\n")
    assert origin == ORIGIN
    assert base64.b64decode(claimed) == root(leaves[: int(size)]), f"root of {size}"
    dash, name, value = signature.strip().split(" ")
    value = base64.b64decode(value)
    assert (dash, name, value[:4]) == ("\u2014", ORIGIN, key_id(key))
    Ed25519PublicKey.from_public_bytes(key).verify(value[4:], (text + "\n").encode())
    return int(size)


def hashes(field):
    return [bytes.fromhex(one) for one in field.split(",") if one]


def check(lines):
    leaves, counts, key = [], {"checkpoint": 0, "inclusion": 0, "consistency": 0}, None
    for line in lines:
        word, *fields = line.split(" ")
        if word == "key":
            key = bytes.fromhex(fields[0])
            continue
        if word == "leaf":
            leaves.append(bytes.fromhex(fields[0]))
            continue
        counts[word] += 1
        if word == "checkpoint":
            check_note(bytes.fromhex(fields[0]).decode(), key, leaves)
        elif word == "inclusion":
            index, size = int(fields[0]), int(fields[1])
            assert hashes(fields[2]) == path(index, leaves[:size]), line
        elif word == "consistency":
            old, new = int(fields[0]), int(fields[1])
            assert hashes(fields[2]) == proof(old, leaves[:new]), line
    assert all(counts.values()), counts
    return counts


def write(file):
    secret = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    leaves = [hashlib.sha256(b"leaf %d" % n).digest() + b"x" * (n % 40) for n in range(150)]
    out = [f"key {key.hex()}"] + [f"leaf {leaf.hex()}" for leaf in leaves]
    sizes = [1, 2, 3, 7, 64, 65, 100, 150]
    for size in sizes:
        text = f"{ORIGIN}\n{size}\n{base64.b64encode(root(leaves[:size])).decode()}\n"
        signature = base64.b64encode(key_id(key) + secret.sign(text.encode())).decode()
        note = f"{text}\n\u2014 {ORIGIN} {signature}\n"
        out.append(f"checkpoint {note.encode().hex()}")
        for index in {0, size // 2, size - 1}:
            found = ",".join(one.hex() for one in path(index, leaves[:size]))
            out.append(f"inclusion {index} {size} {found}")
        for old in (one for one in sizes if one <= size):
            found = ",".join(one.hex() for one in proof(old, leaves[:size]))
            out.append(f"consistency {old} {size} {found}")
    with open(file, "w", encoding="utf-8") as handle:
        handle.write("\n".join(out) + "\n")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as handle:
        print(check(handle.read().splitlines()))
    write(sys.argv[2])
