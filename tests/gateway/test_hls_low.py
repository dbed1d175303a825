"""HLS with low latency: parts of what the camera sends now, by the rules, for who may and only so long."""

import asyncio
import json
from pathlib import Path

import pytest

from tests import province
from tests.gateway.conftest import World, eventually, history, row
from tests.gateway.low_player import follow, read
from tests.gateway.player import KEY, Site, key, run
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.gateway.test_rights import change
from thienly.bus.messages import LiveChunk
from thienly.core.access.models import Seat
from thienly.core.ledger.kinds import Kind
from thienly.gateway.frames import Picture, init_picture
from thienly.gateway.hls import server
from thienly.gateway.hls.window import KEPT, LISTED, Window
from thienly.media.mp4 import reader


# --- the window -------------------------------------------------------------------------------------------
class Camera:
    """Chunks as a recorder publishes them, 80 ms each."""

    STEP_US = 80_000

    def __init__(self) -> None:
        self.now_us, self.segment_us, self.seq = 1_790_000_000_000_000, 1_790_000_000_000_000, 0

    def chunk(self, *, key: bool = False, size: int = 100) -> Picture:
        self.seq += 1
        chunk = LiveChunk(
            LiveChunk.MEDIA, key, self.seq, self.segment_us, self.now_us, self.STEP_US, bytes(size)
        )
        self.now_us += self.STEP_US
        return Picture(chunk)

    def gop(self, chunks: int = 25, size: int = 100) -> list[Picture]:
        return [self.chunk(key=number == 0, size=size) for number in range(chunks)]


def shown(window: Window, *pictures: Picture) -> None:
    for picture in pictures:
        window.offer(picture)


def test_chunks_become_parts_of_a_size_and_parts_their_segment() -> None:
    camera, window = Camera(), Window(first=7, target_s=2)
    window.begin("", init_picture(b"init", segment_us=0), [])
    shown(window, *camera.gop(), *camera.gop(10))
    playlist = read(window.render("low"))
    first, second = playlist.segments
    assert (first.number, first.uri, first.duration_s) == (7, "low/7.m4s", 2.0)
    assert [part["DURATION"] for part in first.parts] == ["0.560000", "0.560000", "0.560000", "0.320000"]
    assert (second.number, len(second.parts), second.uri) == (8, 1, "")
    assert playlist.hint == "low/8.1.m4s" and playlist.part_target_s == 0.6
    whole, parts = window.find(7), [window.find(7, number) for number in range(4)]
    assert whole is not None and all(parts)
    assert whole[1] == [picture for part in parts if part for picture in part[1]]
    assert window.find(8) is None and window.find(8, 1) is None and window.find(6) is None
    assert window.has(7, 3) and window.has(6) and window.has(8, 0)
    assert not window.has(8) and not window.has(8, 1) and not window.has(9)


def test_the_open_gop_with_which_a_feed_begins_is_a_segment_without_parts() -> None:
    camera, window = Camera(), Window(first=3, target_s=2)
    so_far = camera.chunk(key=True)
    so_far = Picture(so_far.chunk._replace(duration_us=1_400_000))
    camera.now_us += 1_400_000 - camera.STEP_US
    window.begin("", init_picture(b"init", segment_us=0), [so_far])
    shown(window, camera.chunk(), camera.chunk())
    assert not window.shows and not window.has(3, 0) and window.find(3, 0) is None
    shown(window, *camera.gop(10))
    playlist = read(window.render("low"))
    first, second = playlist.segments
    assert (first.parts, first.uri, first.duration_s) == ([], "low/3.m4s", 1.56)
    assert len(second.parts) == 1 and playlist.part_target_s == 0.6 and not second.jump
    assert window.has(3) and window.has(3, 7) and playlist.hint == "low/4.1.m4s"


def test_another_recording_a_hole_and_another_format_are_told_and_nothing_comes_twice() -> None:
    camera, window = Camera(), Window(first=0, target_s=2)
    window.begin("", init_picture(b"init", segment_us=0), [])
    shown(window, *camera.gop())
    camera.segment_us = camera.now_us  # the recorder begins another file: media time restarts
    shown(window, *camera.gop())
    lost = camera.gop()
    window.lost()
    shown(window, *camera.gop())
    again = camera.gop(5)
    shown(window, *again)
    window.begin("", init_picture(b"other", segment_us=0), again)  # the feed asked anew: the same once more
    shown(window, *camera.gop())
    playlist = read(window.render("low"))
    assert [segment.jump for segment in playlist.segments] == [False, True, True, False, True]
    assert playlist.maps == ["low/i0.mp4", "low/i0.mp4", "low/i0.mp4", "low/i1.mp4"]
    told = [picture for gop in window.gops for picture in gop.pictures]
    assert len(told) == len(set(map(id, told))) and not set(map(id, lost)) & set(map(id, told))


def test_it_keeps_a_few_segments_and_bytes_without_end_do_not_stay() -> None:
    camera, window = Camera(), Window(first=0, target_s=2)
    window.begin("", init_picture(b"init", segment_us=0), [])
    for _ in range(30):
        camera.segment_us = camera.now_us
        shown(window, *camera.gop())
    playlist = read(window.render("low"))
    assert len(window.gops) == KEPT + 1 and len(playlist.segments) == LISTED + 1  # with the open one
    jumps = int(playlist.text.split("#EXT-X-DISCONTINUITY-SEQUENCE:")[1].split("\n")[0])
    assert jumps + playlist.text.count("#EXT-X-DISCONTINUITY\n") == 29
    for _ in range(6):
        shown(window, *camera.gop(size=1_000_000))
    assert sum(gop.bytes for gop in window.gops) <= 4 * 25_000_000
    shown(window, *camera.gop(200, size=1_000_000))  # a GOP without end
    assert sum(gop.bytes for gop in window.gops) < 4 * 50_000_000


