"""An export of history for an inspector, with its proof; `evidence_check` says what the file holds."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from thienly.core.access.actor import Actor
from thienly.core.ledger.checkpoints import as_record, sign_checkpoint
from thienly.core.ledger.evidence_check import FORMAT, spans, statement_bytes
from thienly.core.ledger.keys import key_id, signing_key
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry, Head
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
    _note(actor=actor, asked=asked)
    checkpoint = _checkpoint(now)
    fitting = matching(actor=actor, asked=asked).filter(seq__lte=checkpoint.seq)
    numbers = list(fitting.order_by("seq").values_list("seq", flat=True))
    return _proven(actor.label, asked.told(), numbers, checkpoint, now)


def rows_with_proof(
    *, by: str, about: dict[str, JSON], numbers: Sequence[int], now: datetime
) -> Iterator[bytes]:
    """The lines of such a file for these rows, which the caller may hand over and records himself: of a case,
    for its package (`evidence.build`). `by` and `about` stand in the signed statement. Outside a transaction.

    Raises FileNotFoundError without a key, ValueError for a number that no row has.
    """
    checkpoint = _checkpoint(now)
    ordered = sorted(set(numbers))
    if not ordered or not 0 < ordered[0] <= ordered[-1] <= checkpoint.seq:
        raise ValueError("no rows of history")
    return _proven(by, about, ordered, checkpoint, now)


def _proven(
    by: str, asked: dict[str, JSON], numbers: list[int], checkpoint: Checkpoint, now: datetime
) -> Iterator[bytes]:
    key = signing_key(settings.CONF.ledger_key)
    hashes = Entry.objects.filter(seq__lte=checkpoint.seq).order_by("seq").values_list("hash", flat=True)
    tree = Tree([bytes.fromhex(one) for one in hashes.iterator(chunk_size=50_000)])
    statement: dict[str, JSON] = {
        "format": FORMAT,
        "at": instant(now),
        "by": by,
        "asked": asked,
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
    with transaction.atomic():
        head = Head.objects.select_for_update().get(id=1)
        return sign_checkpoint(now=now) or Checkpoint.objects.get(seq=head.seq)
