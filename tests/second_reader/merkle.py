"""The RFC 6962 tree with SHA-256: the growing edge, and the two proofs."""

from __future__ import annotations

from hashlib import sha256


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def fold_edge(edge: list[bytes]) -> bytes:
    """Root of the tree whose complete subtrees are `edge`, largest first."""
    if not edge:
        return sha256(b"").digest()
    root = edge[-1]
    for subtree in reversed(edge[:-1]):
        root = node_hash(subtree, root)
    return root


class Edge:
    """The complete subtrees of a tree that grows leaf by leaf, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Grows the tree by one leaf hash."""
        carry = self.size
        while carry & 1:
            leaf = node_hash(self.subtrees.pop(), leaf)
            carry >>= 1
        self.subtrees.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Root at the present size."""
        return fold_edge(self.subtrees)


def includes(root: bytes, size: int, index: int, leaf: bytes, path: list[bytes]) -> bool:
    """Whether `path` leads from `leaf` at `index` to `root` at `size` (RFC 9162 section 2.1.3.2)."""
    if index >= size:
        return False
    position, last, running = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            running = node_hash(sibling, running)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            running = node_hash(running, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and running == root


def extends(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether `proof` shows that the older tree is a prefix of the newer (RFC 9162 section 2.1.4.2)."""
    if old_size > new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == fold_edge([])
    if old_size & (old_size - 1) == 0:
        proof = [old_root] + proof
    if not proof:
        return False
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_running = new_running = proof[0]
    for step in proof[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_running = node_hash(step, old_running)
            new_running = node_hash(step, new_running)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new_running = node_hash(new_running, step)
        position >>= 1
        last >>= 1
    return last == 0 and old_running == old_root and new_running == new_root
