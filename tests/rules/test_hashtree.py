"""The hash tree: known shape, every fragment provable, nothing else provable."""

import contextlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thienly.rules.hashtree import Tree, proof, root, root_from_proof


def leaves(count: int) -> list[bytes]:
    return [sha256(bytes([number])).digest() for number in range(count)]


def test_the_root_of_three_is_the_one_that_the_rfc_describes() -> None:
    a, b, c = (sha256(b"\x00" + leaf).digest() for leaf in leaves(3))
    expected = sha256(b"\x01" + sha256(b"\x01" + a + b).digest() + c).digest()
    assert root(leaves(3)) == expected


@given(st.integers(1, 70), st.data())
def test_every_leaf_is_proven_by_its_path_and_no_other(count: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, count - 1))
    tree = leaves(count)
    path = proof(tree, position)
    assert root_from_proof(tree[position], position, count, path) == root(tree)
    other = sha256(b"something else").digest()
    assert root_from_proof(other, position, count, path) != root(tree)
    for wrong in range(count):
        if wrong != position:
            with contextlib.suppress(ValueError):
                assert root_from_proof(tree[position], wrong, count, path) != root(tree)


def test_a_path_of_the_wrong_length_is_refused() -> None:
    tree = leaves(5)
    with pytest.raises(ValueError, match="short"):
        root_from_proof(tree[0], 0, 5, proof(tree, 0)[:-1])
    with pytest.raises(ValueError, match="long"):
        root_from_proof(tree[0], 0, 5, [*proof(tree, 0), b"x" * 32])
    with pytest.raises(ValueError, match="outside"):
        root_from_proof(tree[0], 5, 5, [])
    with pytest.raises(IndexError):
        proof(tree, 5)
    with pytest.raises(ValueError, match="at least one"):
        root([])


def test_a_tree_that_keeps_its_nodes_gives_the_same_root_and_proofs() -> None:
    for count in (*range(1, 20), 64, 65, 100):
        leaves = [sha256(bytes([number])).digest() for number in range(count)]
        tree = Tree(leaves)
        assert tree.root == root(leaves)
        for position in range(count):
            assert tree.proof(position) == proof(leaves, position)