# --- who may ----------------------------------------------------------------------------------------------
@pytest.fixture
async def camera(recorder: PlayedRecorder) -> PlayedRecorder:
    recorder.store(now_us() - 20_000_000, 10)
    recorder.run_live()
    return recorder


@pytest.mark.usefixtures("registered", "camera")
async def test_a_player_may_wait_but_not_without_measure(world: World, site: Site) -> None:
    first = read((await site.get("low.m3u8", **key())).text)
    number, _ = first.next
    assert (await site.get(f"low.m3u8?_HLS_msn={number + 40}", **key())).status_code == 400
    for rubbish in ("_HLS_msn=x", "_HLS_part=3", "_HLS_msn=-1&_HLS_part=-9"):
        assert (await site.get(f"low.m3u8?{rubbish}", **key())).status_code == 200
    for name in ("x.m4s", f"{number + 9}.m4s", f"{number}.99999.m4s", "i9.mp4", "1.1.1.m4s"):
        assert (await site.get(f"low/{name}", **key())).status_code == 404, name
    asked = [site.get(f"low.m3u8?_HLS_msn={number + 2}&_HLS_part=0", **key()) for _ in range(8)]
    codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert codes.count(429) >= 1 and codes.count(200) == 8 - codes.count(429) >= 4
    assert [entry.kind for entry in history(world.camera.id)] == [Kind.LIVE_OPENED]


@pytest.mark.usefixtures("registered")
async def test_a_withdrawn_right_ends_who_waits_and_the_lease_with_him(
    world: World,
    site: Site,
    camera: PlayedRecorder,
) -> None:
    playlist = read((await site.get("low.m3u8", **key())).text)
    number, _ = playlist.next
    waiting = asyncio.create_task(site.get(f"low.m3u8?_HLS_msn={number + 2}", **key()))
    await asyncio.sleep(0.1)
    change(lambda: Seat.objects.filter(account=world.operator).update(valid_to=province.yesterday()))
    assert (await row(Kind.LIVE_CLOSED, within_s=10)).detail["why"] == "right_withdrawn"
    assert (await waiting).status_code == 403
    assert (await site.get(playlist.segments[-1].parts[0]["URI"], **key())).status_code in (403, 404)
    hub = site.running.gateway.hub

    async def nobody() -> bool:
        return hub.cameras == 0

    await eventually(nobody, within_s=5)  # the recorder is asked for nothing any more


@pytest.mark.usefixtures("registered", "camera")
async def test_a_player_that_is_gone_ends_it_and_what_was_seen_is_recorded(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 1.0)
    monkeypatch.setattr(server, "LOOK_EVERY_S", 0.2)
    playlist = read((await site.get("low.m3u8", **key())).text)
    part = await site.get(playlist.segments[-1].parts[0]["URI"], **key())
    assert part.status_code == 200
    closed = await row(Kind.LIVE_CLOSED, within_s=20)
    assert closed.detail["why"] == "idle" and closed.detail["bytes"] == len(part.content) > 0
    assert len(closed.detail["spans"]) == 1
    assert site.running.gateway.hub.cameras == 0


@pytest.mark.usefixtures("registered")
async def test_a_dark_camera_has_no_playlist_and_one_that_goes_dark_ends_nothing(
    site: Site,
    recorder: PlayedRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("thienly.gateway.hls.low.FIRST_WITHIN_S", 0.5)
    recorder.store(now_us() - 20_000_000, 10)
    assert (await site.get("low.m3u8", **key())).status_code == 503
    recorder.run_live()

    async def there() -> bool:
        return (await site.get("low.m3u8", **key())).status_code == 200

    await eventually(there, within_s=15)
    assert recorder.wants


# --- a real recorder --------------------------------------------------------------------------------------
@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("codecs", [{"codec": "h264", "sound": "aac"}])
async def test_parts_of_a_real_camera_play_on_and_are_byte_for_byte_their_segment(
    site: Site,
    footage: Path,
    tmp_path: Path,
) -> None:
    seen = await follow(site, key(), parts=10)
    last = seen.playlists[-1]
    init = (await site.get(last.maps[-1], **key())).content
    whole = [segment for segment in last.segments if segment.uri and segment.parts]
    assert whole
    for segment in whole:
        data = (await site.get(segment.uri, **key())).content
        parts = [(await site.get(part["URI"], **key())).content for part in segment.parts]
        assert b"".join(parts) == data and all(part[4:8] == b"moof" for part in parts)
        for part in segment.parts:
            if part["URI"] in seen.hinted:
                assert seen.hinted[part["URI"]] in parts
        path = tmp_path / f"{segment.number}.mp4"
        path.write_bytes(init + data)
        assert reader.read_segment(path).fragments
    assert seen.hinted, "what was announced came"
    assert min(seen.ages_s) < 5
    # A player that knows nothing of parts plays the segments.
    authorization = f"Authorization: Bearer {KEY}\r\n"
    words = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-headers", authorization]
    probed = await run(*words, site.url("low.m3u8"))
    assert probed.returncode == 0, probed.stderr
    assert [one["codec_name"] for one in json.loads(probed.stdout)["streams"]] == ["h264"]  # not heard
    play = ["ffmpeg", "-v", "error", "-xerror", "-headers", authorization, "-i", site.url("low.m3u8")]
    played = await run(*play, "-t", "3", "-f", "null", "-progress", "-", "-")
    assert played.returncode == 0, played.stderr
    assert int(played.stdout.rsplit("frame=", 1)[1].split("\n")[0]) >= 25
