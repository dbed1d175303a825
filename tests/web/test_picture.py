"""The pages about a picture: what is wrong, by which picture, and that it is normal here."""

from django.utils import timezone

from tests.core.pictures.scene import DARK, checked, judged
from tests.web.conftest import Browser, People, Town
from thienly.core.pictures.models import PictureAcceptance
from thienly.core.recording.apply import apply_facts
from thienly.rules.picture import PictureProblem


def found(town: Town, *, problem: PictureProblem = PictureProblem.COVERED) -> None:
    facts = [checked(town.quay, 4000, measures=DARK), judged(town.quay, "f1", 3600, problem=problem)]
    apply_facts(facts, now=timezone.now())


def page(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_finding_stands_on_home_on_the_camera_and_on_a_page_of_its_own(people: People, town: Town) -> None:
    keeper, path = people.keeper(), f"/cameras/{town.quay.id.hex}/"
    assert "che khuất" not in page(keeper, "/")
    assert "Chưa kiểm tra" in page(keeper, f"{path}picture/")
    found(town)
    assert "Bị che khuất" in page(keeper, "/")
    assert "Bị che khuất" in page(keeper, f"{path}now/")
    own = page(keeper, f"{path}picture/")
    assert "Bị che khuất" in own and "thienly" not in own.lower().split("<main")[-1].split("</main")[0]
    assert own.count("/thumbnail/?at_us=") == 2  # the judged picture beside the last good one
    assert f"{path}fault/?picture=covered" in own
    assert 'value="Hình ảnh bị che khuất"' in page(keeper, f"{path}fault/?picture=covered")
    assert 'value=""' in page(keeper, f"{path}fault/?picture=%3Cscript%3E")
    (event,) = keeper.get(
        f"/api{path}events", {"start": "2026-11-17T00:00:00Z", "end": "2026-11-18T00:00:00Z"}
    ).json()
    assert (event["sort"], event["reason"], event["words"]) == ("event", "picture", "bị che khuất")


def test_who_may_not_play_sees_the_words_and_no_picture(people: People, town: Town) -> None:
    found(town)
    inspector = people.of("thanhtra", "Lê Thị Tra", "tttt_guide", town.centre)
    own = page(inspector, f"/cameras/{town.quay.id.hex}/picture/")
    assert "Bị che khuất" in own and "thumbnail" not in own and "chức danh của bạn không được xem" in own
    assert "Xác nhận là bình thường</button>" not in own


def test_the_keeper_calls_it_normal_with_a_reason(people: People, town: Town) -> None:
    found(town, problem=PictureProblem.MOVED)
    keeper, path = people.keeper(), f"/cameras/{town.quay.id.hex}/picture/"
    without = keeper.post(path, {"reason": " "})
    assert without.status_code == 400 and 'id="reason-wrong"' in without.content.decode()
    assert not PictureAcceptance.objects.exists()
    assert keeper.post(path, {"reason": "Xoay theo lệnh 12/VP"}).status_code == 302
    assert "Xoay theo lệnh 12/VP" in page(keeper, path)
    operator = people.operator()
    history = page(people.admin(), f"/history/?camera={town.quay.id.hex}")
    assert "xác nhận hình ảnh của" in history and "Xoay theo lệnh 12/VP" in history
    assert operator.post(path, {"reason": "x"}).status_code == 403
    assert keeper.post(f"/cameras/{town.gate.id.hex}/picture/", {"reason": "x"}).status_code == 404


def test_the_wall_asks_for_the_findings_of_its_viewer_alone(people: People, town: Town) -> None:
    found(town)
    keeper = people.keeper()
    (row,) = keeper.get("/api/pictures").json()
    assert (row["camera"], row["problem"], row["words"]) == (town.quay.id.hex, "covered", "bị che khuất")
    assert people.of("mo", "Trần Mỏ", "cam_admin", town.mine).get("/api/pictures").json() == []
    assert people.nobody().get("/api/pictures").json() == []
    assert 'data-pictures="/api/pictures"' in page(keeper, "/wall/")
