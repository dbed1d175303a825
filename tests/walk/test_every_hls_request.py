"""Every HLS address × person × camera inside, outside, unknown; with a registered player and without."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from tests.gateway.conftest import Running
from tests.gateway.player import Site, names
from tests.walk.test_every_stream_message import (  # noqa: F401 - fixtures
    HOUR_AGO_US,
    OPENING,
    running,
    world,
)
from tests.walk.world import BOUNDED, World
from thienly.conf import HlsClient
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.gateway.database import query

pytestmark = pytest.mark.timeout(120)

STATUS = {"opened": 200, "403": 403, "404": 404}
_FROM = datetime.fromtimestamp(HOUR_AGO_US / 1e6, UTC)
SPAN = f"{_FROM:%Y%m%dT%H%M%SZ}-{_FROM + timedelta(seconds=20):%Y%m%dT%H%M%SZ}.m3u8"


@pytest.fixture
def registered(world: World) -> Iterator[None]:  # noqa: F811 - the fixture
    clients = settings.CONF.file.hls_clients
    clients += [
        HlsClient(name=f"p-{name}", account=account.username) for name, account in world.people.items()
    ]
    yield
    clients.clear()


def cookie(world: World, actor: str) -> dict[str, str]:  # noqa: F811 - as above
    return {"Cookie": f"sessionid={world.sessions[actor]}"}


@pytest.mark.parametrize("actor", OPENING)
async def test_everybody_with_a_registered_player_gets_what_the_stream_gives_him(
    actor: str,
    world: World,  # noqa: F811 - as above
    running: Running,  # noqa: F811 - as above
    registered: None,
) -> None:
    wanted = STATUS[OPENING[actor]]
    places = ("inside", "outside", "unknown") if actor in BOUNDED else ("inside", "unknown")
    for where in places:
        site = Site(running, world.id_of("camera", actor, where))
        before = await query(Entry.objects.count)
        answer = await site.get(SPAN, **cookie(world, actor))
        assert answer.status_code == (wanted if where == "inside" else 404), where
        rows = await query(lambda before=before: list(Entry.objects.order_by("seq")[before:]))
        kinds = [entry.kind for entry in rows]
        assert kinds == [Kind.PLAYBACK_OPENED if answer.status_code == 200 else Kind.REFUSED]
        if answer.status_code != 200:
            assert "EXTM3U" not in answer.text
            continue
        first = names(answer.text)[0]
        assert (await site.get(first, **cookie(world, actor))).status_code == 200
        # What one person opened, another does not get, not even by its full name.
        for other in ("admin", "inspector", "ended"):
            stranger = await site.get(first, **cookie(world, other))
            assert stranger.status_code == 404 and stranger.content != answer.content
        elsewhere = Site(running, world.id_of("camera", actor, "unknown"))
        assert (await elsewhere.get(first, **cookie(world, actor))).status_code == 404


async def test_nobody_without_an_account_in_being_and_nobody_unregistered_gets_anything(
    world: World,  # noqa: F811 - as above
    running: Running,  # noqa: F811 - as above
) -> None:
    site = Site(running, world.port.camera.pk.hex)
    for path in ("live.m3u8", "low.m3u8", "low/1.0.m4s", SPAN, "live/r1-1-0.m4s", "live/r1-1.mp4", "x"):
        assert (await site.get(path)).status_code == 401
        assert (await site.get(path, **cookie(world, "suspended"))).status_code == 401
    for path in ("live.m3u8", SPAN):
        for actor, opening in OPENING.items():
            inside = Site(running, world.id_of("camera", actor, "inside"))
            answer = await inside.get(path, **cookie(world, actor))
            assert answer.status_code == (404 if opening == "404" else 403)
    opened = Entry.objects.filter(kind__in=[Kind.LIVE_OPENED, Kind.PLAYBACK_OPENED])
    assert not await query(opened.exists)


@pytest.mark.parametrize("actor", OPENING)
async def test_nobody_deletes_changes_or_copies_a_recording_by_its_address(
    actor: str,
    world: World,  # noqa: F811 - as above
    running: Running,  # noqa: F811 - as above
) -> None:
    places = ("inside", "outside", "unknown") if actor in BOUNDED else ("inside", "unknown")
    for where in places:
        site = Site(running, world.id_of("camera", actor, where))
        known = where == "inside" and actor != "ended"
        for method in ("DELETE", "PUT", "PATCH", "POST"):
            before = await query(Entry.objects.count)
            answer = await site.get(SPAN, method=method, **cookie(world, actor))
            assert answer.status_code == (403 if known else 404), (where, method)
            (row,) = await query(lambda before=before: list(Entry.objects.order_by("seq")[before:]))
            assert (row.kind, row.detail["status"]) == (Kind.REFUSED, answer.status_code)
            assert known == ("recordings_stand QN Đ5.6" in answer.text)
            assert (await site.get(SPAN, method=method)).status_code == 401
