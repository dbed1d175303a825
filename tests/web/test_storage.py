"""The page of storage: where recordings lie, who answers for it, the last copy, the last restore, alarms."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from tests.core.storage.test_tiers import backup
from tests.web.conftest import People, Town
from thienly.bus.messages import DiskAlive, Fact, RecorderAlive, RestoreTested, StoreNow
from thienly.conf_stores import BackupConf
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.apply import apply_facts
from thienly.core.recording.heartbeats import save_heartbeat

DISK = StoreNow(store="", kind="disk", purpose="disk", location="Phòng máy Móng Cái", provider="UBND phường")


def heard(*stores: StoreNow, at: datetime, disks: Sequence[DiskAlive] = ()) -> None:
    us = int(at.timestamp() * 1e6)
    beat = RecorderAlive(
        recorder="r1",
        zone="main",
        at_us=us,
        started_us=us,
        cameras=1,
        capacity=10,
        disk_free=1,
        disk_total=2,
        facts_waiting=0,
        stores=list(stores),
        disks=list(disks),
    )
    save_heartbeat(beat, at)


def trial(town: Town, at: datetime, *, ok: bool, step: str = "") -> Fact:
    us = int(at.timestamp() * 1e6)
    return RestoreTested(
        id=uuid4().hex,
        camera=town.gate.id.hex,
        recorder="r1",
        segment=7,
        store="backup",
        start_us=us - 120_000_000,
        end_us=us - 60_000_000,
        at_us=us,
        ok=ok,
        step=step,
        bytes=30_000_000,
        took_ms=900,
    )


@pytest.mark.req("QN-021", "NB-018")
def test_the_backup_shows_its_last_success_its_last_restore_test_and_alarms_when_one_is_overdue(
    people: People, town: Town
) -> None:
    admin, now = people.admin(), timezone.now()
    long_ago = now - timedelta(days=40)
    copied = datetime(2026, 11, 17, 3, 21, tzinfo=UTC)  # 10:21 here
    told = backup(copied_us=int(copied.timestamp() * 1e6))
    heard(DISK, told, at=long_ago)
    apply_facts([trial(town, long_ago, ok=True)], now=now)
    heard(DISK, told, at=now)
    page = admin.get("/storage/").content.decode()
    assert "10:21 · 17/11/2026" in page
    assert "Đã khôi phục" in page and "Đã quá hạn khôi phục thử." in page
    apply_facts([trial(town, now - timedelta(minutes=2), ok=False, step="verify")], now=now)
    page = admin.get("/storage/").content.decode()
    assert "Không đạt" in page and "không đúng với bản đã ghi" in page
    apply_facts([trial(town, now - timedelta(minutes=1), ok=True)], now=now)
    page = admin.get("/storage/").content.decode()
    assert "Đã khôi phục" in page and "quá hạn" not in page and "Mọi thứ đều ổn." in page


@pytest.mark.req_part("DN-009")
def test_each_place_shows_location_and_provider_and_one_abroad_is_an_alarm(people: People) -> None:
    admin, now = people.admin(), timezone.now()
    archive = StoreNow(
        store="archive",
        location="Trung tâm dữ liệu Hòa Lạc",
        provider="Viễn thông tỉnh",
        contract="HĐ 12/2026",
    )
    heard(DISK, archive, at=now)
    page = admin.get("/storage/").content.decode()
    told = (DISK.location, DISK.provider, archive.location, archive.provider, archive.contract)
    assert all(words in page for words in told) and "không ở Việt Nam" not in page
    heard(DISK, archive.model_copy(update={"country": "SG"}), at=now)
    assert "Nơi lưu không ở Việt Nam (SG)." in admin.get("/storage/").content.decode()


def test_a_store_in_trouble_says_what_to_do_and_operators_see_nothing_of_it(people: People) -> None:
    admin, operator = people.admin(), people.operator()
    heard(DISK, backup(trouble="copies_lying"), at=timezone.now())
    assert "Không được tin kho này" in admin.get("/storage/").content.decode()
    assert admin.get("/api/storage").json()[1]["alarms"] == ["trouble"]
    assert operator.get("/storage/").status_code == 403
    assert operator.get("/api/storage").json() == []


def test_the_backup_plan_is_shown_with_who_is_in_it_and_who_is_not(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = people.admin()
    heard(DISK, backup(), at=timezone.now())
    assert "chưa có phương án sao lưu" in admin.get("/storage/").content.decode().lower()
    lines = [
        BackupConf(store="backup", cameras=[town.gate.code]),
        BackupConf(store="xa", units=["Đơn vị không có"]),
    ]
    monkeypatch.setattr(settings.CONF.file, "backups", lines)
    page = admin.get("/storage/").content.decode()
    assert "Theo mã" in page and town.gate.code in page and "Đơn vị không có" in page
    bare = page.split("<details>")[1].split("</details>")[0]
    assert town.quay.code in bare and town.gate.code not in bare


@pytest.mark.req_part("QN-021")
def test_home_says_each_alarm_of_storage_in_one_sentence_with_a_way_there(people: People, town: Town) -> None:
    admin, operator, now = people.admin(), people.operator(), timezone.now()
    long_ago = now - timedelta(days=40)
    late = int((now - timedelta(days=3)).timestamp() * 1e6)
    heard(DISK, backup(), at=long_ago)  # since then no restore was tried
    heard(DISK, backup(waiting=5, oldest_us=late, lost=2, country="SG"), at=now)
    page = admin.get("/").content.decode()
    card = page.split("<h2>Lưu trữ</h2>")[1].split("</section>")[0]
    said = ("quá hạn khôi phục thử", "chậm", "nay không còn")
    assert all(words in card for words in said), card
    assert card.count('href="/storage/"') == 4 and "backup · r1" in card
    assert "không ở Việt Nam" not in card  # that stands on the page of storage
    assert "Lưu trữ</h2>" not in operator.get("/").content.decode()
    heard(DISK, backup(), at=now)
    apply_facts([trial(town, now, ok=True)], now=now)
    assert "<h2>Lưu trữ</h2>" not in admin.get("/").content.decode()


def disk(**state: object) -> DiskAlive:
    fields: dict[str, object] = {"disk": "/mnt/b", "free": 10**12, "total": 2 * 10**12}
    return DiskAlive.model_validate(fields | state)


def test_a_disk_that_should_be_encrypted_and_is_not_is_a_red_sentence_and_stands_in_history(
    people: People,
) -> None:
    admin, now = people.admin(), timezone.now()
    sentence = "chưa được mã hóa, trái với thienly.toml"
    heard(DISK, at=now, disks=[disk(must_encrypt=True, encrypted=False, encryption="sda is not encrypted")])
    heard(DISK, at=now, disks=[disk(must_encrypt=True, encrypted=False)])
    for address in ("/", "/storage/"):
        page = admin.get(address).content.decode()
        assert sentence in page.split('class="notice bad"')[1]
    assert "không mã hóa" in admin.get("/storage/").content.decode()
    (recorder,) = admin.get("/api/health").json()["recorders"]
    assert recorder["disks"][0]["encrypted"] is False and recorder["disks"][0]["must_encrypt"] is True
    (entry,) = Entry.objects.filter(kind=Kind.DISK_ENCRYPTION)
    assert entry.detail == {"encrypted": False, "device": "sda is not encrypted"}
    # Set up anew, it is proven, and the alarm ends.
    heard(DISK, at=now, disks=[disk(must_encrypt=True, encrypted=True, encryption="dm-0: dm-crypt")])
    page = admin.get("/storage/").content.decode()
    assert (
        sentence not in page and "dm-0: dm-crypt" in page and sentence not in admin.get("/").content.decode()
    )
    assert Entry.objects.filter(kind=Kind.DISK_ENCRYPTION).count() == 2


def test_a_disk_of_which_nothing_was_asked_is_no_alarm_whatever_it_is(people: People) -> None:
    admin = people.admin()
    for encrypted in (None, False, True):
        heard(DISK, at=timezone.now(), disks=[disk(encrypted=encrypted)])
        assert "Mọi thứ đều ổn." in admin.get("/storage/").content.decode()
    assert not Entry.objects.filter(kind=Kind.DISK_ENCRYPTION).exists()
