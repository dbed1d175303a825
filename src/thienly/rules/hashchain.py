"""The ledger's chain: each entry is hashed together with the hash of the one before it.

An entry is a mapping of its columns to settled JSON values, `hash` left out and `previous` included. Its
hash is SHA-256 over a domain tag and the canonical form: JSON with sorted keys, no white space, UTF-8, no
floats. Checkpoints sign a position of the chain; a copy of one kept elsewhere proves that nothing before it
was rewritten.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TypeAlias
from uuid import UUID

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

GENESIS = "0" * 64  # what the first entry names as its predecessor
ENTRY_TAG = b"thienly/ledger-entry/1\n"
CHECKPOINT_TAG = b"thienly/ledger-checkpoint/1\n"


def settle_text(text: str) -> str:
    """Text that every database stores and gives back unchanged: no NUL, no lone surrogates."""
    return str(text).encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def settle(value: object) -> JSON:  # noqa: PLR0911 - one return for each JSON type
    """The JSON value that comes back equal from SQLite's text and from PostgreSQL's jsonb.

    Floats become decimal text (jsonb gives 1e300 back as an integer), times UTC text, ids 32 hex digits.
    Raises TypeError for what has no JSON form.
    """
    match value:
        case None | bool():
            return value
        case str():
            return settle_text(value)
        case int():
            return int(value)
        case float():
            return repr(value)
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case UUID():
            return value.hex
        case Mapping():
            return {settle_text(key): settle(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            items = [settle(item) for item in value]
            return sorted(items, key=canonical) if isinstance(value, set | frozenset) else items
    raise TypeError(f"no JSON form: {type(value).__name__}")


def instant(at: datetime) -> str:
    """UTC with microseconds, always 27 characters. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: JSON) -> bytes:
    """One byte string per settled value, whatever order its keys came in."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def entry_hash(entry: Mapping[str, JSON]) -> str:
    """64 hex digits over the entry, `previous` included and `hash` not."""
    return sha256(ENTRY_TAG + canonical({k: v for k, v in entry.items() if k != "hash"})).hexdigest()


def around(entry: Mapping[str, JSON]) -> tuple[str, str, str]:
    """The canonical form of an entry whose place in the chain is not yet known: what stands before the hash
    of its predecessor, between that and its number, and behind the number.

    Raises ValueError without any column in one of the three.
    """
    parts = (
        {k: v for k, v in entry.items() if k < "previous" and k != "hash"},
        {k: v for k, v in entry.items() if "previous" < k < "seq"},
        {k: v for k, v in entry.items() if k > "seq"},
    )
    if not all(parts):
        raise ValueError("no column before, between or behind")
    before, between, after = (canonical(part).decode()[1:-1] for part in parts)
    return f'{{{before},"previous":"', f'",{between},"seq":', f",{after}}}"


def placed_hash(pieces: tuple[str, str, str], *, previous: str, seq: int) -> str:
    """`entry_hash` of the entry that `around` was given, once it has its place."""
    before, between, after = pieces
    return sha256(ENTRY_TAG + f"{before}{previous}{between}{seq}{after}".encode()).hexdigest()


def checkpoint_bytes(*, seq: int, at: datetime, head: str, key_id: str) -> bytes:
    """What a checkpoint's signature covers."""
    return CHECKPOINT_TAG + canonical({"seq": seq, "at": instant(at), "hash": head, "key_id": key_id})


class ChainCheck:
    """Walks a chain entry by entry in constant memory and names the first thing that is wrong."""

    def __init__(self, *, seq: int = 0, head: str = GENESIS) -> None:
        self.seq = seq  # of the last good entry
        self.hash = head

    def problem_of(self, entry: Mapping[str, JSON]) -> str:
        """Takes the next entry. Returns "" or: `missing`, `unchained` or `altered`; then the walk is over."""
        if entry["seq"] != self.seq + 1:
            return "missing"
        return self.problem(
            seq=entry["seq"], previous=entry["previous"], own=entry["hash"], digest=entry_hash(entry)
        )

    def problem(self, *, seq: JSON, previous: JSON, own: JSON, digest: str) -> str:
        """As `problem_of`, of an entry that claims the hash `own`; `digest` is what it should claim."""
        if seq != self.seq + 1:
            return "missing"
        if own != digest:
            return "altered"
        if previous != self.hash:
            return "unchained"
        self.seq, self.hash = self.seq + 1, digest
        return ""
