"""HLS for registered players: real players, a real recorder, and every way of being refused."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from django.conf import settings

from tests import province
from tests.gateway.conftest import World, cookie, history, row, sign_in
from tests.gateway.player import KEY, Site, key, names, run
from tests.gateway.recorder import PlayedRecorder, now_us
from tests.gateway.test_rights import change
from tests.guard import setting_the_scene
from thienly.bus.questions import FragmentRef
from thienly.core.access import gate
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.regulation import shelf
from thienly.gateway.archive import Stored
from thienly.gateway.hls import server
from thienly.gateway.hls.playlist import following, render, target_s


@pytest.fixture
async def archive(recorder: PlayedRecorder) -> PlayedRecorder:
    """Twenty seconds of fragments up to now."""
    recorder.store(now_us() - 20_000_000, 10)
    return recorder


# --- playlists --------------------------------------------------------------------------------------------
def stored(
    start_s: float, *, segment: int = 1, ordinal: int = 0, duration_s: float = 2, by: str = "r1"
) -> Stored:
    ref = FragmentRef(
        segment=segment,
        ordinal=ordinal,
        start_us=int(start_s * 1e6),
        duration_us=int(duration_s * 1e6),
        segment_us=0,
        offset=0,
        bytes=1,
        init_bytes=1,
        init_id="a",
        mime="",
    )
    return Stored(by, ref)


def test_a_playlist_says_where_media_time_does_not_go_on_and_what_time_it_is_then() -> None:
    found = [
        stored(0),
        stored(2, ordinal=1),
        stored(4, segment=2),
        stored(9, segment=2, ordinal=1, duration_s=2.4),
    ]
    items = following(None, [*found, stored(9.1, segment=7, by="r2")])  # the last: the same moment once more
    text = render(items, folder="live", first=7, jumps_before=3, target=target_s(items), live=True)
    assert text.splitlines()[:6] == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:3",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=9.0",
        "#EXT-X-MEDIA-SEQUENCE:7",
        "#EXT-X-DISCONTINUITY-SEQUENCE:3",
    ]
    assert names(text) == ["live/r1-1-0.m4s", "live/r1-1-1.m4s", "live/r1-2-0.m4s", "live/r1-2-1.m4s"]
    assert text.count("#EXT-X-DISCONTINUITY\n") == 2  # another stored segment, and a gap of three seconds
    assert text.count("#EXT-X-MAP:") == text.count("#EXT-X-PROGRAM-DATE-TIME:") == 3
    assert "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:09.000Z" in text
    assert "#EXT-X-ENDLIST" not in text
    assert render(items, folder="x", target=3, live=False).endswith("#EXT-X-ENDLIST\n")


# --- who may ----------------------------------------------------------------------------------------------
async def test_who_is_not_registered_or_not_entitled_gets_nothing_and_it_is_recorded(
    world: World, registered: None, site: Site, archive: PlayedRecorder
) -> None:
    for headers in (
        {},
        key("falsch"),
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Cookie": "sessionid=x"},
    ):
        for path in ("live.m3u8", "low.m3u8", "low/1.0.m4s", "low/i0.mp4"):
            answer = await site.get(path, **headers)
            assert answer.status_code == 401 and "m3u8" not in answer.text
            assert not any(secret in answer.text for secret in headers.values() if len(secret) > 20)
    for query in (f"?key={KEY}", f"?access_token={KEY}", f"?sessionid={sign_in(world.operator)}"):
        assert (await site.get(f"live.m3u8{query}")).status_code == 401
    # A wrong key is not made good by a session beside it.
    assert (await site.get(**key("x"), **cookie(world.operator))).status_code == 401
    assert not history(world.camera.id)
    before = len(history())
    outside = await site.get(camera=world.mine.id.hex, **key())
    never = await site.get(camera="0" * 32, **key())
    assert (
        (outside.status_code, outside.content) == (never.status_code, never.content) == (404, outside.content)
    )
    # An administrator sees no picture at all; a person who may, but without a registered player, neither.
    assert (await site.get(**cookie(world.admin))).status_code == 403
    clients, settings.CONF.file.hls_clients[:] = list(settings.CONF.file.hls_clients), []
    unregistered = await site.get(**cookie(world.operator))
    assert unregistered.status_code == 403 and "unregistered_player" in unregistered.text
    settings.CONF.file.hls_clients[:] = [clients[0].model_copy(update={"addresses": ["10.0.0.0/8"]})]
    assert (await site.get(**key())).status_code == 401
    refused = [entry for entry in history()[before:] if entry.kind == Kind.REFUSED]
    assert [entry.detail["status"] for entry in refused] == [404, 404, 403, 403]
    assert archive.reads == 0


async def test_no_other_method_path_or_host_is_answered(
    world: World, registered: None, site: Site, archive: PlayedRecorder
) -> None:
    assert (await site.get(method="OPTIONS", **key())).status_code == 405
    for path in (
        "",
        "live",
        "live/../live.m3u8x",
        "live/r1-1-0.m4s",
        "live/%2e%2e/x",
        "vod.m3u8",
        "live/" + "a" * 200,
    ):
        assert (await site.get(path, **key())).status_code == 404
    for path in (
        "20261124T070000Z-20261124T060000Z",
        "20261301T000000Z-20261302T000000Z",
        "20261101T000000Z-20261124T060000Z",
    ):
        assert (await site.get(f"{path}.m3u8", **key())).status_code == 400
    assert (await site.get(Host="ke-xau.example", **key())).status_code == 400
    assert not history(world.camera.id)
    head = await site.get(method="HEAD", **key())
    assert head.status_code == 200 and head.content == b"" and head.headers["Cache-Control"] == "no-store"


async def test_one_row_before_the_first_byte_and_one_when_the_player_is_gone(
    world: World, registered: None, site: Site, archive: PlayedRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "IDLE_S", 1.5)
    monkeypatch.setattr(server, "LOOK_EVERY_S", 0.2)
    playlist = (await site.get(**key())).text
    opened = await row(Kind.LIVE_OPENED)
    assert opened.detail["player"] == "vms-bo" and opened.actor_id == world.operator.id.hex
    for _ in range(2):  # a second request is the same viewing
        assert names((await site.get(**key())).text)[-1] == names(playlist)[-1]
    first = names(playlist)[0]
    got = await site.get(first, **key())
    number = int(first.rsplit("-", 1)[1].removesuffix(".m4s"))
    assert got.status_code == 200 and got.content == bytes([number]) * archive.size
    assert (await site.get(first.replace("-1-", "-9-"), **key())).status_code == 404  # not in the playlist
    assert (await site.get(first)).status_code == 401  # another request is another person
    closed = await row(Kind.LIVE_CLOSED, within_s=15)
    assert closed.detail["why"] == "idle" and closed.detail["bytes"] == archive.size
    assert closed.detail["stream"] == opened.detail["stream"] and len(closed.detail["spans"]) == 1
    kinds = [entry.kind for entry in history(world.camera.id)]
    assert kinds == [Kind.LIVE_OPENED, Kind.LIVE_CLOSED]
    assert (await site.get(first, **key())).status_code == 404
    assert site.running.gateway.hls.viewings == {}


async def test_a_withdrawn_right_ends_it_at_once_and_a_suspended_account_too(
    world: World, registered: None, site: Site, archive: PlayedRecorder
) -> None:
    playlist = (await site.get(**key())).text
    change(lambda: Seat.objects.filter(account=world.operator).update(valid_to=province.yesterday()))
    closed = await row(Kind.LIVE_CLOSED, within_s=5)  # also when the player asks for nothing more
    assert closed.detail["why"] == "right_withdrawn"
    assert (await site.get(names(playlist)[-1], **key())).status_code in (403, 404)
    assert (await site.get(**key())).status_code in (403, 404)
    with setting_the_scene():
        Account.objects.filter(pk=world.operator.pk).update(suspended_at=province.yesterday())
    assert (await site.get(**key())).status_code == 401


async def test_a_blocking_reload_waits_for_the_fragment_and_numbers_go_on(
    world: World, registered: None, site: Site, archive: PlayedRecorder
) -> None:
    text = (await site.get(**key())).text
    count = len(names(text))
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in text
    waiting = asyncio.create_task(site.get(f"live.m3u8?_HLS_msn={count}", **key()))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    archive.store(archive.archive[-1].start_us + 2_000_000, 1, segment=2)
    assert len(names((await waiting).text)) == count + 1
    for number in range(3, 20):  # the window moves on; every number keeps its fragment
        archive.store(archive.archive[-1].start_us + 2_000_000, 1, segment=number)
        text = (await site.get("live.m3u8?_HLS_msn=rubbish", **key())).text
    first = int(text.split("#EXT-X-MEDIA-SEQUENCE:")[1].split("\n")[0])
    assert len(names(text)) == 12 and first == count + 18 - 12
    jumps = int(text.split("#EXT-X-DISCONTINUITY-SEQUENCE:")[1].split("\n")[0])
    assert jumps + text.count("#EXT-X-DISCONTINUITY\n") == 18


# --- real players, real footage ---------------------------------------------------------------------------
@pytest.fixture
def listening(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Gives the operator the right to listen, which no regulation at hand grants."""
    text = (files("thienly.profiles") / "quang-ninh" / "qn.yaml").read_text(encoding="utf-8")
    granted = "to: central_operator, actions: [view.live, "
    made = {"QN": shelf.read(text.replace(granted, f"{granted}audio, "), name="made")}

    def give() -> None:
        monkeypatch.setattr(gate, "profiles", lambda: made)
        centre = province.unit("Trung tâm điều hành", ["central_manager"])
        province.seat(world.operator, centre, "central_operator")

    return give


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*.mp4")))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("codecs", "picture", "sound"),
    [
        ({"codec": "h264", "sound": "aac"}, "h264", "aac"),
        ({"codec": "h265", "sound": "pcma"}, "hevc", "pcm_alaw"),
    ],
)
async def test_ffmpeg_and_mpv_play_it_with_key_and_with_cookie_and_hear_only_who_may(
    world: World,
    site: Site,
    footage: Path,
    *,
    listening: Callable[[], None],
    tmp_path: Path,
    picture: str,
    sound: str,
) -> None:
    authorization = f"Authorization: Bearer {KEY}\r\n"
    probe = ("ffprobe", "-v", "error", "-of", "json", "-show_streams", "-headers")
    silent = await run(*probe, authorization, site.url())
    assert silent.returncode == 0, silent.stderr
    assert [one["codec_name"] for one in json.loads(silent.stdout)["streams"]] == [picture]

    until = datetime.now(UTC).replace(microsecond=0)
    span = f"{until - timedelta(seconds=30):%Y%m%dT%H%M%SZ}-{until:%Y%m%dT%H%M%SZ}.m3u8"
    listening()
    session = f"Cookie: sessionid={sign_in(world.operator)}\r\n"
    loud = await run(*probe, session, site.url(span))
    assert loud.returncode == 0, loud.stderr
    assert {one["codec_name"] for one in json.loads(loud.stdout)["streams"]} == {picture, sound}

    decode = ["ffmpeg", "-v", "error", "-xerror", "-headers", session, "-i", site.url(span)]
    decoded = await run(*decode, "-map", "0:v", "-map", "0:a", "-f", "null", "-progress", "-", "-")
    frames = int(decoded.stdout.rsplit("frame=", 1)[1].split("\n")[0])
    assert decoded.returncode == 0 and frames >= 60, decoded.stderr

    if shutil.which("mpv"):
        for header in (authorization, session):
            home = tmp_path / "mpv"
            quiet = f"--config-dir={home} --no-terminal --log-file={home}.log --vo=null --ao=null".split()
            field = f"--http-header-fields={header.strip()}"
            seen = await run("mpv", *quiet, "--frames=20", field, site.url())
            assert seen.returncode == 0, seen.stdout + seen.stderr

    whole = everything(footage)  # what is served is what lies on disk
    for name in names((await site.get(span, **key())).text)[:5]:
        data = (await site.get(name, **key())).content
        assert data[4:8] == b"moof" and data in whole
    refused = await run(*probe, "Authorization: Bearer x\r\n", site.url())
    assert refused.returncode != 0 and "401" in refused.stderr
