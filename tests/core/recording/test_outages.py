"""Outages are announced before they begin, and classified before their case is closed."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.recording.scene import DAY, at, closed, gap
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.cases import engine
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.days import add_up, begin_day
from thienly.core.recording.gaps import longest_gaps
from thienly.core.recording.models import CoverageDay, Gap, OutageFinding
from thienly.core.recording.moments import instant
from thienly.core.recording.outages import announce, classify, open_outage, withdraw
from thienly.core.registry.cameras import CameraFields
from thienly.core.registry.models import Camera
from thienly.core.registry.services import change_camera
from thienly.rules.cases import IllegalStep
from thienly.rules.outage import OutageClass
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
H = 3600
NOW = DAY + timedelta(hours=12)


def keeper(world: World) -> Actor:
    return person("giucang", "Trần Thị Giữ", role="cam_admin", unit=world.port)


def hour(n: float) -> datetime:
    return instant(at(n * H))


def dark(of: Camera, name: str = "g", reason: Problem = Problem.STALLED) -> Gap:
    apply_facts([gap(of, name, 2 * H, 3 * H, reason), closed(of, 3 * H, 4 * H)], now=NOW)
    return Gap.objects.get(gap=name)


def test_who_keeps_the_device_announces_and_history_knows(world: World) -> None:
    actor = keeper(world)
    row = announce(
        actor=actor,
        camera=world.quay,
        start=hour(14),
        end=hour(16),
        reason="Thay nguồn",
        document="12/TB ngày 16/11/2026",
        now=NOW,
    )
    assert Entry.objects.get(kind="outage.planned").detail["document"] == "12/TB ngày 16/11/2026"
    viewer = person("xem", "Lê Xem", role="central_operator", unit=world.centre)
    with pytest.raises(NotAllowed):
        announce(
            actor=viewer, camera=world.quay, start=hour(14), end=hour(16), reason="x", document="1", now=NOW
        )
    with pytest.raises(OutsideScope):
        announce(
            actor=actor, site=world.gate.site, start=hour(14), end=hour(16), reason="x", document="1", now=NOW
        )
    withdraw(actor=actor, outage_id=row.id, now=NOW)
    withdraw(actor=actor, outage_id=row.id.hex, now=NOW)
    assert Entry.objects.filter(kind="outage.withdrawn").count() == 1
    with pytest.raises(OutsideScope):
        withdraw(actor=Actor.person(province.person("la")), outage_id=row.id, now=NOW)


def class_of_gap(one: Gap) -> OutageClass:
    (seen,), _ = longest_gaps(one.camera, DAY, NOW, now=NOW, most=9)
    return seen.cls


@pytest.mark.parametrize(
    ("start", "end", "texts", "field"),
    [
        (None, 16, ("x", "1"), "start"),
        (14, None, ("x", "1"), "end"),
        (14, 14, ("x", "1"), "end"),
        (2, 3, ("x", "1"), "end"),
        (14, 14 + 24 * 100, ("x", "1"), "end"),
        (14, 16, (" ", "1"), "reason"),
        (14, 16, ("x", ""), "document"),
    ],
)
def test_an_announcement_that_makes_no_sense_says_which_field(
    world: World, start: int | None, end: int | None, texts: tuple[str, str], field: str
) -> None:
    reason, document = texts
    with pytest.raises(ValidationError) as refused:
        announce(
            actor=keeper(world),
            camera=world.quay,
            start=None if start is None else hour(start),
            end=None if end is None else hour(end),
            reason=reason,
            document=document,
            now=NOW,
        )
    assert list(refused.value.message_dict) == [field]


def test_the_class_is_derived_where_the_problem_proves_it_and_unknown_where_not(world: World) -> None:
    assert class_of_gap(dark(world.quay, "a", Problem.AUTH_FAILED)) is OutageClass.DEVICE
    assert class_of_gap(dark(world.gate, "b", Problem.UNREACHABLE)) is OutageClass.UNKNOWN


@pytest.mark.req("QN-029")
def test_an_outage_is_classified_before_it_is_closed(world: World) -> None:
    actor, one = keeper(world), dark(world.quay)
    case = open_outage(actor=actor, gap_id=one.gap)
    assert open_outage(actor=actor, gap_id=one.gap) == case
    with pytest.raises(IllegalStep):
        engine.step(actor=actor, case_id=case.id, action="close", version=1)
    with pytest.raises(IllegalStep):  # a bare step would leave it without a class
        engine.step(actor=actor, case_id=case.id, action="classify", version=1, note="x")
    with pytest.raises(ValidationError):  # grounds are wanted
        classify(actor=actor, case_id=case.id, cls="sabotage", version=1, note=" ", now=NOW)
    with pytest.raises(ValidationError):
        classify(actor=actor, case_id=case.id, cls="gremlins", version=1, note="x", now=NOW)
    with pytest.raises(ValidationError):  # nothing was announced
        classify(actor=actor, case_id=case.id, cls="planned", version=1, note="x", now=NOW)
    case = classify(actor=actor, case_id=case.id, cls="sabotage", version=1, note="Dây bị cắt", now=NOW)
    case = classify(actor=actor, case_id=case.id, cls="power", version=2, note="Mất điện trạm", now=NOW)
    assert class_of_gap(one) is OutageClass.POWER
    told = Entry.objects.filter(kind="outage.classified").order_by("seq")
    assert [(entry.detail["before"], entry.detail["after"]) for entry in told] == [
        ("", "sabotage"),
        ("sabotage", "power"),
    ]
    case = engine.step(actor=actor, case_id=case.id, action="close", version=3)
    assert case.closed_at is not None


def test_what_a_person_found_is_in_the_sums_of_the_day(world: World) -> None:
    with setting_the_scene():
        Camera.objects.update(created_at=DAY - timedelta(days=9))
    actor, one, later = keeper(world), dark(world.quay), DAY + timedelta(hours=20)
    case = open_outage(actor=actor, gap_id=one.gap)
    begin_day(now=later)
    add_up(now=later)
    row = CoverageDay.objects.get(camera=world.quay, day=DAY.date())
    assert (row.gap_unknown, row.gap_power) == (H, 0)
    classify(actor=actor, case_id=case.id, cls="power", version=1, note="Mất điện", now=later)
    add_up(now=later)
    row.refresh_from_db()
    assert (row.gap_unknown, row.gap_power) == (0, H)


def test_a_case_of_a_gap_outside_the_scope_or_of_none_is_not_found(world: World) -> None:
    actor, one = keeper(world), dark(world.gate)
    with pytest.raises(OutsideScope):
        open_outage(actor=actor, gap_id=one.gap)
    with pytest.raises(OutsideScope):
        open_outage(actor=actor, gap_id="nothing")
    assert not OutageFinding.objects.exists()


@pytest.mark.req_part("NB-021")
def test_a_manual_stop_is_attributed_to_the_person_or_to_nobody_established(world: World) -> None:
    actor, now = keeper(world), timezone.now()
    change_camera(actor=actor, camera=world.quay, fields=CameraFields(record=False), why="Bảo trì")
    with setting_the_scene():
        for name, camera, start in (("a", world.quay, now), ("b", world.gate, now - timedelta(hours=1))):
            Gap.objects.create(
                gap=name, camera=camera, recorder="r1", start=start, reason="not_scheduled", known_at=now
            )
    span = {"now": now + timedelta(minutes=5), "most": 9}
    (switched,), _ = longest_gaps(world.quay, now - timedelta(days=1), now + timedelta(minutes=5), **span)
    (other,), _ = longest_gaps(world.gate, now - timedelta(days=1), now + timedelta(minutes=5), **span)
    assert (switched.cls, switched.stopped_by) == (OutageClass.MANUAL, "Trần Thị Giữ")
    assert (other.cls, other.stopped_by) == (OutageClass.MANUAL, "")
