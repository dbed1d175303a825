"""Verifying an export for an inspector: needs this file's bytes and nothing else, on any machine.

The file is JSON lines, each in canonical form (`rules.hashchain.canonical`), so that no byte can differ
unnoticed. First the statement: what was asked for and by whom, which rows were found (`rows`, spans of their
numbers), the size and root of the Merkle tree over the hashes of all rows of the history (RFC 9162 section
2.1; leaf n-1 is the hash of row n), the last checkpoint, and the public key. Then its signature. Then each
row with its path to the root: a row is shown to belong to the history, and to stand at its number in it,
without any other row.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from thienly.core.ledger.keys import key_id
from thienly.rules.hashchain import JSON, canonical, checkpoint_bytes, entry_hash
from thienly.rules.hashtree import root_from_proof

FORMAT = "thienly-ledger-export/1"
STATEMENT_TAG = b"thienly/ledger-export/1\n"


class NotGenuine(Exception):
    """`row`: the number of the row that is wrong; 0: the statement itself, or the file."""

    def __init__(self, problem: str, row: int = 0) -> None:
        super().__init__(f"{problem} (row {row})" if row else problem)
        self.problem = problem
        self.row = row


@dataclass(frozen=True, slots=True)
class Genuine:
    """What the file shows. `trusted`: the key was given from outside, not only taken from the file."""

    rows: int
    of: int  # rows of the whole history at that time
    at: str
    by: str
    asked: Mapping[str, Any]
    key_id: str
    trusted: bool


def statement_bytes(statement: Mapping[str, JSON]) -> bytes:
    """What the signature covers."""
    return STATEMENT_TAG + canonical(statement)


def spans(numbers: Sequence[int]) -> list[list[int]]:
    """Ascending numbers as spans [first, last]."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def is_export(path: Path) -> bool:
    """Whether a file begins as one; a damaged beginning is none. Raises OSError."""
    with path.open("rb") as file:
        return FORMAT.encode() in file.read(4096)


def check(path: Path, *, public_key: Ed25519PublicKey | None = None) -> Genuine:
    """Raises NotGenuine with the first row that is altered, missing, inserted or out of place; OSError."""
    with path.open("rb") as file:
        return check_lines(file, public_key=public_key)


def check_lines(file: Iterable[bytes], *, public_key: Ed25519PublicKey | None = None) -> Genuine:
    """As `check`, of the lines of a file."""
    lines = _lines(file)
    statement, key = _statement(lines, public_key)
    tree = statement["tree"]
    rows = 0
    expected = _numbers(statement["rows"])
    for line in lines:
        _row(line, next(expected, 0), tree)
        rows += 1
    if missing := next(expected, 0):
        raise NotGenuine("missing", missing)
    return Genuine(
        rows,
        tree["size"],
        statement["at"],
        statement["by"],
        statement["asked"],
        key_id(key),
        bool(public_key),
    )


def _lines(file: Iterable[bytes]) -> Iterator[tuple[int, bytes, Any]]:
    for number, line in enumerate(file, 1):
        try:
            yield number, line, json.loads(line)
        except (ValueError, RecursionError):
            yield number, line, None


def _whole(line: tuple[int, bytes, Any]) -> bool:
    try:
        return line[2] is not None and canonical(line[2]) + b"\n" == line[1]
    except (ValueError, RecursionError):  # NaN, lone surrogates
        return False


def _statement(
    lines: Iterator[tuple[int, bytes, Any]], given: Ed25519PublicKey | None
) -> tuple[dict[str, Any], Ed25519PublicKey]:
    try:
        first, second = next(lines), next(lines)
        statement: dict[str, Any] = first[2]["statement"]
        if statement["format"] != FORMAT or not _whole(first) or not _whole(second):
            raise NotGenuine("statement altered")
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(statement["public_key"]))
        if given is not None and key_id(given) != key_id(key):
            raise NotGenuine("signed with another key than the one given")
        _signed(key, second[2]["signature"], statement_bytes(statement))
        mark = statement["checkpoint"]
        at = datetime.fromisoformat(mark["at"])
        payload = checkpoint_bytes(seq=mark["seq"], at=at, head=mark["hash"], key_id=mark["key_id"])
        _signed(key, mark["signature"], payload)
        if mark["seq"] != statement["tree"]["size"]:
            raise NotGenuine("statement altered")
    except (StopIteration, KeyError, TypeError, ValueError, InvalidSignature) as error:
        raise NotGenuine("statement altered") from error
    return statement, key


def _signed(key: Ed25519PublicKey, signature: str, payload: bytes) -> None:
    raw = bytes.fromhex(signature)
    if raw.hex() != signature:
        raise ValueError("not lower-case")
    key.verify(raw, payload)


def _numbers(rows: Iterable[Sequence[int]]) -> Iterator[int]:
    for first, last in rows:
        yield from range(first, last + 1)


def _row(line: tuple[int, bytes, Any], expected: int, tree: Mapping[str, Any]) -> None:
    match line[2]:
        case {"entry": {"seq": int(seq), "hash": str(own)} as entry, "path": list(path)} if len(line[2]) == 2:
            pass
        case _:
            raise NotGenuine("altered" if expected else "inserted", expected or line[0] - 2)
    try:
        genuine = _whole(line) and entry_hash(entry) == own and _in_tree(seq, own, path, tree)
    except (ValueError, TypeError):
        genuine = False
    if not genuine:
        raise NotGenuine("altered" if expected else "inserted", expected or seq)
    if not expected:
        raise NotGenuine("inserted", seq)
    if seq > expected:
        raise NotGenuine("missing", expected)
    if seq < expected:
        raise NotGenuine("inserted", seq)


def _in_tree(seq: int, own: str, path: Sequence[str], tree: Mapping[str, Any]) -> bool:
    steps = [bytes.fromhex(step) for step in path]
    if [step.hex() for step in steps] != path:  # fromhex also takes capitals
        return False
    root: bytes = root_from_proof(bytes.fromhex(own), seq - 1, tree["size"], steps)
    return root.hex() == str(tree["root"])
