"""Who sees what of history, and that looking leaves a trace."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.ledger import finding
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry, Name, Stretch
from thienly.core.ledger.search import Asked, search
from thienly.core.ledger.writer import record
from thienly.rules.actions import Action


@pytest.fixture
def people(world: World) -> dict[str, Actor]:
    return {
        "officer": person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre),
        "keeper": person("cangca", "Lê Văn Đề", role="cam_admin", unit=world.port),
        "inspector": person("thanhtra", "Ngô Văn Thanh", role="tttt_guide", unit=world.centre),
        "admin": person("quantri", "Đỗ Thị Quản", role="central_admin", unit=world.centre),
    }


@pytest.fixture(autouse=True)
def acts(world: World, people: dict[str, Actor]) -> None:
    with transaction.atomic():
        record(actor=people["officer"], kind=Kind.SIGNED_IN, obj=people["officer"].account)
        record(actor=people["officer"], kind=Kind.LIVE_OPENED, camera=world.quay, purpose="command")
        record(actor=people["officer"], kind=Kind.LIVE_OPENED, camera=world.gate, purpose="command")
        record(actor=people["keeper"], kind=Kind.CAMERA_CHANGED, camera=world.quay)
        record(actor=Actor.machine("steward"), kind=Kind.GAP_RECORDED, camera=world.gate)


def seqs(actor: Actor, **how: object) -> list[int]:
    return [entry.seq for entry in search(actor=actor, asked=Asked(**how)).entries]  # type: ignore[arg-type]


def test_everybody_sees_his_own_acts_and_nobody_elses_without_a_right(people: dict[str, Actor]) -> None:
    assert seqs(people["officer"]) == [3, 2, 1]
    assert seqs(people["keeper"]) == [4]
    assert seqs(Actor.anonymous()) == []
    assert not Entry.objects.filter(kind=Kind.LEDGER_SEARCHED).exists()


def test_an_inspector_sees_all_and_his_looking_is_recorded(people: dict[str, Actor]) -> None:
    assert seqs(people["inspector"]) == [5, 4, 3, 2, 1]
    looked = Entry.objects.get(kind=Kind.LEDGER_SEARCHED)
    assert looked.actor_label == "Ngô Văn Thanh"
    assert seqs(people["inspector"], person="binh") == [3, 2, 1]
    assert Entry.objects.order_by("-seq")[0].detail == {"person": "binh"}


def test_inspectors_see_what_administrators_did_and_not_the_reverse(people: dict[str, Actor]) -> None:
    admin, inspector = people["admin"], people["inspector"]
    assert seqs(admin) == [5, 4, 3, 2, 1]  # entry 6: that he looked
    assert seqs(inspector)[0] == 6  # entry 7: that the inspector looked
    assert seqs(admin) == [6, 5, 4, 3, 2, 1]
    assert seqs(inspector)[:3] == [8, 7, 6]


def test_entries_are_found_by_purpose_unit_and_zone(world: World, people: dict[str, Actor]) -> None:
    officer, inspector = people["officer"].account, people["inspector"]
    assert officer
    with transaction.atomic():
        record(
            actor=Actor.person(officer, network_zone="Mạng chuyên dùng"),
            kind=Kind.LIVE_OPENED,
            camera=world.quay,
            purpose="state_management",
        )
    assert seqs(inspector, purpose="state_management") == [6]
    assert seqs(inspector, zone="Mạng chuyên dùng") == [6]
    assert seqs(inspector, unit="cang ca de gi") == [4]
    assert seqs(inspector, unit="nowhere") == []


@pytest.mark.parametrize("number", ["118/QĐ-UBND", "118/qd-ubnd", "118/QĐ"])
def test_entries_are_found_by_the_number_of_a_document(people: dict[str, Actor], number: str) -> None:
    with transaction.atomic():
        record(actor=people["admin"], kind=Kind.SEAT_APPOINTED, detail={"document": "118/QĐ-UBND ngày 3/2"})
        record(
            actor=people["admin"],
            kind=Kind.UNIT_CREATED,
            detail={"after": {"document": "118/QĐ-UBND"}, "before": {"document": "7/QĐ-UBND"}},
        )
    assert seqs(people["inspector"], document=number) == [7, 6]
    assert seqs(people["inspector"], document="7/QĐ") == [7]
    assert seqs(people["inspector"], document="QĐ-UBND") == []


def test_a_right_over_one_camera_shows_the_acts_about_it_and_no_others(
    people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    # No role of Quảng Ninh inspects less than everything; the keeper's own devices stand in for such a scope.
    monkeypatch.setattr("thienly.core.ledger.search.INSPECT", Action.CONFIG_DEVICE)
    assert seqs(people["keeper"]) == [4, 2]
    assert Entry.objects.filter(kind=Kind.LEDGER_SEARCHED).count() == 1


@pytest.mark.parametrize("words", ["trần thị bình", "TRAN THI BINH", "Binh", "trucban"])
def test_a_person_is_found_whatever_the_diacritics(people: dict[str, Actor], words: str) -> None:
    assert seqs(people["inspector"], person=words) == [3, 2, 1]


@pytest.mark.parametrize("words", ["cau cang", "Cầu cảng số 1", "cc-001"])
def test_a_camera_is_found_by_its_name_whatever_the_diacritics(people: dict[str, Actor], words: str) -> None:
    assert seqs(people["inspector"], text=words) == [4, 2]


def test_filters_narrow_by_camera_kind_and_time(world: World, people: dict[str, Actor]) -> None:
    inspector, now = people["inspector"], timezone.now()
    assert seqs(inspector, camera=world.gate) == [5, 3]
    assert seqs(inspector, kinds=[Kind.GAP_RECORDED, Kind.CAMERA_CHANGED]) == [5, 4]
    assert seqs(inspector, until=now - timedelta(hours=1)) == []
    assert seqs(inspector, from_=now - timedelta(hours=1), until=now, camera=world.quay) == [4, 2]
    assert seqs(inspector, person="nobody of this name") == []


def test_pages_follow_one_another_without_overlap(people: dict[str, Actor]) -> None:
    first = search(actor=people["inspector"], asked=Asked(until=timezone.now()), size=2)
    assert [entry.seq for entry in first.entries] == [5, 4]
    second = search(actor=people["inspector"], asked=Asked(), size=3, before=first.older)
    assert ([entry.seq for entry in second.entries], second.older) == ([3, 2, 1], None)


def test_a_span_of_time_finds_also_what_was_written_late_or_early(
    people: dict[str, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STRETCH", 4)
    begin = timezone.now() - timedelta(days=30)
    moments = [*range(5), 9, *range(5, 9), 10, 1, 11, 12]  # one lies ahead, another was written late
    with transaction.atomic():
        for hour in moments:
            record(actor=Actor.machine("m"), kind=Kind.INSTALLED, at=begin + timedelta(hours=hour))
        finding.keep_spans(after=0)  # PostgreSQL's function knows stretches of a thousand
    start = Entry.objects.get(kind=Kind.INSTALLED, at=begin).seq
    for first, until in [(0, 2), (1, 2), (4, 6), (9, 10), (11, 13), (12, 40), (-9, -1), (0, 40)]:
        span = {"from_": begin + timedelta(hours=first), "until": begin + timedelta(hours=until)}
        expected = [start + place for place, hour in enumerate(moments) if first <= hour < until]
        assert seqs(people["inspector"], **span)[::-1] == expected
    assert seqs(people["inspector"], until=begin + timedelta(hours=1))[::-1] == [start]


def test_a_name_that_somebody_bore_when_he_acted_still_finds_him(people: dict[str, Actor]) -> None:
    account = people["officer"].account
    assert account
    account.full_name, account.folded = "Trần Thị Cúc", "tran thi cuc trucban"
    with setting_the_scene():
        account.save()
    assert seqs(people["inspector"], person="BÌNH") == [3, 2, 1]
    assert seqs(people["inspector"], person="cuc") == [3, 2, 1]
    assert seqs(people["inspector"], person="stew") == [5]


def test_names_and_spans_can_be_made_again_from_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        monkeypatch.setattr(finding, "STRETCH", 2)
        with transaction.atomic():
            record(actor=Actor.machine("m"), kind=Kind.INSTALLED)
    names = set(Name.objects.values_list("actor_id", "folded"))
    spans = list(Stretch.objects.values_list("last", "earliest", "latest"))
    finding.keep_names()
    finding.keep_spans(after=0)
    assert names == set(Name.objects.values_list("actor_id", "folded"))
    assert set(spans) <= set(Stretch.objects.values_list("last", "earliest", "latest"))
