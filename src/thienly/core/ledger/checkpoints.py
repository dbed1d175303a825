"""Checkpoints: signatures over the end of the chain, in the database and in a file to be kept elsewhere."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from thienly.core.ledger.keys import key_id, signing_key
from thienly.core.ledger.linking import settled
from thienly.core.ledger.models import Checkpoint, Head
from thienly.core.ledger.verification import Verification, last_verification
from thienly.rules.hashchain import checkpoint_bytes, instant

EVERY = timedelta(minutes=1)
EVERY_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """What the history page says about the chain."""

    entries: int
    head: str  # hex hash of the newest entry
    checkpoint_seq: int  # 0 when nothing has been signed yet
    checkpoint_at: datetime | None
    unsigned: int  # entries since the last checkpoint
    verification: Verification | None  # None when nobody has verified yet


def checkpoints_file() -> Path:
    """One JSON object a line, only ever appended to."""
    return Path(settings.CONF.data, "ledger", "checkpoints.jsonl")


def due(*, now: datetime) -> bool:
    """Whether to sign a checkpoint: there are new entries, and a minute or a thousand of them have passed."""
    state = status()
    if not state.unsigned:
        return False
    waited = state.checkpoint_at is None or now - state.checkpoint_at >= EVERY
    return waited or state.unsigned >= EVERY_ENTRIES


def sign_checkpoint(*, now: datetime) -> Checkpoint | None:
    """Signs the end of the chain; None when nothing was written since the last checkpoint.

    Only what survives a loss of power is signed. The file is written before the commit: a crash between the
    two leaves a true statement in the file.
    Raises FileNotFoundError without a key, OSError when the file cannot be written.
    """
    head = Head.objects.filter(id=1).first()
    if head is None or head.seq == 0:
        return None
    settled()
    with transaction.atomic():
        Head.objects.select_for_update().get(id=1)  # one signature after another
        if Checkpoint.objects.filter(seq__gte=head.seq).exists():
            return None
        key = signing_key(settings.CONF.ledger_key)
        signer = key_id(key.public_key())
        payload = checkpoint_bytes(seq=head.seq, at=now, head=head.hash, key_id=signer)
        checkpoint = Checkpoint.objects.create(
            seq=head.seq, at=now, hash=head.hash, key_id=signer, signature=key.sign(payload).hex()
        )
        _append(checkpoints_file(), as_record(checkpoint))
        return checkpoint


def as_record(checkpoint: Checkpoint) -> dict[str, str | int]:
    """The checkpoint as it stands in files."""
    return {
        "seq": checkpoint.seq,
        "at": instant(checkpoint.at),
        "hash": checkpoint.hash,
        "key_id": checkpoint.key_id,
        "signature": checkpoint.signature,
    }


def status() -> ChainStatus:
    """The chain's state, by three cheap reads; verifying is a matter of its own."""
    head = Head.objects.filter(id=1).first() or Head()
    last = Checkpoint.objects.order_by("-seq").first()
    signed = last.seq if last else 0
    return ChainStatus(
        entries=head.seq,
        head=head.hash,
        checkpoint_seq=signed,
        checkpoint_at=last.at if last else None,
        unsigned=max(0, head.seq - signed),
        verification=last_verification(),
    )


def _append(path: Path, record: dict[str, str | int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        torn = False  # a power cut may have left half a line; the new one must not be glued to it
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write(b"\n" * torn + json.dumps(record, sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
