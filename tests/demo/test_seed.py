"""The demo province: laid through the services, once, and usable as it stands."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings

from thienly.conf import Conf
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.demo import province
from thienly.demo.seed import DemoAccount, seed_demo
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db

ALL = {camera.code for camera in province.CAMERAS}


def seed(port: int = 8554) -> list[DemoAccount]:
    return seed_demo(conf=settings.CONF, sim_host="127.0.0.1", sim_port=port)


def watches(username: str) -> set[str]:
    actor = Actor.person(Account.objects.get(username=username))
    cameras = gate.visible(actor=actor, action=Action.VIEW_LIVE)
    assert set(cameras) == set(gate.visible(actor=actor, action=Action.VIEW_PLAYBACK))
    return set(cameras.values_list("code", flat=True))


@pytest.fixture
def seeded() -> list[DemoAccount]:
    return seed()


def test_each_post_watches_exactly_its_cameras(seeded: list[DemoAccount]) -> None:
    expected = {
        "trucban": ALL,
        "lanhdao": ALL,
        "khoangsan": {"MO-001", "MO-002", "MO-003"},
        "cangca": {"CC-001", "CC-002", "CC-003"},
        "motcua": {"MC-001", "MC-002"},
        "quantri": set(),
        "thanhtra": set(),
    }
    assert {account.username: watches(account.username) for account in seeded} == expected


def test_the_printed_password_signs_everybody_in(seeded: list[DemoAccount]) -> None:
    assert {account.username for account in seeded} == {person.username for person in province.PEOPLE}
    for account in seeded[:2]:
        user = Account.objects.get(username=account.username)
        assert user.check_password(account.password)


def test_a_second_run_changes_nothing_and_another_port_only_the_addresses(seeded: list[DemoAccount]) -> None:
    counted = [model._default_manager.count() for model in (Unit, Site, Camera, Account, Seat, Entry)]
    seed()
    assert counted == [model._default_manager.count() for model in (Unit, Site, Camera, Account, Seat, Entry)]
    seed(port=9554)
    assert Entry.objects.count() == counted[-1] + len(province.CAMERAS)
    assert all(":9554/" in url for url in Camera.objects.values_list("url", flat=True))


def test_every_row_has_its_entry_in_history_and_no_password_is_there(seeded: list[DemoAccount]) -> None:
    told = set(Entry.objects.values_list("object_id", flat=True))
    for model in (Unit, Site, Camera, Account, Seat):
        assert {row.pk.hex for row in model._default_manager.all()} <= told
    history = " ".join(str(detail) for detail in Entry.objects.values_list("detail", flat=True))
    assert province.DEMO_PASSWORD not in history
    assert not any(camera.password in history for camera in province.CAMERAS)


def test_every_simulated_camera_is_registered_under_its_path() -> None:
    specs = {spec.path: spec for spec in province.specs()}
    seed()
    for camera in Camera.objects.all():
        for url in (camera.url, camera.sub_url):
            spec = specs.pop(urlsplit(url).path)
            assert camera.username == spec.username
    assert not specs


def test_a_real_installation_is_never_filled_with_the_demo(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ValueError, match="demo"):
        seed_demo(conf=Conf(tmp_path_factory.mktemp("real"), {}), sim_host="127.0.0.1", sim_port=8554)
    assert not Unit.objects.exists()
