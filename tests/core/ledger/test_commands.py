"""`thienly ledger …`: what it says and how it exits."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.ledger import commands, keys
from thienly.core.ledger.checkpoints import sign_checkpoint
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def history() -> None:
    with transaction.atomic():
        record(actor=Actor.machine("test"), kind=Kind.INSTALLED)
    sign_checkpoint(now=timezone.now())


def test_a_sound_ledger_exits_with_0_and_says_what_was_checked() -> None:
    said: list[str] = []
    assert commands.verify(say=said.append) == 0
    assert said == ["sound: 1 entries, 2 checkpoints, signed until entry 1; signatures checked"]
    assert commands.verify(say=said.append, as_json=True) == 0
    assert json.loads(said[1])["ok"] is True


def test_a_dump_is_itself_an_entry_and_verifies_with_the_public_key(tmp_path: Path) -> None:
    said: list[str] = []
    path, key = tmp_path / "history.jsonl", tmp_path / "public.pem"
    key.write_bytes(keys.public_pem(keys.signing_key(settings.CONF.ledger_key).public_key()))
    assert commands.dump(path=path, say=said.append) == 0
    assert Entry.objects.get(seq=2).detail == {"dump": "history.jsonl"}
    assert commands.verify(say=said.append, dump=path, public_key=key) == 0
    assert said[1].startswith("sound: 2 entries, 1 checkpoints, signed until entry 1")
    assert commands.verify(say=said.append, dump=path) == 0
    assert said[2].endswith("signatures NOT checked: no public key")


def test_a_forged_dump_exits_with_1_and_names_the_entry(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "history.jsonl"
    commands.dump(path=path, say=said.append)
    path.write_text(path.read_text().replace('"actor_label": "test"', '"actor_label": "else"'))
    assert commands.verify(say=said.append, dump=path) == 1
    assert said[1] == "NOT SOUND: altered at entry 1; the 0 entries before are sound"


def test_with_another_key_the_signatures_do_not_hold(tmp_path: Path) -> None:
    said: list[str] = []
    path, key, foreign = tmp_path / "history.jsonl", tmp_path / "other.pub", tmp_path / "other.pem"
    foreign.write_bytes(keys.new_signing_key())
    key.write_bytes(keys.public_pem(keys.signing_key(foreign).public_key()))
    commands.dump(path=path, say=said.append)
    assert commands.verify(say=said.append, dump=path, public_key=key) == 1
    assert "forged at entry 1" in said[1]


def test_what_cannot_be_read_or_written_exits_with_2(tmp_path: Path) -> None:
    said: list[str] = []
    assert commands.verify(say=said.append, dump=tmp_path / "none.jsonl") == 2
    (tmp_path / "key").write_text("no key")
    assert commands.verify(say=said.append, dump=tmp_path / "none.jsonl", public_key=tmp_path / "key") == 2
    assert commands.dump(path=tmp_path / "none" / "history.jsonl", say=said.append) == 2
    assert all(line.startswith("cannot") for line in said)
