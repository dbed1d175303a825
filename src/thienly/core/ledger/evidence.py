"""An export of history for an inspector, with its proof; `evidence_check` says what the file holds."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db.models import Q, QuerySet

from thienly.core.access.actor import Actor
from thienly.core.ledger.checkpoints import as_record, sign_checkpoint
from thienly.core.ledger.evidence_check import FORMAT, spans, statement_bytes
from thienly.core.ledger.keys import key_id, signing_key
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry
from thienly.core.ledger.search import Asked, matching
from thienly.core.ledger.writer import chained_fields, record
from thienly.core.service import service
from thienly.rules.hashchain import JSON, canonical, instant
from thienly.rules.hashtree import Tree

BATCH = 2000


def export(*, actor: Actor, asked: Asked, now: datetime) -> Iterator[bytes]:
    """The lines of the file: rows that the actor may see and that fit, oldest first.

    That the export was made is a row of the history that it proves. What is written later has no part in it.
    Raises FileNotFoundError without a key.
    """
    signing_key(settings.CONF.ledger_key)  # without one nothing is exported, and nothing noted
    _note(actor=actor, asked=asked)
    entries = matching(actor=actor, asked=asked)
    return proven(entries, asked=asked.told(), by=actor.label, now=now)


def of_object(*, kind: str, id: str, by: str, now: datetime) -> Iterator[bytes]:
    """The lines about one object, whoever acted: what a package of evidence carries. `id`: 32 hex digits.

    Who may have them was decided before. Raises FileNotFoundError without a key.
    """
    entries = Entry.objects.filter(object_kind=kind, object_id=id)
    return proven(entries, asked={kind: id}, by=by, now=now)


def proven(entries: QuerySet[Entry], *, asked: Mapping[str, JSON], by: str, now: datetime) -> Iterator[bytes]:
    """These rows with their proof. Raises FileNotFoundError without a key."""
    key = signing_key(settings.CONF.ledger_key)
    checkpoint = _checkpoint(now)
    numbers = list(entries.filter(seq__lte=checkpoint.seq).order_by("seq").values_list("seq", flat=True))
    hashes = Entry.objects.filter(seq__lte=checkpoint.seq).order_by("seq").values_list("hash", flat=True)
    tree = Tree([bytes.fromhex(one) for one in hashes.iterator(chunk_size=50_000)])
    statement: dict[str, JSON] = {
        "format": FORMAT,
        "at": instant(now),
        "by": by,
        "asked": dict(asked),
        "rows": spans(numbers),
        "tree": {"size": checkpoint.seq, "root": tree.root.hex()},
        "checkpoint": as_record(checkpoint),
        "public_key": key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
        "key_id": key_id(key.public_key()),
    }
    signature = key.sign(statement_bytes(statement)).hex()
    return _file(statement, signature, numbers, tree)


def _file(statement: dict[str, JSON], signature: str, numbers: list[int], tree: Tree) -> Iterator[bytes]:
    yield canonical({"statement": statement}) + b"\n"
    yield canonical({"signature": signature}) + b"\n"
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        wanted = Q(seq__gte=batch[0], seq__lte=batch[-1])
        if batch[-1] - batch[0] >= 2 * len(batch):
            wanted = Q(seq__in=batch)
        chosen = frozenset(batch)
        for entry in Entry.objects.filter(wanted).order_by("seq"):
            if entry.seq in chosen:
                path = [step.hex() for step in tree.proof(entry.seq - 1)]
                yield canonical({"entry": chained_fields(entry), "path": path}) + b"\n"


@service
def _note(*, actor: Actor, asked: Asked) -> None:
    record(actor=actor, kind=Kind.LEDGER_EXPORTED, camera=asked.camera, detail=asked.told())


def _checkpoint(now: datetime) -> Checkpoint:
    """A checkpoint at the present end: what an export proves is signed up to its last row."""
    return sign_checkpoint(now=now) or Checkpoint.objects.latest("seq")
