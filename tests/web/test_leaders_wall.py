"""A district's leader sees the one-stop offices of the district and of its communes, and how they are."""

from importlib.resources import files

import pytest
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from tests.web.conftest import People, Town
from tests.web.test_wall import tiles
from thienly.core.access import gate
from thienly.core.recording.models import CameraState, RecorderState
from thienly.core.regulation import shelf
from thienly.rules.problems import Problem


@pytest.mark.req_part("NB-020")
def test_the_wall_has_the_offices_of_the_district_and_its_communes_and_the_home_page_their_state(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ninh Bình's regulation is not among the profiles yet: a post of the one at hand gets its reach (Đ6.3b).
    text = (files("thienly.profiles") / "quang-ninh" / "qn.yaml").read_text(encoding="utf-8")
    grant = "actions: [view.live, view.playback, process, share.via_hub, stats], scope: area"
    assert grant in text
    made = {"QN": shelf.read(text.replace(grant, grant.replace("area", "own_and_sub")), name="made")}
    monkeypatch.setattr(gate, "profiles", lambda: made)
    district = province.unit("UBND huyện Hoa Lư", ["local_ioc"])
    communes = [
        province.unit(f"UBND xã {name}", ["camera_manager", "local_ioc"], parent=district)
        for name in ("A", "B")
    ]
    other = province.unit("UBND huyện Kim Sơn", ["local_ioc"])
    offices = [
        province.camera(province.site(unit, f"Một cửa {unit.name}", kind="one_stop"), code, sector="one_stop")
        for unit, code in zip([district, *communes, other], ("H-1", "XA-1", "XB-1", "K-1"), strict=True)
    ]
    now = timezone.now()
    with setting_the_scene():
        RecorderState.objects.create(
            name="r1", zone="main", started_at=now, seen_at=now, cameras=4, capacity=9, disk_free=1,
            disk_total=2, facts_waiting=0,
        )  # fmt: skip
        for office in offices:
            dark = office.code == "XB-1"
            CameraState.objects.create(
                camera=office,
                recorder="r1",
                state="offline" if dark else "recording",
                problem=Problem.UNREACHABLE if dark else "",
                since=now,
                reported_at=now,
            )
    leader = people.of("lanhdao", "Đinh Văn Hoa", "ioc_user", district)
    assert set(tiles(leader.get("/wall/").content.decode())) - {None} == {
        camera.id.hex for camera in offices[:3]
    }
    home = leader.get("/").content.decode()
    assert offices[2].name in home and "không kết nối được tới camera" in home
    assert offices[3].name not in home
    listed = leader.get("/cameras/").content.decode()
    assert "H-1" in listed and "XA-1" in listed and "XB-1" in listed and "K-1" not in listed
    commune = people.of("xa", "Vũ Thị A", "ioc_user", communes[0])
    assert set(tiles(commune.get("/wall/").content.decode())) - {None} == {offices[1].id.hex}
