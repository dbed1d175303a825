"""Continuity is assessed each month by the clock and at any time on request, and an assessor signs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.recording.scene import camera
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.models import Entry
from thienly.core.recording.assessing import assess, assess_month, fetch_assessment, floor_of, sign
from thienly.core.recording.days import days_between
from thienly.core.recording.models import Assessment, CoverageDay
from thienly.core.recording.spans import midnight
from thienly.core.registry.models import Camera

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # 01:00 of 1 December in Viet Nam
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def month(of: Camera, span: tuple[date, date] = NOVEMBER, *, lost: int = 864, stale: bool = False) -> None:
    """Each day lacks `lost` seconds."""
    tz = timezone.get_default_timezone()
    with setting_the_scene():
        for day in days_between(*span):
            CoverageDay.objects.create(
                camera=of,
                day=day,
                as_of=midnight(day + timedelta(days=1), tz),
                added_at=midnight(day + timedelta(days=1), tz),
                stale=stale and day == span[1],
                expected=86_400,
                recorded=86_400 - lost,
                gap_network=lost,
            )


def inspector(world: World) -> Actor:
    return person("kiemtra", "Ngô Kiểm Tra", role="tttt_guide", unit=world.centre)


@pytest.mark.req_part("NB-058", "BDP-013", "BDM-013")
def test_on_the_first_day_of_a_month_each_camera_has_an_assessment_of_the_month_before() -> None:
    good, bad = camera("A"), camera("B")
    month(good, lost=0)
    month(bad)
    month(bad, OCTOBER, lost=9999)
    assert assess_month(now=FIRST, limit=1) == 1
    assert assess_month(now=FIRST, limit=9) == 1
    assert assess_month(now=FIRST) == 0
    rows = {row.camera_id: row for row in Assessment.objects.all()}
    assert (rows[good.pk].ratio, rows[bad.pk].ratio) == (1.0, pytest.approx(0.99))
    assert {(row.first_day, row.last_day, row.monthly) for row in rows.values()} == {(*NOVEMBER, True)}
    assert rows[bad.pk].expected == 30 * 86_400
    # Quảng Ninh's regulation gives no number: nothing is made up.
    assert floor_of(FIRST.date()) == (None, "")
    assert {row.verdict for row in rows.values()} == {"no_number"}
    assert Entry.objects.filter(kind="continuity.assessed").count() == 2


def test_a_month_whose_facts_are_still_on_their_way_waits_half_a_day_and_not_longer() -> None:
    one = camera()
    month(one, stale=True)
    assert assess_month(now=FIRST) == 0
    assert assess_month(now=FIRST + timedelta(hours=12)) == 1


def test_a_fact_that_comes_late_changes_an_assessment_until_it_is_signed(world: World) -> None:
    month(world.quay)
    assess_month(now=FIRST)
    row = Assessment.objects.get()
    late = FIRST + timedelta(hours=1)
    with setting_the_scene():
        CoverageDay.objects.filter(day=NOVEMBER[0]).update(recorded=86_400, gap_network=0, added_at=late)
    assert assess_month(now=late + timedelta(hours=1)) == 1
    assert assess_month(now=late + timedelta(hours=1)) == 0
    row.refresh_from_db()
    assert row.recorded == 86_400 + 29 * (86_400 - 864)
    sign(actor=inspector(world), assessment_id=row.id, note="Đạt", now=late + timedelta(hours=2))
    with setting_the_scene():
        CoverageDay.objects.update(recorded=0, added_at=late + timedelta(hours=3))
    assert assess_month(now=late + timedelta(hours=4)) == 0


@pytest.mark.req_part("NB-058")
def test_an_assessor_signs_once_and_history_knows_the_numbers(world: World) -> None:
    month(world.quay)
    assess_month(now=FIRST)
    row, actor = Assessment.objects.get(), inspector(world)
    signed = sign(actor=actor, assessment_id=row.id, note="Đạt yêu cầu", now=FIRST)
    assert (signed.signed_by, signed.note) == (actor.account, "Đạt yêu cầu")
    entry = Entry.objects.get(kind="continuity.signed")
    assert (entry.camera_id, entry.detail["ratio"]) == (world.quay.id.hex, "0.9900")
    with pytest.raises(ValidationError):
        sign(actor=actor, assessment_id=row.id, note="Nữa", now=FIRST)
    assert Entry.objects.filter(kind="continuity.signed").count() == 1


def test_who_keeps_the_device_does_not_judge_himself_and_a_stranger_finds_nothing(world: World) -> None:
    month(world.quay)
    assess_month(now=FIRST)
    row = Assessment.objects.get()
    keeper = person("giucang", "Trần Giữ", role="cam_admin", unit=world.port)
    with pytest.raises(NotAllowed):
        sign(actor=keeper, assessment_id=row.id, note="", now=FIRST)
    with pytest.raises(OutsideScope):
        fetch_assessment(actor=Actor.person(province.person("la")), assessment_id=row.id, now=FIRST)
    with pytest.raises(OutsideScope):
        fetch_assessment(actor=keeper, assessment_id="no-id", now=FIRST)
    row.refresh_from_db()
    assert row.signed_at is None


@pytest.mark.req("NB-059")
def test_any_days_are_assessed_on_request_with_who_asked_and_the_instruction(world: World) -> None:
    month(world.quay)
    actor = inspector(world)
    row = assess(
        actor=actor,
        camera=world.quay,
        first=date(2026, 11, 5),
        last=date(2026, 11, 9),
        instruction="Công văn 77/UBND-NC ngày 28/11/2026",
        now=FIRST,
    )
    assert (row.expected, row.requested_by, row.monthly) == (5 * 86_400, actor.account, False)
    told = Entry.objects.get(kind="continuity.assessed")
    assert told.actor_label == "Ngô Kiểm Tra"
    assert told.detail["instruction"] == "Công văn 77/UBND-NC ngày 28/11/2026"
    assert assess_month(now=FIRST) == 1  # the monthly one is another


@pytest.mark.parametrize(
    ("first", "last", "instruction", "field"),
    [
        (None, date(2026, 11, 9), "1/CV", "first"),
        (date(2026, 11, 9), None, "1/CV", "last"),
        (date(2026, 11, 9), date(2026, 11, 8), "1/CV", "last"),
        (date(2024, 11, 9), date(2026, 11, 8), "1/CV", "last"),
        (date(2026, 11, 9), date(2027, 1, 8), "1/CV", "last"),
        (date(2026, 11, 5), date(2026, 11, 8), "  ", "instruction"),
    ],
)
def test_a_request_that_makes_no_sense_says_which_field(
    world: World, first: date | None, last: date | None, instruction: str, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        assess(
            actor=inspector(world),
            camera=world.quay,
            first=first,
            last=last,
            instruction=instruction,
            now=FIRST,
        )
    assert list(refused.value.message_dict) == [field]
