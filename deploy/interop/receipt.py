"""Checks COSE receipts (RFC 9942) with other people's libraries: python-cwt for COSE, pymerkle for the tree, cbor2.

usage: receipt.py DIR

DIR is what `cargo run -p domicile-result --example samples -- DIR` writes. The root is computed twice, by pymerkle
from all leaves and here from the leaf and the receipt's proof (RFC 9162, section 2.1.3.2), and the log's signature
over it is checked by python-cwt. How a receipt stands is read from server/result/src/receipt.rs's documentation.
"""

import hashlib
import sys
from pathlib import Path

import cbor2
from cwt import COSE, COSEKey
from pymerkle import InmemoryTree

LEAF = 42  # bytes of a leaf
CWT_CLAIMS, VDS, VDP, SIZE = 15, 395, 396, -80050


def parent(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf, size, index, path):
    node, last, value = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    assert node <= last
    for sibling in path:
        assert last != 0
        if node & 1 or node == last:
            value = parent(sibling, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = parent(value, sibling)
        node, last = node >> 1, last >> 1
    assert last == 0
    return value


def read(receipt, leaf, public):
    """The receipt's root, index and size, once its signature holds."""
    _, unprotected, _, _ = cbor2.loads(receipt).value
    ((kind, (proof,)),) = unprotected[VDP].items()
    assert kind == -1, "not a proof of inclusion"
    size, index, path = cbor2.loads(proof)
    root = root_of(leaf, size, index, path)
    key = COSEKey.new({1: 1, 2: public, 3: -8, -1: 6, -2: public})
    protected, _, payload = COSE.new().decode_with_headers(receipt, key, detached_payload=root)
    assert payload == root
    assert protected[1] == -8 and protected[4] == public and protected[VDS] == 1
    assert protected[CWT_CLAIMS] == {1: "log.example/1", SIZE: size}
    return root, index, size


def refused(*arguments):
    try:
        read(*arguments)
    except Exception:
        return True
    return False


def main(folder):
    folder = Path(folder)
    public = bytes.fromhex((folder / "log-key.hex").read_text())
    every = (folder / "leaves").read_bytes()
    leaves = [every[at : at + LEAF] for at in range(0, len(every), LEAF)]
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    assert len(leaves) > 8
    tampered = 0
    for at, leaf in enumerate(leaves):
        receipt = (folder / f"{at}.receipt").read_bytes()
        root, index, size = read(receipt, leaf, public)
        assert (index, size) == (at, len(leaves))
        assert root == tree.get_root(len(leaves)), "pymerkle computes another root"
        assert refused(receipt, leaves[at - 1], public), "it holds for another record"
        assert refused(receipt, leaf, bytes(range(32))), "it holds for another log"
        for place in range(0, len(receipt), 5):
            bad = receipt[:place] + bytes([receipt[place] ^ 1]) + receipt[place + 1 :]
            assert refused(bad, leaf, public), f"accepted with byte {place} changed"
            tampered += 1
    print(f"{len(leaves)} COSE receipts verify, of the root that pymerkle computes; {tampered} alterations refused")


main(*sys.argv[1:])
