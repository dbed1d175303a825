"""What a witness on another disk has seen, nobody cuts off or rewrites here unnoticed."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.ledger import triggers
from thienly.core.ledger.chain import verify
from thienly.core.ledger.checkpoints import checkpoints_file, sign_checkpoint
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry, Head
from thienly.core.ledger.verification import Fault
from thienly.core.ledger.witness import carry
from thienly.core.ledger.writer import record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "other disk"
    place.mkdir()
    conf = Conf(settings.CONF.data)
    conf.__dict__["file"] = settings.CONF.file.model_copy(
        update={"ledger_witness": str(place / "witness.jsonl")}
    )
    checkpoints_file().unlink(missing_ok=True)
    with patch.object(settings, "CONF", conf):
        yield place


def written(times: int) -> None:
    for _ in range(times):
        with transaction.atomic():
            record(actor=Actor.machine("test"), kind=Kind.INSTALLED)
        sign_checkpoint(now=timezone.now())
        carry()


def test_a_sound_history_agrees_with_its_witness(disk: Path) -> None:
    written(3)
    assert len((disk / "witness.jsonl").read_text().splitlines()) == 3
    assert verify(now=timezone.now()).ok


def test_a_tail_cut_off_with_its_checkpoints_and_their_file_is_named(disk: Path) -> None:
    written(3)
    triggers.drop(connection)
    Checkpoint.objects.filter(seq__gt=2).delete()
    Entry.objects.filter(seq__gt=2).delete()
    last = Entry.objects.get(seq=2)
    Head.objects.update(seq=2, hash=last.hash)
    lines = checkpoints_file().read_text().splitlines(keepends=True)
    checkpoints_file().write_text("".join(lines[:2]))
    triggers.create(connection)
    report = verify(now=timezone.now())
    assert (report.ok, report.problem, report.first_bad_seq) == (False, Fault.REWRITTEN, 3)
    (disk / "witness.jsonl").unlink()
    assert verify(now=timezone.now()).ok  # without the witness nobody would have known


def test_a_disk_that_was_away_is_given_what_it_missed_and_history_goes_on_meanwhile(disk: Path) -> None:
    written(1)
    away = disk.rename(disk.with_name("away"))
    written(2)
    assert Entry.objects.count() == 3
    away.rename(disk)
    assert carry() == 2
    assert carry() == 0
    assert verify(now=timezone.now()).ok
