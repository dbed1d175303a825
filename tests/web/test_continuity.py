"""The pages of continuity: the worst first, explained, excused, assessed and signed by who may."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.api.world import World, client, got
from tests.guard import setting_the_scene
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import Assessment, CoverageDay, Gap, OldestProof, PlannedOutage
from thienly.core.registry.models import Camera
from thienly.web.csv_cells import cell

pytestmark = pytest.mark.django_db


def day(of: Camera, recorded: int) -> None:
    with setting_the_scene():
        CoverageDay.objects.create(
            camera=of,
            day=timezone.localdate(),
            as_of=timezone.now(),
            stale=False,
            expected=10_000,
            recorded=recorded,
            gap_network=10_000 - recorded,
        )


def world_of_figures() -> World:
    world = World()
    day(world.quay, 9_999)
    day(world.gate, 5_000)
    return world


def inspector(world: World):  # type: ignore[no-untyped-def] # an Actor
    from tests import province

    return province.holder(world.guide, "tttt_guide", name="kiemtra")


@pytest.mark.req_part("BDP-013", "BDM-013", "NB-058")
def test_the_worst_camera_stands_first_and_nobody_sees_what_he_may_not_know() -> None:
    world = world_of_figures()
    seer = world.operator()
    page = client(seer).get("/continuity/").content.decode()
    assert page.index("MO-001") < page.index("CA-001")
    assert "50,00 %" in page and "99,99 %" in page
    of_keeper = client(world.keeper()).get("/continuity/").content.decode()
    assert "CA-001" in of_keeper and "MO-001" not in of_keeper
    filtered = client(seer).get("/continuity/", {"site": world.port.id.hex}).content.decode()
    assert "CA-001" in filtered and "MO-001" not in filtered
    assert "CA-001" not in client(world.nobody()).get("/continuity/").content.decode()
    for month in ("2026-13", "abc", "0001-01", "9999-12", "2026-01"):
        assert client(seer).get("/continuity/", {"month": month}).status_code == 200


def test_the_sheet_opens_as_it_is_meant_and_history_knows_who_took_it() -> None:
    world = world_of_figures()
    with setting_the_scene():
        Camera.objects.filter(pk=world.quay.pk).update(name="=HYPERLINK(1)")
    answer = client(world.operator()).get("/continuity/", {"csv": "1"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["MO-001", "CA-001"]
    assert rows[2][1] == "'=HYPERLINK(1)"
    assert rows[1][4:7] == ["50.0", "10000", "5000"]
    assert Entry.objects.get(kind="continuity.exported").detail["cameras"] == 2
    assert [cell(text)[:1] for text in ("=1", "+1", "-1", "@a", "\ta")] == ["'"] * 5
    assert cell("Cảng") == "Cảng"


def test_a_gap_is_explained_an_outage_announced_and_the_month_assessed_on_one_page() -> None:
    world = world_of_figures()
    now = timezone.now()
    with setting_the_scene():
        Gap.objects.create(
            gap="g", camera=world.quay, recorder="r1", start=now - timedelta(hours=2),
            end=now - timedelta(hours=1), reason="stalled", known_at=now,
        )  # fmt: skip
    keeper, path = client(world.keeper()), f"/continuity/{world.quay.id.hex}/"
    assert "chưa xác định" in keeper.get(path).content.decode().lower()
    said = {"act": "classify", "gap": "g", "cls": "power", "note": "Mất điện", "close": "1"}
    assert keeper.post(f"{path}act/", said).status_code == 302
    page = keeper.get(path).content.decode()
    assert "Mất điện" in page and "Hồ sơ 1/" in page
    soon = timezone.localtime(now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    later = timezone.localtime(now + timedelta(days=1, hours=2)).strftime("%Y-%m-%dT%H:%M")
    plan = {"act": "announce", "start": soon, "end": later, "reason": "Thay nguồn", "document": ""}
    wrong = keeper.post(f"{path}act/", plan)
    assert wrong.status_code == 400 and "văn bản" in wrong.content.decode()
    assert "Thay nguồn" in wrong.content.decode()  # what was written is kept
    assert keeper.post(f"{path}act/", plan | {"document": "1/TB", "whole": "site"}).status_code == 302
    row = PlannedOutage.objects.get()
    assert (row.site, row.camera) == (world.port, None)
    assert keeper.post(f"{path}act/", {"act": "withdraw", "outage": row.id.hex}).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert keeper.post(f"{path}act/", {"act": "assess"}).status_code == 403
    assessor = client(inspector(world))
    today = timezone.localdate().isoformat()
    ask = {"act": "assess", "first": today, "last": today, "instruction": "77/CV ngày 01/11/2026"}
    assert assessor.post(f"{path}act/", ask).status_code == 302
    made = Assessment.objects.get()
    sign = {"act": "sign", "assessment": made.id.hex, "note": "Đạt"}
    assert keeper.post(f"{path}act/", sign).status_code == 403
    assert assessor.post(f"{path}act/", sign).status_code == 302
    made.refresh_from_db()
    assert made.signed_at is not None
    assert assessor.post(f"{path}act/", {"act": "explode"}).status_code == 302


@pytest.mark.req_part("DN-021")
def test_a_broken_promise_of_keeping_is_an_alarm_on_home_on_the_camera_and_in_the_interface() -> None:
    world = world_of_figures()
    seer = world.operator()
    now = timezone.now()
    with setting_the_scene():
        OldestProof.objects.create(
            camera=world.quay, asked_at=now, proven_at=now, recorder="r1", oldest=now - timedelta(days=2),
            floor_days=7, violation="deleted_early", since=now,
        )  # fmt: skip
    operator = client(seer)
    assert "không còn đủ số ngày" in operator.get("/").content.decode()
    assert "xóa trước thời hạn" in operator.get(f"/cameras/{world.quay.id.hex}/").content.decode()
    _, keeping = got(seer, "coverage/keeping")
    assert [(row["code"], row["violation"]) for row in keeping] == [("CA-001", "deleted_early")]
    assert got(seer, "home")[1]["keeping_broken"] == 1
    assert got(world.nobody(), "coverage/keeping")[1] == []


def test_the_interface_lists_coverage_within_bounds_and_scope() -> None:
    world = world_of_figures()
    seer = world.operator()
    today = timezone.localdate().isoformat()
    status, body = got(seer, "coverage", **{"from": today, "to": today})
    assert (status, [row["code"] for row in body["items"]]) == (200, ["MO-001", "CA-001"])
    assert body["items"][0]["gaps"] == {"network": 5_000}
    assert [
        r["code"] for r in got(world.keeper(), "coverage", **{"from": today, "to": today})[1]["items"]
    ] == ["CA-001"]
    assert got(seer, "coverage", **{"from": "2026-02-01", "to": "2026-01-01"})[0] == 422
    assert got(seer, "coverage", **{"from": "2024-02-01", "to": "2026-01-01"})[0] == 422
