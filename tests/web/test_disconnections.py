"""Why a camera was cut off: the cause is classified, a manual stop attributed; it can be a violation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from tests.web.conftest import Browser, People, Town
from tests.web.test_recording_is_guarded import form
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import Gap
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def cut(camera: Camera, name: str, reason: Problem, *, hours_ago: float = 0) -> Gap:
    start = timezone.now() - hours_ago * HOUR
    with setting_the_scene():
        return Gap.objects.create(
            gap=name, camera=camera, recorder="r1", start=start, reason=reason, known_at=timezone.now()
        )


def row(browser: Browser, camera: Camera, gap: Gap) -> str:
    """The gap's line on the page of the month."""
    month = timezone.localtime(gap.start).strftime("%Y-%m")
    page = browser.get(f"/continuity/{camera.pk.hex}/", {"month": month}).content.decode()
    (line,) = [line for line in page.split("<tr>") if f'name="gap" value="{gap.gap}"' in line]
    return line.split("<details")[0]


def say(browser: Browser, gap: Gap, cls: str, **more: str) -> int:
    sent = {"act": "classify", "gap": gap.gap, "cls": cls, "note": "Biên bản 3/BB", **more}
    return browser.post(f"/continuity/{gap.camera_id.hex}/act/", sent).status_code


@pytest.mark.req("NB-021")
def test_a_cut_is_classified_a_manual_stop_is_somebodys_or_nobodys_and_can_become_a_violation(
    people: People, town: Town
) -> None:
    keeper = people.keeper()
    inspector = people.of("kiemtra", "Ngô Kiểm Tra", "tttt_guide", town.centre)
    # What the recorder reports proves a class where only one is possible; else a person says what it was.
    spare = province.camera(town.quay.site, "CC-002", sector="fishing_port")
    proven = {"refused": "hỏng thiết bị", "host_unknown": "sự cố đường truyền"}
    for reason, words in proven.items():
        derived = cut(spare, reason, Problem(reason), hours_ago=2)
        assert words in row(keeper, spare, derived).lower(), reason
    dark = cut(spare, "dark", Problem.UNREACHABLE, hours_ago=1)
    assert "chưa xác định" in row(keeper, spare, dark).lower()
    said = {"power": "mất điện", "network": "sự cố đường truyền", "device": "hỏng thiết bị"}
    for cls, words in (said | {"manual": "do người tắt hoặc ngắt kết nối"}).items():
        assert say(keeper, dark, cls) == 302
        assert words in row(keeper, spare, dark).lower(), cls
    assert "người thực hiện: không xác định" in row(keeper, spare, dark)

    # Somebody stops a recording: the stop is his.
    switched = form(town.quay, record="", why="Không muốn ghi")
    assert keeper.post(f"/cameras/{town.quay.pk.hex}/edit/", switched).status_code == 302
    stopped = cut(town.quay, "off", Problem.NOT_SCHEDULED)
    line = row(keeper, town.quay, stopped)
    assert "Do người tắt hoặc ngắt kết nối" in line and "người thực hiện: Phạm Minh Hải" in line
    # A plug that was pulled long after any change of settings is nobody's that is known.
    pulled = cut(town.gate, "pulled", Problem.NOT_SCHEDULED, hours_ago=5)
    assert "người thực hiện: không xác định" in row(inspector, town.gate, pulled)

    # It can become a violation: suspected by who keeps or inspects, decided by who inspects.
    assert say(inspector, stopped, "power", suspect="1") == 400  # a power failure is nobody's doing
    assert not Entry.objects.filter(kind=Kind.VIOLATION_SUSPECTED).exists()
    assert say(inspector, stopped, "manual", suspect="1") == 302
    assert "Nghi vi phạm" in row(keeper, town.quay, stopped)
    entry = Entry.objects.get(kind=Kind.VIOLATION_SUSPECTED)
    assert (entry.actor_label, entry.detail["person"]) == ("Ngô Kiểm Tra", "Phạm Minh Hải")
    case = Case.objects.get(outage__gap=stopped.gap)
    page = f"/faults/{case.pk.hex}/"
    sent = {"action": "confirm", "version": str(case.version), "note": "Quyết định 9/QĐ-XPVPHC"}
    assert keeper.post(f"{page}step/", sent).status_code == 403
    assert inspector.post(f"{page}step/", sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "violation"
    assert "Đã xác định vi phạm" in keeper.get(page).content.decode()
    assert say(inspector, pulled, "manual", suspect="1") == 302
    assert Entry.objects.filter(kind=Kind.VIOLATION_SUSPECTED).order_by("-seq")[0].detail["person"] == ""
