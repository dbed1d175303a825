"""A mine's page: how much of each month its cameras recorded, and the gaps of the month."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.api.world import World, client
from tests.guard import setting_the_scene
from thienly.core.recording.models import CoverageDay, Gap
from thienly.core.registry.models import Camera

pytestmark = pytest.mark.django_db


def day(of: Camera, when: date, recorded: int) -> None:
    with setting_the_scene():
        CoverageDay.objects.create(
            camera=of,
            day=when,
            as_of=timezone.now(),
            stale=False,
            expected=86_400,
            recorded=recorded,
            gap_network=86_400 - recorded,
        )


@pytest.mark.req_part("BDM-013")
def test_a_mine_shows_its_share_of_each_month_and_its_gaps() -> None:
    world = World()
    second = province.camera(world.mine, "MO-002", sector="mining")
    day(world.gate, date(2026, 9, 10), 86_400)
    day(world.gate, date(2026, 10, 10), 43_200)
    day(second, date(2026, 10, 10), 86_400)
    day(world.quay, date(2026, 10, 10), 0)
    begin = datetime.fromisoformat("2026-10-10T08:15:00+07:00")
    with setting_the_scene():
        Gap.objects.create(
            gap="g", camera=world.gate, recorder="r1", start=begin, end=begin + timedelta(hours=12),
            reason="stalled", known_at=begin,
        )  # fmt: skip
    path = f"/continuity/sites/{world.mine.pk.hex}/"
    page = client(world.operator()).get(path, {"month": "2026-10"}).content.decode()
    months = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0].split("<tr>")[1:]
    assert len(months) == 2
    assert "10/2026" in months[0] and "75,00 %" in months[0] and "12 giờ" in months[0]
    assert "09/2026" in months[1] and "100,00 %" in months[1]
    cameras = page.split('<section class="card">')[2:]
    assert "MO-001" in cameras[0] and "50,00 %" in cameras[0] and "08:15:00 · 10/10/2026" in cameras[0]
    assert "MO-002" in cameras[1] and "<table" not in cameras[1]
    assert "CA-001" not in page
    assert client(world.keeper()).get(path).status_code == 404  # the keeper of the port knows no mine
