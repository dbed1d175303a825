"""The page of availability: services, outages with start, end, cause and response times; nobody edits it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests import province
from tests.api.world import World, client, got
from tests.core.availability.scene import BEGIN, ROUND, Platform
from thienly.core.access.actor import Actor
from thienly.core.availability.report import month_report, seal_month, sealed
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.regulation import shelf
from thienly.rules.profile import Profile

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
HOUR = timedelta(hours=1)
PAGE = "/availability/?month=2026-10"


def shown(page: str) -> str:
    """What stands in a page, without what keeps its forms from being forged, which is new each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.split("<main")[1])


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Actor]:
    """Of a regulation that names a solution provider as BDM Đ3.6 does: he runs the system, day and night."""
    known = shelf.profiles()["QN"]
    cited = {"basis": "explicit", "cite": "Đ3.6"}
    added: dict[str, dict[str, object]] = {
        "unit_types": {"id": "provider", "vi": "đơn vị cung cấp giải pháp", "level": "external"}
        | {"parent": None, "kind": "company"}
        | cited,
        "roles": {"id": "provider_ops", "unit": "provider", "vi": "vận hành 24/7", "seat": "operator"}
        | cited,
        "grants": {"id": "g-provider", "to": "provider_ops", "scope": "all", "purpose": "state_management"}
        | {"actions": ["config.device", "inspect.meta"]}
        | cited,
    }
    text = known.model_dump(by_alias=True)
    for part, entry in added.items():
        text[part] = [*text[part], entry]
    with_provider = Profile.model_validate(text)
    shelf.profiles.cache_clear()
    monkeypatch.setattr(shelf, "adopt", lambda _shelf, _chosen: {"QN": with_provider})
    company = province.unit("Công ty giải pháp", ["provider"])
    yield province.holder(company, "provider_ops", name="nhacungcap")
    shelf.profiles.cache_clear()


def october() -> Platform:
    """The recorder was away for ten minutes, the pages for three."""
    platform = Platform()
    platform.run(ROUND * 2)
    platform.run(timedelta(minutes=10), recorder=False, step=2 * ROUND)
    platform.run(ROUND * 2, started=platform.now)
    platform.run(timedelta(minutes=3), gateway=False, step=2 * ROUND)
    platform.run(ROUND * 2)
    return platform


def at(of: datetime) -> str:
    return timezone.localtime(of).strftime("%H:%M:%S · %d/%m/%Y")


@pytest.mark.req("BDM-022")
def test_the_page_shows_availability_and_each_outage_and_the_provider_cannot_edit_it(provider: Actor) -> None:
    october()
    world = World()
    lost = list(Entry.objects.filter(kind=Kind.SERVICE_LOST).order_by("seq"))
    back = list(Entry.objects.filter(kind=Kind.SERVICE_BACK).order_by("seq"))
    browser = client(provider)
    page = browser.get(PAGE).content.decode()
    for begin, end in zip(lost, back, strict=True):
        assert at(datetime.fromisoformat(begin.detail["since"])) in page
        assert at(datetime.fromisoformat(end.detail["until"])) in page
    assert "Đầu ghi r1" in page and "Tiến trình đã kết thúc và được khởi động lại" in page
    assert "Trang làm việc và hình ảnh" in page and "Không phản hồi" in page
    report = month_report(OCTOBER, now=timezone.now())
    moments = [(begin.detail["since"], end.detail["until"]) for begin, end in zip(lost, back, strict=True)]
    spans = [datetime.fromisoformat(until) - datetime.fromisoformat(since) for since, until in moments]
    away = sum(spans, timedelta()).total_seconds()
    assert report.platform.down == pytest.approx(away) and away > 780
    assert f"{int(100_000 * report.platform.ratio) / 1000:.3f}".replace(".", ",") + " %" in page  # type: ignore[operator]  # measured
    before = shown(page)
    # Nothing that he can send changes it: he is refused, and history has it; nor does anybody else.
    outage = lost[0].detail["outage"]
    everybody = {"provider": provider, "administrator": world.administrator(), "operator": world.operator()}
    for who, actor in everybody.items():
        for method in ("put", "patch", "delete"):
            told = Entry.objects.filter(kind=Kind.REFUSED).count()
            sent = json.dumps({"until": BEGIN.isoformat(), "cause": "planned"})
            answer = getattr(client(actor), method)(
                f"/api/availability/outages/{outage}", sent, content_type="application/json"
            )
            assert (answer.status_code, answer.json()["error"]) == (403, "not_allowed"), (who, method)
            assert answer.json()["reasons"][0]["code"] == "measured_stands"
            assert Entry.objects.filter(kind=Kind.REFUSED).count() == told + 1
    for name in ("acknowledge", "retire"):
        sent = {"act": name, "outage": outage, "service": "recorder:r1", "note": "Bảo trì"}
        assert browser.post("/availability/act/", sent).status_code == 403
    assert shown(browser.get(PAGE).content.decode()) == before
    # Not even with the database in his hands: what it is computed from refuses every change.
    for sql in ("UPDATE ledger_entry SET detail = '{}'", "DELETE FROM ledger_entry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{sql} WHERE kind = 'service.lost'")


