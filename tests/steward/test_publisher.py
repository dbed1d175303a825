"""The bus says what the register says: desired state, jobs, and what becomes of both."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from nats.js.errors import KeyNotFoundError

from tests import province
from tests.core.recording.scene import DAY, camera, status
from tests.guard import setting_the_scene
from tests.steward.house import House, eventually
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import DesiredCamera, Holder, HoldWish, RecorderAlive
from thienly.bus.vault import Vault, open_for
from thienly.core.ledger.keys import new_signing_key
from thienly.core.ledger.models import Checkpoint, Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.models import RecorderState
from thienly.core.registry.models import Camera
from thienly.core.storage.holds import HoldFields, place_hold, release_hold


def change(camera: Camera, **values: object) -> None:
    with setting_the_scene():
        Camera.objects.filter(id=camera.id).update(**values)


async def _jobs(bus: Bus) -> set[str]:
    info = await bus.js.stream_info(subjects.JOBS_STREAM, subjects_filter=subjects.JOBS_SUBJECTS)
    return set(info.state.subjects or ())


async def _desired(bus: Bus) -> dict[str, DesiredCamera]:
    bucket = await bus.bucket(subjects.cameras_bucket("main"))
    watcher = await bucket.watchall(ignore_deletes=True)
    found = {}
    while (entry := await watcher.updates(timeout=2)) is not None:  # type: ignore[no-untyped-call]
        found[entry.key] = DesiredCamera.decode(entry.value)
    return found


async def _holds(bus: Bus) -> dict[str, HoldWish]:
    bucket = await bus.bucket(subjects.HOLDS_BUCKET)
    watcher = await bucket.watchall(ignore_deletes=True)
    found = {}
    while (entry := await watcher.updates(timeout=2)) is not None:  # type: ignore[no-untyped-call]
        found[entry.key] = HoldWish.decode(entry.value)
    return found


async def _hint(bus: Bus) -> None:
    await bus.publish(subjects.DESIRED_CHANGED)
    await bus.nc.flush()


def test_every_camera_of_the_register_is_desired_and_those_that_record_have_a_job(home: House) -> None:
    one, off = camera("A", audio=True), camera("B", record=False)
    gone = camera("C", retired_at=DAY)
    with home.steward():
        eventually(lambda: home.on_bus(_desired).keys() == {one.id.hex, off.id.hex})
        desired = home.on_bus(_desired)
        assert gone.id.hex not in desired
        assert desired[one.id.hex].picture is not None  # how its pictures are judged: tests/core/pictures
        assert desired[one.id.hex].model_copy(update={"picture": None}) == DesiredCamera(
            camera=one.id.hex,
            label="A",
            url="rtsp://192.0.2.1/live",
            record=True,
            audio=True,
            allow_local=True,  # the demo profile
            keep_days=3,
            revision=1,
        )
        eventually(lambda: home.on_bus(_jobs) == {subjects.job("main", one.id.hex)})


def test_a_change_is_published_at_a_hint_and_a_retired_camera_withdraws_its_job(home: House) -> None:
    one, two = camera("A"), camera("B")
    with home.steward():
        eventually(lambda: len(home.on_bus(_jobs)) == 2)
        change(one, url="rtsp://192.0.2.9/other", revision=2)
        change(two, retired_at=DAY, record=False)
        home.on_bus(_hint)
        eventually(lambda: home.on_bus(_jobs) == {subjects.job("main", one.id.hex)}, within_s=5)
        eventually(lambda: two.id.hex not in home.on_bus(_desired), within_s=5)
        assert home.on_bus(_desired)[one.id.hex].revision == 2


def test_a_camera_moved_to_another_zone_stands_only_in_that_queue(home: House) -> None:
    one = camera(sealed_password=Vault.from_file(home.conf.vault_key).seal("bi mat"))
    keys = {"vault_key": home.conf.vault_key, "zone_key": home.conf.zone_key}
    holder = Holder(recorder="r1", since_us=7)

    async def hold(bus: Bus) -> None:
        await (await bus.bucket(subjects.holders_bucket("main"))).put(one.id.hex, holder.encode())

    async def moved(bus: Bus) -> DesiredCamera:
        held = await (await bus.bucket(subjects.holders_bucket("cang"))).get(one.id.hex)
        assert held.value is not None and Holder.decode(held.value) == holder
        with pytest.raises(KeyNotFoundError):
            await (await bus.bucket(subjects.holders_bucket("main"))).get(one.id.hex)
        there = await (await bus.bucket(subjects.cameras_bucket("cang"))).get(one.id.hex)
        assert there.value is not None
        return DesiredCamera.decode(there.value)

    with home.steward():
        eventually(lambda: home.on_bus(_jobs) == {subjects.job("main", one.id.hex)})
        before = home.on_bus(_desired)[one.id.hex]
        assert open_for("main", before.sealed_password, **keys) == "bi mat"
        home.on_bus(hold)
        change(one, zone="cang")
        home.on_bus(_hint)
        eventually(lambda: home.on_bus(_jobs) == {subjects.job("cang", one.id.hex)}, within_s=10)
        # Who had it there keeps its footage as long, and knows neither its address nor its password any more.
        left = home.on_bus(_desired)[one.id.hex]
        assert (left.zone, left.url, left.sealed_password, left.keep_days) == (
            "cang",
            "",
            "",
            before.keep_days,
        )
        there = home.on_bus(moved)
        assert there.url == before.url and open_for("cang", there.sealed_password, **keys) == "bi mat"
        with pytest.raises(ValueError, match="another key"):
            open_for("main", there.sealed_password, **keys)


def test_a_job_that_was_lost_is_offered_again(home: House) -> None:
    one = camera()

    async def lose(bus: Bus) -> None:
        await bus.withdraw_job(zone="main", camera=one.id.hex)

    with home.steward():
        eventually(lambda: home.on_bus(_jobs))
        home.on_bus(lose)
        home.on_bus(_hint)
        eventually(lambda: home.on_bus(_jobs) == {subjects.job("main", one.id.hex)}, within_s=5)


def test_nothing_is_published_again_that_did_not_change(home: House) -> None:
    camera()

    async def revision(bus: Bus) -> int:
        return (await bus.js.stream_info("KV_" + subjects.cameras_bucket("main"))).state.last_seq

    with home.steward():
        eventually(lambda: home.on_bus(_jobs))
        before = home.on_bus(revision)
        for _ in range(3):
            home.on_bus(_hint)
            time.sleep(0.3)
        assert home.on_bus(revision) == before


def test_a_heartbeat_is_written_with_the_moment_at_which_it_was_heard(home: House) -> None:
    beat = RecorderAlive(
        recorder="r1",
        zone="main",
        at_us=0,  # its clock is wrong
        started_us=0,
        cameras=3,
        capacity=10,
        disk_free=5,
        disk_total=9,
        facts_waiting=0,
    )

    async def send(bus: Bus) -> None:
        await bus.publish(subjects.alive("r1"), b"rubbish")
        await bus.publish(subjects.alive("r1"), beat.encode())
        await bus.nc.flush()

    with home.steward():
        eventually(lambda: "steward_started" in home.log)
        eventually(lambda: home.on_bus(send) or RecorderState.objects.exists())
    state = RecorderState.objects.get(name="r1")
    assert timezone.now() - state.seen_at < timedelta(seconds=60)
    assert (state.cameras, state.disk_free) == (3, 5)


def test_checkpoints_are_signed_by_the_clock(home: House) -> None:
    home.conf.ledger_key.write_bytes(new_signing_key())
    with setting_the_scene():
        one = camera()
        apply_facts([status(one, "recording", 0)], now=DAY + timedelta(hours=1))
    with home.steward():
        eventually(lambda: Entry.objects.filter(kind="camera.state").exists())
        eventually(Checkpoint.objects.exists)
    signed = Checkpoint.objects.get()
    assert signed.hash == Entry.objects.get(seq=signed.seq).hash


def test_a_hold_is_told_to_recorders_and_so_is_that_it_is_over(home: House) -> None:
    quay = camera("A")
    centre = province.unit("Trung tâm Giám sát", ["central_manager"])
    keeper = province.holder(centre, "central_operator", name="trucban")
    now = timezone.now()
    fields = HoldFields(
        start=now - timedelta(hours=2),
        end=now - timedelta(hours=1),
        purpose="Va chạm",
        basis="123/CV-CAT",
        until=now + timedelta(days=90),
    )
    with home.steward():
        hold = place_hold(actor=keeper, camera=quay, fields=fields)
        home.on_bus(_hint)
        told = eventually(lambda: home.on_bus(_holds).get(hold.case_id.hex))
        assert (told.camera, told.released) == (quay.id.hex, False)
        release_hold(actor=keeper, case_id=hold.case_id, version=1, note="Đã bàn giao")
        home.on_bus(_hint)
        eventually(lambda: home.on_bus(_holds)[hold.case_id.hex].released)
