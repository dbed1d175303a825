"""A file may stand in the place of a camera where the installation says so, and is never taken for one."""

import pytest
from django.conf import settings

from tests.web.conftest import People, Town
from thienly.bus.questions import ProbeResult
from thienly.core.registry.models import Camera
from thienly.web.pages import camera_form

MARK = "TỆP, không phải camera trực tiếp"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.CONF.file, "camera_files", "dien-tap")


def fields(town: Town, **more: str) -> dict[str, str]:
    return {
        "site": town.quay.site_id.hex,
        "code": "DT-001",
        "name": "Diễn tập cổng chính",
        "sector": "fishing_port",
        "url": "file:///cong.mp4",
        "record": "on",
        **more,
    }


def test_without_a_named_folder_a_file_is_refused_with_a_sentence_that_says_what_is_missing(
    people: People, town: Town
) -> None:
    client = people.keeper()
    answer = client.post("/cameras/new/", fields(town))
    assert answer.status_code == 400
    assert "chưa chỉ định thư mục chứa tệp (camera_files trong thienly.toml)" in answer.content.decode()
    tried = client.post("/cameras/probe/", fields(town)).content.decode()
    assert "Địa chỉ không được phép" in tried
    assert not Camera.objects.filter(code="DT-001").exists()
    assert "file:///" not in client.get("/cameras/new/").content.decode()


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "url", ["file:///../a.mp4", "file:////etc/passwd", "file://may-chu/a.mp4", "file:///a/%2e%2e/b.mp4"]
)
def test_a_way_out_of_the_folder_is_no_address(people: People, town: Town, url: str) -> None:
    answer = people.keeper().post("/cameras/new/", fields(town, url=url))
    assert answer.status_code == 400
    assert "Ghi địa chỉ tệp theo dạng file:///thư-mục/tên.mp4" in answer.content.decode()


@pytest.mark.usefixtures("files")
def test_a_file_is_entered_and_marked_wherever_it_is_named(people: People, town: Town) -> None:
    client = people.keeper()
    assert "file:///" in client.get("/cameras/new/").content.decode(), "the form says how"
    assert client.post("/cameras/new/", fields(town)).status_code == 302
    camera = Camera.objects.get(code="DT-001")
    assert camera.from_file
    assert MARK in client.get(f"/cameras/{camera.id.hex}/").content.decode()
    assert MARK in client.get(f"/cameras/{camera.id.hex}/edit/").content.decode()
    assert '<span class="tag">tệp</span>' in client.get("/cameras/").content.decode()
    names = [one["name"] for one in client.get("/wall/").context["data"]["cameras"]]
    assert sorted(names) == sorted(["Diễn tập cổng chính (tệp)", town.quay.name])
    assert MARK not in client.get(f"/cameras/{town.quay.id}/").content.decode()


@pytest.mark.usefixtures("files")
def test_a_camera_does_not_become_a_file_nor_a_file_a_camera(people: People, town: Town) -> None:
    """What was recorded of one would be shown as the other."""
    client = people.keeper()
    client.post("/cameras/new/", fields(town))
    made = Camera.objects.get(code="DT-001")
    for camera, url in ((made, "rtsp://10.1.2.3/a"), (town.quay, "file:///cong.mp4")):
        answer = client.post(f"/cameras/{camera.id.hex}/edit/", fields(town, code=camera.code, url=url))
        assert answer.status_code == 400
        assert "Không đổi tệp thành camera hay camera thành tệp" in answer.content.decode()
        before = camera.url
        camera.refresh_from_db()
        assert camera.url == before


@pytest.mark.usefixtures("files")
def test_trying_a_file_says_that_it_is_one_and_sound_that_cannot_be_recorded_is_told(
    people: People, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = ProbeResult(ok=True, codec="h264", width=320, height=180, audio="MP3", audio_recorded=False)
    monkeypatch.setattr(camera_form, "probe_camera", lambda **_: result)
    page = people.keeper().post("/cameras/probe/", fields(town)).content.decode()
    assert "Đây không phải camera trực tiếp" in page
    assert "Camera có hình" not in page
    assert "MP3 (không ghi được)" in page