@pytest.mark.req("NB-069")
def test_each_outage_has_its_response_times_noticed_acknowledged_and_repaired() -> None:
    platform, world = october(), World()
    platform.run(timedelta(seconds=30), recorder=False)
    admin = client(world.administrator())
    lost = Entry.objects.filter(kind=Kind.SERVICE_LOST).order_by("-seq")[0]
    page = admin.get(PAGE).content.decode()
    assert page.count("chưa tiếp nhận") == 3 and page.count("chưa khắc phục") == 1
    assert "Đầu ghi r1" in admin.get("/").content.decode()  # the alarm at home, while it lasts
    sent = {"act": "acknowledge", "outage": lost.detail["outage"], "month": "2026-10", "note": ""}
    admin.post("/availability/act/", sent)  # grounds are wanted
    assert not Entry.objects.filter(kind=Kind.OUTAGE_ACKNOWLEDGED).exists()
    answer = admin.post("/availability/act/", sent | {"note": "Đã cử người đến"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    platform.run(timedelta(minutes=3), recorder=False, step=2 * ROUND)
    platform.run(ROUND * 2, started=platform.now)
    page = admin.get(PAGE).content.decode()
    assert page.count("chưa tiếp nhận") == 2 and "chưa khắc phục" not in page
    assert "Đã cử người đến" in page and "quantri" in page
    rows = list(csv.DictReader(io.StringIO(admin.get(f"{PAGE}&csv=1").content.decode("utf-8-sig"))))
    assert len(rows) == 3
    for row in rows:
        assert 15 < float(row["Phát hiện sau, giây"]) <= 120
        assert float(row["Khắc phục sau, giây"]) >= float(row["Phát hiện sau, giây"])
    assert [bool(row["Tiếp nhận sau, giây"]) for row in rows] == [False, False, True]
    assert rows[2]["Người tiếp nhận"] == "quantri"
    assert "không hoạt động" not in admin.get("/").content.decode()


@pytest.mark.req_part("BDM-016")
def test_the_report_of_a_month_is_sealed_and_gives_the_same_bytes_when_it_is_computed_again() -> None:
    platform, world = october(), World()
    admin = world.administrator()
    assert not seal_month(now=datetime.fromisoformat("2026-11-01T00:30:00+07:00"))  # what is late still comes
    november = datetime.fromisoformat("2026-11-01T01:00:01+07:00")
    assert seal_month(now=november) and not seal_month(now=november + HOUR)
    seal = sealed(OCTOBER)
    assert seal is not None
    ask = {"month": "2026-10", "seq": str(seal.seq)}
    first = client(admin).get("/api/availability", ask)
    assert sha256(first.content).hexdigest() == seal.sha256 == first["X-Report-SHA256"]
    assert len(json.loads(first.content)["outages"]) == 2
    # What is added afterwards changes nothing of it.
    lost = Entry.objects.filter(kind=Kind.SERVICE_LOST).order_by("seq")[0]
    sent = {"act": "acknowledge", "outage": lost.detail["outage"], "note": "Mất điện", "month": "2026-10"}
    client(admin).post("/availability/act/", sent)
    platform.run(timedelta(minutes=1), recorder=False)
    assert client(admin).get("/api/availability", ask).content == first.content
    assert client(admin).get("/api/availability", {"month": "2026-10"}).content != first.content
    assert "cho cùng kết quả khi tính lại" in client(admin).get(PAGE).content.decode()
    for wrong in ("2026-13", "x", "1999-01"):
        assert got(admin, "availability", month=wrong)[0] == 422


def test_a_recorder_that_will_not_come_back_is_taken_out_of_use_by_a_person_and_measured_no_longer() -> None:
    platform, world = october(), World()
    admin = client(world.administrator())
    sent = {"act": "retire", "service": "recorder:r1", "note": "Đã tháo", "month": "2026-10"}
    admin.post("/availability/act/", sent)
    assert not Entry.objects.filter(kind=Kind.SERVICE_RETIRED).exists()  # it works
    platform.run(timedelta(minutes=1), recorder=False)
    admin.post("/availability/act/", sent)
    assert Entry.objects.get(kind=Kind.SERVICE_RETIRED).detail["note"] == "Đã tháo"
    before = Entry.objects.filter(kind=Kind.SERVICE_LOST).count()
    platform.run(timedelta(minutes=2), recorder=False)
    assert Entry.objects.filter(kind=Kind.SERVICE_LOST).count() == before
    assert "ngừng sử dụng" in admin.get(PAGE).content.decode()


def test_only_who_may_know_the_installation_reads_it() -> None:
    world = World()
    keeper, operator = client(world.keeper()), client(world.operator())
    assert keeper.get(PAGE).status_code == 403
    assert keeper.get("/api/availability?month=2026-10").status_code == 403
    page = operator.get(PAGE)
    assert page.status_code == 200 and "Không có số liệu đo" in page.content.decode()
