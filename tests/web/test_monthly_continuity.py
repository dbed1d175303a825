"""On the first day of a month stands what the month before was worth, for each camera, with its gaps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, client
from tests.guard import setting_the_scene
from tests.regulations import beside_qn
from thienly.bus.messages import Gap as GapFact
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.assessing import assess_month
from thienly.core.recording.days import add_up, begin_day, make_stale
from thienly.core.recording.models import Assessment, Coverage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.rules.coverage import HOUR_BYTES, unmark
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 9, 30, 17, tzinfo=UTC)  # 0:00 of 1 October in Viet Nam
LAST = datetime(2026, 10, 31, 17, tzinfo=UTC)  # 0:00 of 1 November
HOUR = timedelta(hours=1)
WHOLE = b"\xff" * HOUR_BYTES
MONTH_S = 31 * 86_400


@pytest.fixture
def ninh_binh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """NB Đ9.1, with the number that the province has set."""
    with beside_qn(monkeypatch, "NB"):
        yield


def month_of_footage(camera: Camera, *gaps: tuple[datetime, timedelta, Problem]) -> None:
    """Recorded for all of October but in the gaps (within an hour each), as its recorder told it."""
    hours = {FIRST + n * HOUR: WHOLE for n in range(31 * 24)}
    facts = []
    for number, (start, span, reason) in enumerate(gaps):
        hour = start.replace(minute=0, second=0)
        first = int((start - hour).total_seconds())
        hours[hour] = unmark(hours[hour], first, first + int(span.total_seconds()))
        name = f"{camera.code}-{number}"
        us = microseconds(start), microseconds(start + span)
        facts.append(
            GapFact(
                id=name,
                gap=name,
                camera=camera.pk.hex,
                recorder="r1",
                start_us=us[0],
                end_us=us[1],
                reason=reason,
            )
        )
    with setting_the_scene():
        Coverage.objects.bulk_create(
            Coverage(camera=camera, recorder="r1", hour=hour, seconds=seconds)
            for hour, seconds in hours.items()
        )
    apply_facts(facts, now=LAST)
    make_stale([(camera.pk, FIRST, LAST)], now=LAST + HOUR)


def first_day(now: datetime) -> None:
    """What the steward's clock does, until nothing is left to do."""
    begin_day(now=now)
    while add_up(now=now):
        pass
    while assess_month(now=now):
        pass


@pytest.mark.req("BDP-013", "NB-058")
def test_on_the_first_day_of_a_month_each_camera_has_its_percentage_gaps_verdict_and_a_signature(
    ninh_binh: None,
) -> None:
    world = World()
    cut = FIRST + timedelta(days=9, hours=8, minutes=15)
    month_of_footage(world.quay, (cut, timedelta(minutes=30), Problem.STALLED))
    many = [(FIRST + timedelta(days=n), HOUR, Problem.STORE_FULL) for n in range(20)]
    month_of_footage(world.gate, *many)
    first_day(LAST + 2 * HOUR)  # 2:00 of 1 November
    assert Assessment.objects.filter(monthly=True, first_day="2026-10-01").count() == 2
    assessor = province.holder(world.guide, "tttt_guide", name="kiemtra")
    browser, operator = client(assessor), client(world.operator())
    listing = operator.get("/continuity/?month=2026-10").content.decode()
    share = {
        camera.code: int(10_000 * (MONTH_S - lost) / MONTH_S) / 100
        for camera, lost in ((world.quay, 1800), (world.gate, 20 * 3600))
    }
    assert (share["CA-001"], share["MO-001"]) == (99.93, 97.31)
    assert listing.index("97,31 %") < listing.index("99,93 %")
    assert "Không đạt" in listing or "không đạt" in listing
    paths = {
        code: f"/continuity/{camera.pk.hex}/"
        for code, camera in (("CA-001", world.quay), ("MO-001", world.gate))
    }
    page = browser.get(paths["CA-001"], {"month": "2026-10"}).content.decode()
    assert "99,93 %" in page and "NB Đ9.1" in page and "Đạt" in page
    assert timezone.localtime(cut).strftime("%H:%M:%S · %d/%m/%Y") in page and "30 phút" in page
    other = browser.get(paths["MO-001"], {"month": "2026-10"}).content.decode()
    for start, _span, _reason in many:
        assert timezone.localtime(start).strftime("%H:%M:%S · %d/%m/%Y") in other
    assert "97,31 %" in other and "Không đạt" in other
    assert 'value="sign"' in other and "đã ký" not in other
    # The assessor signs both; the keeper of the device cannot.
    for code, camera in (("CA-001", world.quay), ("MO-001", world.gate)):
        made = Assessment.objects.get(camera=camera, monthly=True)
        sign = {"act": "sign", "assessment": made.pk.hex, "note": f"Đã đối chiếu {code}", "month": "2026-10"}
        if code == "CA-001":
            assert client(world.keeper()).post(f"{paths[code]}act/", sign).status_code == 403
        assert browser.post(f"{paths[code]}act/", sign).status_code == 302
        page = browser.get(paths[code], {"month": "2026-10"}).content.decode()
        assert f"Đã đối chiếu {code}" in page and "kiemtra" in page
    signed = Entry.objects.filter(kind=Kind.CONTINUITY_SIGNED).order_by("seq")
    assert [(row.actor_label, row.detail["verdict"]) for row in signed] == [
        ("kiemtra", "met"),
        ("kiemtra", "missed"),
    ]
    assert operator.get("/continuity/?month=2026-10").content.decode().count("đã ký") == 2
