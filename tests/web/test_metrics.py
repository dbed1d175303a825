"""`/metrics`: who may read it, and what it says."""

import shutil
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tests import province
from tests.guard import setting_the_scene
from tests.web.conftest import People
from thienly import membership
from thienly.bus.authority import Authority
from thienly.bus.messages import RecorderAlive
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.models import CameraState, RecorderState

pytestmark = pytest.mark.django_db


def scraped(address: str = "127.0.0.1", **headers: str) -> dict[tuple[str, ...], float]:
    answer = Client(REMOTE_ADDR=address).get("/metrics", headers=headers)
    assert answer.status_code == 200, answer
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def beat(**changes: object) -> RecorderAlive:
    fields: dict[str, object] = {
        "recorder": "r1",
        "zone": "main",
        "at_us": 1_790_000_000_000_000,
        "started_us": 1_780_000_000_000_000,
        "cameras": 3,
        "capacity": 400,
        "disk_free": 5_000,
        "disk_total": 9_000,
        "facts_waiting": 7,
    }
    return RecorderAlive.model_validate(fields | changes)


@pytest.fixture
def listed() -> Iterator[None]:
    settings.CONF.file.metrics_from.append("10.9.0.0/16")
    yield
    settings.CONF.file.metrics_from.clear()


def test_a_listed_address_reads_without_signing_in_and_no_other_does(listed: None) -> None:
    assert scraped("10.9.1.2")["thienly_ledger_entries",] >= 0
    for address in ("10.8.0.1", "127.0.0.1", "", "::1"):
        answer = Client(REMOTE_ADDR=address).get("/metrics")
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/signin/")
    # A header does not move anybody: the peer is no listed proxy.
    assert (
        Client(REMOTE_ADDR="10.8.0.1").get("/metrics", headers={"X-Forwarded-For": "10.9.1.2"}).status_code
        == 302
    )
    # Being listed opens this address and nothing else.
    assert Client(REMOTE_ADDR="10.9.1.2").get("/cameras/").status_code == 302


def test_what_recorders_tell_becomes_series_and_what_nobody_knows_does_not(listed: None) -> None:
    told = {"bytes": 12.0, "reconnects": 2.0, "disk_days_left": 3.5, "so_la": 1.0, "fragments": float("inf")}
    with setting_the_scene():
        save_heartbeat(beat(clock_synced=True, clock_error_ms=20, numbers=told), timezone.now())
        for number, state in enumerate(["recording", "recording", "offline"]):
            camera = province.camera(province.site(province.unit(f"Đơn vị {number}"), "Bãi"), f"C-{number}")
            CameraState.objects.create(
                camera=camera, recorder="r1", state=state, since=timezone.now(), reported_at=timezone.now()
            )
        province.camera(province.site(province.unit("Đơn vị khác"), "Bãi"), "C-9")
    found = scraped("10.9.1.2")
    assert found["thienly_recorder_bytes_total", "r1"] == 12
    assert found["thienly_recorder_reconnects_total", "r1"] == 2
    assert found["thienly_recorder_disk_days_left", "r1"] == 3.5
    assert found["thienly_recorder_facts_waiting", "r1"] == 7
    assert found["thienly_recorder_up", "r1"] == 1
    assert found["thienly_recorder_clock_synced", "r1"] == 1
    assert found["thienly_cameras", "recording"] == 2 and found["thienly_cameras", "offline"] == 1
    assert found["thienly_cameras", "unknown"] == 1
    assert found["thienly_gateway_viewers", "live"] == 0
    assert not [name for name in found if "so_la" in name[0]]
    assert RecorderState.objects.get().numbers == {"bytes": 12.0, "reconnects": 2.0, "disk_days_left": 3.5}


def test_the_state_of_a_recorders_clock_stands_in_history_when_it_changes(listed: None) -> None:
    for synced in (None, True, True, False, None, False, True):
        save_heartbeat(beat(clock_synced=synced, clock_error_ms=5), timezone.now())
    told = [
        (entry.detail["before"], entry.detail["after"])
        for entry in Entry.objects.filter(kind=Kind.RECORDER_CLOCK).order_by("seq")
    ]
    assert told == [(None, True), (True, False), (None, False), (False, True)]
    assert scraped("10.9.1.2")["thienly_recorder_clock_synced", "r1"] == 1


def test_who_inspects_the_installation_reads_on_the_home_page_whose_clock_strays(people: People) -> None:
    with setting_the_scene():
        save_heartbeat(beat(recorder="dau-ghi-7", clock_synced=False), timezone.now())
        save_heartbeat(beat(recorder="dau-ghi-8", clock_synced=True), timezone.now())
    admin = people.admin()
    page = admin.get("/").content.decode()
    assert "dau-ghi-7" in page and "dau-ghi-8" not in page
    assert "dau-ghi-7" not in people.operator().get("/").content.decode()
    told = admin.get("/api/health").json()["recorders"]
    assert [(one["name"], one.get("clock_synced")) for one in told] == [
        ("dau-ghi-7", False),
        ("dau-ghi-8", True),
    ]


@pytest.fixture
def members() -> Iterator[Authority]:
    """Of the installation under test; gone afterwards."""
    yield membership.authority(settings.CONF)
    shutil.rmtree(settings.CONF.bus_keys, ignore_errors=True)


def test_a_certificate_that_ends_soon_is_a_number_and_a_sentence_for_who_inspects(
    listed: None, people: People, members: Authority
) -> None:
    assert not [name for name in scraped("10.9.1.2") if name[0] == "thienly_bus_certificate_days_left"]
    for name, days in (("dau-ghi-3", 9), ("dau-ghi-4", 300), ("dau-ghi-5", 8)):
        members.issue("recorder", name, now=timezone.now(), zone="cang", days=days)
    members.revoke("recorder", "dau-ghi-5", now=timezone.now())
    found = scraped("10.9.1.2")
    assert 8.9 < found["thienly_bus_certificate_days_left", "dau-ghi-3", "recorder"] <= 9
    assert found["thienly_bus_certificate_days_left", "dau-ghi-4", "recorder"] > 299
    assert ("thienly_bus_certificate_days_left", "dau-ghi-5", "recorder") not in found
    page = people.admin().get("/").content.decode()
    assert "dau-ghi-3" in page and "dau-ghi-4" not in page and "dau-ghi-5" not in page
    assert "dau-ghi-3" not in people.operator().get("/").content.decode()
