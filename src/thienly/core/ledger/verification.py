"""The walk that verifies a ledger, whether its records come from the database or from a dump."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from thienly.core.ledger.keys import key_id
from thienly.rules.hashchain import GENESIS, ChainCheck, checkpoint_bytes, instant


class Fault(StrEnum):
    """What can be wrong with a ledger."""

    MISSING = "missing"  # an entry is not there
    ALTERED = "altered"  # an entry is not what was hashed
    UNCHAINED = "unchained"  # an entry names another predecessor than the one before it
    HEAD = "head"  # the chain does not end where the head says
    FORGED = "forged"  # a checkpoint's signature is not of this key
    REWRITTEN = "rewritten"  # a signed position now holds another hash, or nothing
    UNREADABLE = "unreadable"  # the dump or the checkpoints file is damaged or cut off


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a verification."""

    ok: bool
    entries: int  # good ones, counted from the first
    checked_until_seq: int
    first_bad_seq: int | None
    problem: Fault | None
    checkpoints: int  # good ones, those in the database (or dump) and those in the file together
    signed_until_seq: int  # what follows is vouched for by the chain alone
    signatures_checked: bool  # False without a public key


@dataclass(frozen=True, slots=True)
class Verification:
    """The last verification and when it was."""

    at: datetime
    report: Report


class Unsound(Exception):
    """Ends the walk."""

    def __init__(self, problem: Fault, seq: int | None) -> None:
        super().__init__(f"{problem.value} at {seq}")
        self.problem = problem
        self.seq = seq


class Walk:
    """Takes entries and checkpoints in the order of their numbers, in constant memory."""

    def __init__(self, key: Ed25519PublicKey | None, *, seq: int = 0, head: str = GENESIS) -> None:
        """Goes on from entry `seq` with hash `head`."""
        self._key = key
        self._key_id = key_id(key) if key else ""
        self._chain = ChainCheck(seq=seq, head=head)
        self._checkpoints = 0
        self._signed = 0

    @property
    def seq(self) -> int:
        return self._chain.seq

    @property
    def hash(self) -> str:
        return self._chain.hash

    def entry(self, entry: Mapping[str, Any]) -> None:
        """Raises Unsound."""
        expected = self._chain.seq + 1
        try:
            problem = self._chain.problem_of(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise Unsound(Fault.ALTERED, expected) from error
        if problem:
            raise Unsound(Fault(problem), expected)

    def row(self, *, seq: int, previous: str, own: str, digest: str) -> None:
        """An entry whose digest is computed already. Raises Unsound."""
        if problem := self._chain.problem(seq=seq, previous=previous, own=own, digest=digest):
            raise Unsound(Fault(problem), self._chain.seq + 1)

    def passed(self, count: int, head: str) -> None:
        """`count` entries that were found good elsewhere, the last of them with hash `head`."""
        self._chain = ChainCheck(seq=self._chain.seq + count, head=head)

    def checkpoint(self, checkpoint: Mapping[str, Any]) -> None:
        """Must come right after the entry whose number it names. Raises Unsound."""
        try:
            seq, head, signer = checkpoint["seq"], checkpoint["hash"], checkpoint["key_id"]
            at, signature = datetime.fromisoformat(checkpoint["at"]), bytes.fromhex(checkpoint["signature"])
            payload = checkpoint_bytes(seq=seq, at=at, head=head, key_id=signer)
        except (KeyError, TypeError, ValueError) as error:
            raise Unsound(Fault.FORGED, self._chain.seq) from error
        if (seq, head) != (self._chain.seq, self._chain.hash):
            raise Unsound(Fault.REWRITTEN, seq)
        if self._key:
            try:
                self._key.verify(signature, payload)
            except InvalidSignature as error:
                raise Unsound(Fault.FORGED, seq) from error
        self._checkpoints += 1
        self._signed = seq

    def end(self, *, seq: int, head: str) -> None:
        """Raises Unsound when the records end elsewhere than they claim."""
        if (seq, head) != (self._chain.seq, self._chain.hash):
            raise Unsound(Fault.HEAD, min(seq, self._chain.seq) + 1)

    def report(self, unsound: Unsound | None = None) -> Report:
        return Report(
            ok=unsound is None,
            entries=self._chain.seq,
            checked_until_seq=self._chain.seq,
            first_bad_seq=unsound.seq if unsound else None,
            problem=unsound.problem if unsound else None,
            checkpoints=self._checkpoints,
            signed_until_seq=self._signed,
            signatures_checked=self._key is not None,
        )


def lines(path: Path) -> Iterable[Any]:
    """JSON values of a file, one a line. A torn line is skipped only at the end. Raises Unsound."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError as error:
                if line.endswith(b"\n"):
                    raise Unsound(Fault.UNREADABLE, None) from error


def _file() -> Path:
    return Path(settings.CONF.data, "ledger", "verified.json")


def remember(*, report: Report, at: datetime) -> None:
    """Keeps the outcome for the history page."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"at": instant(at), "report": asdict(report)}))
    fresh.replace(path)


def last_verification() -> Verification | None:
    """None when nobody has verified yet, or the note about it cannot be read."""
    try:
        note = json.loads(_file().read_text())
        facts = note["report"]
        facts["problem"] = Fault(facts["problem"]) if facts["problem"] else None
        return Verification(at=datetime.fromisoformat(note["at"]), report=Report(**facts))
    except (OSError, ValueError, KeyError, TypeError):
        return None
