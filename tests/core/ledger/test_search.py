"""Who sees what of history, and that looking leaves a trace."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.core.world import World, person
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import search
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
    return [entry.seq for entry in search(actor=actor, **how).entries]  # type: ignore[arg-type]


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
    first = search(actor=people["inspector"], size=2, until=timezone.now())
    assert [entry.seq for entry in first.entries] == [5, 4]
    second = search(actor=people["inspector"], size=3, before=first.older)
    assert ([entry.seq for entry in second.entries], second.older) == ([3, 2, 1], None)
