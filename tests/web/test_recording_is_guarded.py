"""Nobody changes what is transmitted or recorded without the right and a reason; a stop is an event."""

from datetime import datetime, timedelta

import pytest

from tests.core.availability.scene import ROUND, Platform
from tests.web.conftest import Browser, People, Town
from thienly.bus.messages import CameraStatus, Fact, Gap
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.moments import microseconds
from thienly.core.recording.telling import tell
from thienly.core.registry.models import Camera
from thienly.rules.problems import Problem

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=2)


def form(camera: Camera, **changed: str) -> dict[str, str]:
    """The form of the camera as the page shows it, with what somebody changed; `record` "" takes the tick."""
    names = ("code", "name", "sector", "url", "sub_url", "username", "zone", "transport", "fingerprint")
    fields = {name: getattr(camera, name) for name in names} | {"site": camera.site_id.hex, "record": "on"}
    return {name: text for name, text in (fields | changed).items() if text or name != "record"}


def status(camera: Camera, state: str, at_us: int, problem: Problem | None = None) -> Fact:
    return CameraStatus(
        id=f"{state}-{at_us}",
        camera=camera.id.hex,
        recorder="r1",
        at_us=at_us,
        state=state,
        since_us=at_us,
        problem=problem,
    )


def dark(camera: Camera, platform: Platform) -> datetime:
    """Its recorder says that it is recorded, and then that it is not any more: since when."""
    for state, problem in (("recording", None), ("offline", Problem.STALLED)):
        since, us = platform.now, microseconds(platform.now)
        facts: list[Fact] = [status(camera, state, us, problem)]
        if problem:
            facts.append(
                Gap(
                    id="g",
                    gap="g",
                    camera=camera.id.hex,
                    recorder="r1",
                    start_us=us,
                    end_us=None,
                    reason=problem,
                )
            )
        apply_facts(facts, now=platform.now)
        platform.run(ROUND * 3)
        tell(now=platform.now)
    return since


def refused(browser: Browser, path: str, sent: dict[str, str]) -> Entry:
    before = Entry.objects.count()
    answer = browser.post(path, sent)
    assert answer.status_code == 403
    (row,) = Entry.objects.order_by("seq")[before:]
    assert (row.kind, row.detail["status"], row.detail["action"]) == (Kind.REFUSED, 403, "config.device")
    return row


@pytest.mark.req("BDP-005", "NB-026")
def test_recording_is_changed_only_with_the_right_and_a_reason_and_a_stop_is_an_event_in_two_minutes(
    people: People, town: Town
) -> None:
    quay, path = town.quay, f"/cameras/{town.quay.id.hex}/edit/"
    settings = {
        "the schedule": {"record": ""},
        "the address": {"url": "rtsp://10.9.9.9/a"},
        "the way of the pictures": {"transport": "udp"},
    }
    operator, admin, keeper = people.operator(), people.admin(), people.keeper()
    for changed in settings.values():
        for browser in (operator, admin):
            refused(browser, path, form(quay, why="Tôi muốn thế", **changed))
    for browser in (operator, admin):
        refused(browser, f"/cameras/{quay.id.hex}/retire/", {"reason": "Tôi muốn thế"})
    quay.refresh_from_db()
    assert (quay.record, quay.url, quay.transport, quay.retired_at) == (
        True,
        "rtsp://10.0.0.1/live",
        "tcp",
        None,
    )
    # Who may must say why; then it is done, and history keeps who, what and why.
    for what, changed in settings.items():
        answer = keeper.post(path, form(quay, **changed))
        assert answer.status_code == 400 and 'id="why-wrong"' in answer.content.decode(), what
        assert keeper.post(path, form(quay, why=f"Thay đổi: {what}", **changed)).status_code == 302
        row = Entry.objects.filter(kind=Kind.CAMERA_CHANGED).order_by("-seq")[0]
        (name,) = changed
        assert (row.actor_label, row.detail["reason"]) == ("Phạm Minh Hải", f"Thay đổi: {what}")
        assert row.detail["before"].keys() == row.detail["after"].keys() == {name}
        keeper.post(path, form(quay, why="Trả lại như cũ"))
    # A name is neither transmission nor recording.
    assert keeper.post(path, form(quay, name="Cầu cảng số 2")).status_code == 302

    platform = Platform()
    platform.run(ROUND * 2)
    dark_at = dark(quay, platform)
    event = Entry.objects.filter(kind=Kind.CAMERA_STATE_CHANGED, camera_id=quay.id.hex).order_by("-seq")[0]
    assert (event.detail["after"], event.detail["problem"]) == ("offline", "stalled")
    assert dark_at < event.at <= dark_at + SOON
    stopped_at = platform.now
    platform.run(SOON, recorder=False)
    lost = Entry.objects.get(kind=Kind.SERVICE_LOST)
    assert (lost.object_id, lost.actor_kind) == ("recorder:r1", "machine")
    assert stopped_at < lost.at <= stopped_at + SOON
    assert "Đầu ghi r1" in admin.get("/").content.decode()
