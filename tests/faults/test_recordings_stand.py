"""What was recorded stands: the mightiest cannot delete, change or copy it, and one changed byte is found."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests import province
from tests.api.world import World, client
from tests.guard import setting_the_scene
from tests.media.recorder.conftest import left, once  # noqa: F401 - fixtures
from tests.media.recorder.test_evidence import file_of
from thienly.bus.messages import SegmentClosed
from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.media.fsck import main as fsck
from thienly.media.verify import main as verify

pytestmark = pytest.mark.django_db
ACTS = {"delete": "delete", "put": "change", "patch": "change", "post": "copy"}


def recorded(world: World, camera: str) -> Camera:
    """The camera of the port that bears this id."""
    with setting_the_scene():
        world.quay.pk, world.quay.code = UUID(camera), "CA-009"
        world.quay.save(force_insert=True)
    return world.quay


def mighty(world: World) -> dict[str, Actor]:
    """Everybody who might think that he may, also an account with Django's own mightiest flags."""
    root = province.person("root")
    province.seat(root, world.centre, "central_admin")
    with setting_the_scene():
        Account.objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
    root.refresh_from_db()
    return {
        "super-administrator": Actor.person(root),
        "operator of all cameras": world.operator(),
        "keeper of the device": world.keeper(),
    }


def findings(conf: Conf, camera: str) -> tuple[set[str], set[int]]:
    """Files that `thienly verify` and segments that `thienly fsck --deep` call changed."""
    said: list[str] = []
    verify(conf, paths=[], camera=camera, since="", until="", public_key=None, as_json=True, say=said.append)
    files = {Path(one["file"]).name for line in said if (one := json.loads(line)).get("faults")}
    said.clear()
    fsck(conf, name="r1", deep=True, as_json=True, say=said.append)
    found = [json.loads(line) for line in said]
    return files, {one["segment"] for one in found if one.get("kind") == "bytes"}


@pytest.mark.req("BDM-009", "BDP-008")
def test_no_role_deletes_changes_or_copies_a_recording_and_a_flipped_byte_is_reported(
    left: tuple[Conf, list[SegmentClosed]],  # noqa: F811 - the fixture
) -> None:
    conf, (fact, *others) = left
    world = World()
    camera = recorded(world, fact.camera)
    path, name = file_of(conf, fact), f"r1-{fact.segment}"
    stored = path.read_bytes()
    for who, actor in mighty(world).items():
        browser = client(actor)
        for method, act in ACTS.items():
            for address in (f"recordings/{name}", "recordings"):
                before = Entry.objects.count()
                answer = getattr(browser, method)(f"/api/cameras/{camera.pk.hex}/{address}")
                assert answer.status_code == 403, (who, method, address)
                (reason,) = answer.json()["reasons"]
                assert (reason["code"], reason["cite"]) == ("recordings_stand", "QN Đ5.6")
                (row,) = Entry.objects.order_by("seq")[before:]
                assert (row.kind, row.camera_id) == ("access.refused", camera.pk.hex)
                assert (row.actor_id, row.detail["status"]) == (actor.id, 403)
                told = row.detail["reasons"][0]["facts"]
                assert told == {"act": act, "recording": name if name in address else "*"}
    assert path.read_bytes() == stored
    assert findings(conf, fact.camera) == (set(), set())
    # Somebody with the disk in his hands changes one byte of the middle one.
    victim = others[0]
    damaged = file_of(conf, victim)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 3] ^= 1
    damaged.write_bytes(data)
    assert findings(conf, fact.camera) == ({damaged.name}, {victim.segment})


def test_whoever_may_not_know_the_camera_is_not_told_that_its_recordings_stand() -> None:
    world = World()
    keeper = client(world.keeper())
    for camera in (world.gate.pk.hex, "0" * 32, "no-id"):
        assert keeper.delete(f"/api/cameras/{camera}/recordings/r1-1").status_code == 404
    assert client(world.nobody()).delete(f"/api/cameras/{world.gate.pk.hex}/recordings").status_code == 404
