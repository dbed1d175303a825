"""What an attacker with the whole database in hand changes, verifying finds, at the right entry."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from thienly.core.access.actor import Actor
from thienly.core.ledger import chain, checkpoints, keys, ranges, rows, triggers
from thienly.core.ledger.checkpoints import checkpoints_file, sign_checkpoint, status
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry, Head
from thienly.core.ledger.verification import Fault, Report
from thienly.core.ledger.writer import chained_fields, record
from thienly.rules.hashchain import GENESIS, entry_hash

ACTOR = Actor.machine("test")


@pytest.mark.django_db
def test_the_fast_hash_is_the_hash_of_the_canonical_form() -> None:
    odd = 'ệ "\\ \n\u2028 😀'
    with transaction.atomic():
        record(actor=Actor.machine(odd), kind=Kind.INSTALLED, object_label=odd, purpose=odd)
        record(actor=Actor.machine("x"), kind=Kind.INSTALLED, detail={odd: [1, None, {"b": "x", "a": odd}]})
        record(actor=Actor.machine("x"), kind=Kind.INSTALLED, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        record(actor=Actor.machine("x"), kind=Kind.INSTALLED, object_label=rows.FIELD, purpose=rows.LINE)
    found = [line for group in rows.lines(after=0, until=3) for line in group]
    entries = list(Entry.objects.order_by("seq"))
    assert [one.hash for one in entries] == [entry_hash(chained_fields(one)) for one in entries]
    assert rows.good(found, seq=0, previous=GENESIS) == (3, entries[2].hash)
    exact = [rows.exactly(after=number) for number in range(4)]
    assert [rows.digest(row) for row in exact if row] == [one.hash for one in entries]
    assert verify().entries == 4  # also those whose lines do not come out even


def write(count: int, **detail: str) -> None:
    with transaction.atomic():
        for number in range(count):
            record(
                actor=ACTOR, kind=Kind.CAMERA_CHANGED, detail={"number": number, "text": "Đề Gi", **detail}
            )


def verify() -> Report:
    return chain.verify(now=timezone.now())


@pytest.fixture
def unguarded() -> Iterator[None]:
    """The attacker has dropped the triggers."""
    triggers.drop(connection)
    yield
    if connection.vendor == "postgresql":  # its DDL was part of the test's transaction
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    triggers.create(connection)


@pytest.mark.django_db
def test_an_honest_ledger_is_sound_and_the_outcome_is_remembered() -> None:
    assert verify().ok
    write(5)
    sign_checkpoint(now=timezone.now())
    write(2)
    report = verify()
    assert (report.ok, report.entries, report.signed_until_seq) == (True, 7, 5)
    assert report.checkpoints == 2  # once in the database, once in the file
    assert report.signatures_checked
    state = status()
    assert (state.entries, state.checkpoint_seq, state.unsigned) == (7, 5, 2)
    assert state.verification
    assert state.verification.report == report


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(detail=st.dictionaries(st.text(max_size=9), anything, max_size=4), label=st.text(max_size=310))
def test_whatever_is_recorded_comes_back_as_it_was_hashed(detail: dict[str, Any], label: str) -> None:
    with transaction.atomic():
        record(actor=ACTOR, kind=Kind.CAMERA_CHANGED, object_label=label, purpose=label, detail=detail)
    assert verify().ok


@pytest.mark.django_db
def test_reading_goes_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH", 5)
    monkeypatch.setattr(rows, "GROUP", 3)
    for _ in range(4):
        write(2)
        sign_checkpoint(now=timezone.now())
    report = verify()
    assert (report.ok, report.entries, report.checkpoints) == (True, 8, 8)


def alter() -> None:
    Entry.objects.filter(seq=3).update(actor_label="somebody else")


def alter_detail() -> None:
    Entry.objects.filter(seq=3).update(detail={"number": 99})


def alter_and_mend_the_hash() -> None:
    alter()
    entry = Entry.objects.get(seq=3)
    Entry.objects.filter(seq=3).update(hash=entry_hash(chained_fields(entry)))


def remove() -> None:
    Entry.objects.filter(seq=3).delete()


def cut_off_the_end() -> None:
    Entry.objects.filter(seq__gt=5).delete()


def cut_off_the_end_and_move_the_head() -> None:
    cut_off_the_end()
    Head.objects.update(seq=5, hash=Entry.objects.get(seq=5).hash)


def cut_off_the_end_with_its_checkpoint() -> None:
    cut_off_the_end_and_move_the_head()
    Checkpoint.objects.all().delete()


def rewrite_everything_from_3() -> None:
    Entry.objects.filter(seq=3).update(actor_label="somebody else")
    previous = Entry.objects.get(seq=2).hash
    for entry in Entry.objects.filter(seq__gte=3).order_by("seq"):
        entry.previous = previous
        entry.hash = previous = entry_hash(chained_fields(entry))
        entry.save()
    Head.objects.update(hash=previous)


def forge_the_checkpoint() -> None:
    rewrite_everything_from_3()
    Checkpoint.objects.update(hash=Entry.objects.get(seq=6).hash)
    checkpoints_file().unlink()


def hide_a_row_in_the_one_before() -> None:
    """What was row 4 stands at the end of row 3, as the walk would read it, and row 4 is gone."""
    hidden = next(rows.lines(after=3, until=4))[0].encode("latin-1").decode()
    Entry.objects.filter(seq=3).update(unit_label=rows.LINE + hidden)
    Entry.objects.filter(seq=4).delete()


def move_text_to_the_next_column() -> None:
    """The columns read one after another are the same text as before."""
    Entry.objects.filter(seq=3).update(object_kind="", object_label=rows.FIELD.join(["", "", ""]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attack", "seq", "problem"),
    [
        (alter, 3, Fault.ALTERED),
        (alter_detail, 3, Fault.ALTERED),
        (alter_and_mend_the_hash, 4, Fault.UNCHAINED),
        (remove, 3, Fault.MISSING),
        (cut_off_the_end, 6, Fault.HEAD),
        (cut_off_the_end_and_move_the_head, 6, Fault.REWRITTEN),
        (cut_off_the_end_with_its_checkpoint, 6, Fault.REWRITTEN),
        (rewrite_everything_from_3, 6, Fault.REWRITTEN),
        (forge_the_checkpoint, 6, Fault.FORGED),
        (hide_a_row_in_the_one_before, 3, Fault.ALTERED),
        (move_text_to_the_next_column, 3, Fault.ALTERED),
    ],
)
def test_a_rewritten_ledger_is_found_out(
    attack: Callable[[], None], seq: int, problem: Fault, unguarded: None
) -> None:
    write(6)
    sign_checkpoint(now=timezone.now())
    write(2)
    attack()
    report = verify()
    assert (report.ok, report.first_bad_seq, report.problem) == (False, seq, problem)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("altered", [None, 2, 7])
def test_several_processes_share_a_long_history(altered: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "WORTH_SHARING", 4)
    write(5)
    sign_checkpoint(now=timezone.now())
    write(4)
    sign_checkpoint(now=timezone.now())
    if altered:
        triggers.drop(connection)
        Entry.objects.filter(seq=altered).update(actor_label="somebody else")
        triggers.create(connection)
    report = chain.verify(now=timezone.now(), processes=2)
    if altered:
        assert (report.ok, report.first_bad_seq, report.problem) == (False, altered, Fault.ALTERED)
    else:
        assert (report.ok, report.entries, report.checkpoints, report.signed_until_seq) == (True, 9, 4, 9)


@pytest.mark.django_db
def test_checkpoints_are_signed_when_they_are_due_and_only_for_new_entries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = timezone.now()
    assert not checkpoints.due(now=now)
    assert sign_checkpoint(now=now) is None
    write(1)
    assert checkpoints.due(now=now)
    assert sign_checkpoint(now=now)
    assert sign_checkpoint(now=now) is None
    write(1)
    assert not checkpoints.due(now=now + timedelta(seconds=59))
    assert checkpoints.due(now=now + timedelta(seconds=60))
    monkeypatch.setattr(checkpoints, "EVERY_ENTRIES", 3)
    write(2)
    assert checkpoints.due(now=now)
    assert len(checkpoints_file().read_text().splitlines()) == 1


@pytest.mark.django_db
def test_a_line_torn_by_a_power_cut_harms_no_other() -> None:
    write(1)
    sign_checkpoint(now=timezone.now())
    with checkpoints_file().open("a") as file:
        file.write('{"seq": 2, "ha')
    assert verify().ok
    write(1)
    sign_checkpoint(now=timezone.now())
    assert json.loads(checkpoints_file().read_text().splitlines()[-1])["seq"] == 2
    assert verify().problem is Fault.UNREADABLE  # now it stands in the middle, where no power cut puts it


@pytest.fixture
def dumped(tmp_path: Path) -> list[dict[str, Any]]:
    write(3)
    sign_checkpoint(now=timezone.now())
    write(1)
    chain.dump(tmp_path / "dump.jsonl")
    return [json.loads(line) for line in (tmp_path / "dump.jsonl").read_text().splitlines()]


def verify_lines(lines: list[dict[str, Any]], path: Path) -> Report:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return chain.verify_dump(path, public_key=keys.signing_key(django_settings.CONF.ledger_key).public_key())


@pytest.mark.django_db
def test_a_dump_is_verified_without_the_database(
    dumped: list[dict[str, Any]], tmp_path: Path, django_db_blocker: Any
) -> None:
    with django_db_blocker.block():
        report = verify_lines(dumped, tmp_path / "copy.jsonl")
    assert (report.ok, report.entries, report.checkpoints, report.signed_until_seq) == (True, 4, 1, 3)
    assert report.signatures_checked


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "change", "problem"),
    [
        (2, lambda line: line["entry"].update(actor_label="somebody else"), Fault.ALTERED),
        (2, lambda line: line["entry"].pop("previous"), Fault.ALTERED),
        (4, lambda line: line["checkpoint"].update(at="2026-01-01T00:00:00Z"), Fault.FORGED),
        (4, lambda line: line["checkpoint"].update(seq=2), Fault.REWRITTEN),
        (-1, lambda line: line["end"].update(seq=9), Fault.HEAD),
        (-1, lambda line: line.clear(), Fault.UNREADABLE),
        (0, lambda line: line.update(format="thienly-ledger/9"), Fault.UNREADABLE),
    ],
)
def test_a_changed_dump_is_found_out(
    dumped: list[dict[str, Any]],
    tmp_path: Path,
    line: int,
    change: Callable[[dict[str, Any]], object],
    problem: Fault,
) -> None:
    change(dumped[line])
    report = verify_lines(dumped, tmp_path / "copy.jsonl")
    assert (report.ok, report.problem) == (False, problem)


@pytest.mark.django_db
def test_a_dump_that_was_cut_off_is_found_out(dumped: list[dict[str, Any]], tmp_path: Path) -> None:
    assert verify_lines(dumped[:-1], tmp_path / "copy.jsonl").problem is Fault.UNREADABLE


@pytest.mark.django_db(transaction=True)
def test_writers_in_four_threads_leave_one_unbroken_chain() -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(4)

    def run(name: str) -> None:
        try:
            together.wait(10)
            for _ in range(10):
                write(2, thread=name)
            sign_checkpoint(now=timezone.now())
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    report = verify()
    assert (report.ok, report.entries, report.problem) == (True, 80, None)
