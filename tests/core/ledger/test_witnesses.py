"""Witnesses beyond this machine: each gets every signature once, and one that fails stops nothing."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import obstore
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from obstore.store import S3Store

from tests.mail import Mailbox, mail_server
from tests.seaweed import ACCESS_KEY, SECRET, seaweed
from thienly.conf import Conf
from thienly.conf_witness import WitnessConf
from thienly.core.access.actor import Actor
from thienly.core.ledger import commands, triggers, witnesses
from thienly.core.ledger.checkpoints import checkpoints_file, sign_checkpoint
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry, Head
from thienly.core.ledger.witness_state import Trouble, state
from thienly.core.ledger.writer import record
from thienly.doctor.witnesses import check

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 8, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    with seaweed(tmp_path_factory.mktemp("witness")) as s3:
        yield S3Store(
            "chung-kien",
            endpoint=s3.endpoint,
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def conf(mailbox: Mailbox) -> Iterator[Conf]:
    conf = Conf(settings.CONF.data)
    mail = WitnessConf(
        name="thanh-tra",
        kind="mail",
        server="127.0.0.1",
        port=mailbox.port,
        tls="none",
        sender="thienly@tinh.gov.vn",
        to=["thanhtra@tinh.gov.vn"],
    )
    conf.__dict__["file"] = settings.CONF.file.model_copy(update={"witnesses": [mail]})
    with patch.object(settings, "CONF", conf):
        yield conf


@pytest.fixture
def stored(conf: Conf, bucket: S3Store, request: pytest.FixtureRequest) -> WitnessConf:
    witness = WitnessConf(
        name="s3",
        kind="s3",
        endpoint=str(bucket.config["endpoint"]),
        bucket="chung-kien",
        prefix=request.node.name,
        access_key=ACCESS_KEY,
        every_minutes=10,
    )
    conf.witness_secret("s3").write_text(SECRET)
    conf.file.witnesses[:] = [witness]
    return witness


def written(times: int = 1) -> None:
    for _ in range(times):
        with transaction.atomic():
            record(actor=Actor.machine("test"), kind=Kind.INSTALLED)
        sign_checkpoint(now=timezone.now())


def lines() -> list[str]:
    return checkpoints_file().read_text().splitlines()


def test_people_get_the_signatures_by_mail_once_and_at_their_beat(conf: Conf, mailbox: Mailbox) -> None:
    written(2)
    assert witnesses.carry(conf, now=NOW) == 1
    written()
    assert witnesses.carry(conf, now=NOW + timedelta(minutes=9)) == 0
    assert witnesses.carry(conf, now=NOW + timedelta(minutes=10)) == 1
    assert witnesses.carry(conf, now=NOW + timedelta(hours=9)) == 0  # nothing new
    sent = [next(message.iter_attachments()).get_content() for message in mailbox.messages]
    assert b"".join(sent).decode().splitlines() == lines()
    assert mailbox.messages[0]["To"] == "thanhtra@tinh.gov.vn"


@pytest.mark.parametrize(
    ("answer", "trouble"), [("550 no such box", Trouble.REFUSED), ("451 later", Trouble.AWAY)]
)
def test_a_witness_that_fails_is_told_tried_again_and_gets_all_it_missed(
    conf: Conf, mailbox: Mailbox, answer: str, trouble: Trouble
) -> None:
    written()
    mailbox.refuses = answer
    assert witnesses.carry(conf, now=NOW) == 0
    assert witnesses.carry(conf, now=NOW + timedelta(seconds=29)) == 0
    found = state(conf, "thanh-tra")
    assert (found.trouble, found.since, found.failures) == (trouble, NOW, 1)
    assert [one.level.name for one in check(conf)] == ["WARNING"]
    written()  # history goes on
    assert witnesses.carry(conf, now=NOW + timedelta(seconds=30)) == 0
    assert state(conf, "thanh-tra").since == NOW
    mailbox.refuses = ""
    assert witnesses.carry(conf, now=NOW + timedelta(seconds=60)) == 0  # more and more slowly
    assert witnesses.carry(conf, now=NOW + timedelta(seconds=90)) == 1
    [only] = mailbox.messages
    assert next(only.iter_attachments()).get_content().decode().splitlines() == lines()
    assert state(conf, "thanh-tra").trouble is None
    assert [one.level.name for one in check(conf)] == ["OK"]


def test_a_server_that_is_not_there_stops_nothing(conf: Conf) -> None:
    conf.file.witnesses[0].port = 1
    written()
    assert witnesses.carry(conf, now=NOW) == 0
    assert state(conf, "thanh-tra").trouble is Trouble.AWAY


def test_a_bucket_keeps_what_was_cut_off_here_with_every_trace(
    conf: Conf, stored: WitnessConf, bucket: S3Store, tmp_path: Path
) -> None:
    written(3)
    assert witnesses.carry(conf, now=NOW) == 1
    written()
    assert witnesses.carry(conf, now=NOW + timedelta(minutes=10)) == 1
    said: list[str] = []
    kept = tmp_path / "kept.jsonl"
    assert commands.witness(conf, "s3", path=kept, say=said.append) == 0
    assert kept.read_text().splitlines() == lines()
    assert commands.verify(say=said.append, checkpoints=[kept]) == 0
    triggers.drop(connection)
    Checkpoint.objects.filter(seq__gt=2).delete()
    Entry.objects.filter(seq__gt=2).delete()
    Head.objects.update(seq=2, hash=Entry.objects.get(seq=2).hash)
    triggers.create(connection)
    checkpoints_file().write_text("".join(f"{line}\n" for line in lines()[:2]))
    assert commands.verify(say=said.append) == 0  # nothing here betrays it
    assert commands.verify(say=said.append, checkpoints=[kept]) == 1
    assert "rewritten at entry 3" in said[-1]


def test_an_object_is_never_written_over(conf: Conf, stored: WitnessConf, bucket: S3Store) -> None:
    written()
    name = f"{stored.prefix}/{1:020d}.jsonl"
    obstore.put(bucket, name, b"something else")
    assert witnesses.carry(conf, now=NOW) == 0
    assert state(conf, "s3").trouble is Trouble.CONFLICT
    assert bytes(obstore.get(bucket, name).bytes()) == b"something else"
    written()
    assert witnesses.carry(conf, now=NOW + timedelta(minutes=1)) == 1
    assert state(conf, "s3").trouble is Trouble.CONFLICT  # it stays until a person has looked
    written()
    conf.witness_secret("s3").write_text("wrong")
    assert witnesses.carry(conf, now=NOW + timedelta(hours=1)) == 0
    assert state(conf, "s3").trouble is Trouble.REFUSED


def test_a_lost_answer_is_no_conflict(conf: Conf, stored: WitnessConf, bucket: S3Store) -> None:
    written()
    obstore.put(bucket, f"{stored.prefix}/{1:020d}.jsonl", checkpoints_file().read_bytes())
    assert witnesses.carry(conf, now=NOW) == 1
    assert json.loads(checkpoints_file().read_text())["seq"] == state(conf, "s3").seq
