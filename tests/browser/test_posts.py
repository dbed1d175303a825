"""Each post in a real browser: it sees its cameras move, no others, and each act stands in the history."""

import time

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import LOOP_MS, burnt_clock, loop_distance_ms, signed_in
from tests.stack import Stack, wait_until
from thienly.demo import province

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

OF_POST = {
    "trucban": {camera.code for camera in province.CAMERAS},
    "khoangsan": {"MO-001", "MO-002", "MO-003"},
    "cangca": {"CC-001", "CC-002", "CC-003"},
    "motcua": {"MC-001", "MC-002"},
}


def ids(stack: Stack) -> dict[str, str]:
    """Code → id of every camera."""
    code = "from thienly.core.registry.models import Camera\n"
    code += "for c in Camera.objects.all(): print(c.code, c.id.hex)"
    return dict(line.split() for line in stack.python(code).splitlines())


@pytest.mark.parametrize("post", OF_POST)
def test_a_post_sees_exactly_its_cameras_move(stack: Stack, browser: Browser, post: str) -> None:
    names = {camera.code: camera.name for camera in province.CAMERAS}
    with signed_in(browser, stack.base, post) as page:
        page.goto("/wall/?size=16")
        tiles = page.locator(".tile:not(.empty)")
        expect(tiles).to_have_count(len(OF_POST[post]))
        assert set(page.locator(".tile:not(.empty) .tile-name").all_inner_texts()) == {
            names[code] for code in OF_POST[post]
        }
        for number in range(len(OF_POST[post])):
            video = f".tile:not(.empty) >> nth={number} >> video"
            first = burnt_clock(page, video)
            wait_until(
                lambda video=video, first=first: burnt_clock(page, video) != first,  # type: ignore[misc]
                within_s=10,
                what=f"tile {number} of {post} moves",
                every_s=0.1,
            )
            shown = burnt_clock(page, video)
            behind = (time.time() * 1000 - shown) % LOOP_MS
            assert behind < 6_000, f"the picture is {behind:.0f} ms old"


@pytest.mark.parametrize("post", ["quantri", "thanhtra"])
def test_a_post_without_pictures_has_no_wall(stack: Stack, browser: Browser, post: str) -> None:
    with signed_in(browser, stack.base, post) as page:
        page.goto("/wall/")
        assert page.locator("video").count() == 0
        assert page.locator("nav a[href='/wall/']").count() == 0
        page.goto(f"/cameras/{ids(stack)['MO-001']}/")
        assert page.locator("video").count() == 0
        expect(page.locator(".camera-facts")).to_contain_text("Đ")  # the article stands beside the refusal


def test_a_moment_is_played_back_as_it_was(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "khoangsan") as page:
        page.goto(f"/cameras/{ids(stack)['MO-001']}/")
        burnt_clock(page, "#picture video")
        page.wait_for_timeout(6_000)
        asked = time.time() - 5
        page.fill(
            "#go-time",
            page.evaluate(
                "t => new Date(t*1000).toLocaleTimeString('en-GB', {timeZone:'Asia/Ho_Chi_Minh'})", asked
            ),
        )
        page.press("#go-time", "Enter")
        expect(page.locator("#mode")).to_have_text("Xem lại")
        burnt_clock(page, "#picture video")
        page.click("#pause")
        page.wait_for_timeout(500)
        shown = page.evaluate("document.querySelector('#shown').textContent")
        hours, minutes, seconds = (int(part) for part in shown.split("·")[0].strip().split(":"))
        # The picture's own clock agrees with the time that the page says it shows.
        assert (
            loop_distance_ms(
                burnt_clock(page, "#picture video"), ((hours * 60 + minutes) * 60 + seconds) * 1000
            )
            < 2_500
        )
        before = burnt_clock(page, "#picture video")
        page.click("#step-on")
        wait_until(lambda: burnt_clock(page, "#picture video") != before, within_s=10, what="a step forward")
        assert loop_distance_ms(burnt_clock(page, "#picture video"), before) <= 100
        page.select_option("#speed", "4")
        page.click("#live")
        expect(page.locator("#mode")).to_have_text("Trực tiếp")


def test_elsewhere_is_not_found_and_what_is_not_granted_is_refused_with_its_article(
    stack: Stack, browser: Browser
) -> None:
    cameras = ids(stack)
    with signed_in(browser, stack.base, "cangca") as page:
        outside = page.goto(f"/cameras/{cameras['MO-001']}/")
        never = page.goto(f"/cameras/{'0' * 32}/")
        assert outside is not None and never is not None
        assert (outside.status, never.status) == (404, 404)
    with signed_in(browser, stack.base, "trucban") as page:
        inside = page.goto(f"/cameras/{cameras['MO-001']}/edit/")
        assert inside is not None and inside.status == 403
        expect(page.locator("main")).to_contain_text("Đ")


def test_a_snapshot_is_kept_and_stands_in_the_history(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "cangca") as page:
        page.goto(f"/cameras/{ids(stack)['CC-001']}/")
        burnt_clock(page, "#picture video")
        with page.expect_download() as download:
            page.click("#snapshot")
        assert download.value.suggested_filename.startswith("CC-001")
        assert download.value.path().read_bytes()[:4] == b"\x89PNG"
        page.goto("/history/")
        expect(page.locator("#rows")).to_contain_text("Cầu cảng số 1 Đề Gi")


def test_a_withdrawn_seat_ends_the_picture_while_it_is_watched(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "motcua") as page:
        page.goto(f"/cameras/{ids(stack)['MC-001']}/")
        burnt_clock(page, "#picture video")
        stack.python(
            "from thienly.core.access.actor import Actor\n"
            "from thienly.core.access.models import Seat\n"
            "from thienly.core.access.services import end_seat\n"
            "seat = Seat.objects.get(account__username='motcua')\n"
            "end_seat(actor=Actor.machine('init'), seat=seat, reason='hết nhiệm vụ')\n"
        )
        expect(page.locator("#picture .picture-says")).to_be_visible(timeout=8_000)
        assert page.locator("#picture .picture-says").inner_text().strip()
        gone = page.goto(f"/cameras/{ids(stack)['MC-001']}/")
        assert gone is not None and gone.status == 404


def test_an_inspector_finds_each_act_in_the_history(stack: Stack, browser: Browser) -> None:
    with signed_in(browser, stack.base, "thanhtra") as page:
        page.goto("/history/")
        wanted = {
            "Nguyễn Văn Trực": "xem trực tiếp",
            "Lê Thị Thu Hà": "xem lại",
            "Phạm Minh Hải": "bị từ chối",
        }
        for person, act in wanted.items():
            page.fill("#q", person)
            expect(page.locator("#rows")).to_contain_text(act, ignore_case=True)
        expect(page.locator("main")).to_contain_text("ký")  # what the state of the chain is
