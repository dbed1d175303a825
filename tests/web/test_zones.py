"""From which network somebody comes decides too: pages, API, streams and the way in."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client

from tests import province
from tests.guard import setting_the_scene
from tests.web.conftest import PASSWORD, People, Town
from thienly.conf import Conf, FileConf, NetworkZone
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.peer import network_zone
from thienly.core.footage.streams import Mode
from thienly.core.footage.viewers import still_allowed, why_not
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action

DOCUMENT = "12/QĐ-UBND"
TABLE = [
    NetworkZone(name="TSLCD", cidr="10.20.0.0/16"),
    NetworkZone(name="TSLCD", cidr="2001:db8:20::/48"),
    NetworkZone(name="đô thị", cidr="172.16.0.0/12", actions=[Action.STATISTICS], document=DOCUMENT),
    NetworkZone(name="Internet", cidr="0.0.0.0/0", actions=[], document=DOCUMENT),
    NetworkZone(name="Internet", cidr="::/0", actions=[], document=DOCUMENT),
]
INSIDE = ["10.20.3.4", "2001:db8:20::7", "::ffff:10.20.3.4"]
OUTSIDE = ["203.0.113.9", "2001:db8:99::1"]


@pytest.fixture(autouse=True)
def fence() -> Iterator[None]:
    conf = Conf(settings.CONF.data)
    conf.__dict__["file"] = settings.CONF.file.model_copy(
        update={"network_zones": TABLE, "proxies": ["192.0.2.1"]}
    )
    with patch.object(settings, "CONF", conf):
        yield


def from_(person: Actor, address: str) -> Actor:
    assert person.account
    return Actor.person(person.account, address=address, network_zone=network_zone(address))


@pytest.mark.req("QN-061")
def test_an_internal_function_of_the_api_is_refused_from_the_public_internet(people: People) -> None:
    operator = people.operator()
    for address in INSIDE:
        assert operator.get("/api/cameras", REMOTE_ADDR=address).status_code == 200, address
    for address in OUTSIDE:
        answer = operator.get("/api/cameras", REMOTE_ADDR=address)
        assert answer.status_code == 403, address
        reason = answer.json()["reasons"][0]
        assert (reason["code"], reason["facts"]["zone"]) == ("network_zone", "Internet")
        assert "QN Đ11.4" in reason["cite"]
    refused = Entry.objects.filter(kind=Kind.REFUSED)
    assert {(row.network_zone, row.address) for row in refused} == {("Internet", one) for one in OUTSIDE}


def test_pages_are_refused_from_outside_and_served_from_inside(people: People, town: Town) -> None:
    operator = people.operator()
    path = f"/cameras/{town.quay.id.hex}/"
    assert operator.get(path, REMOTE_ADDR=INSIDE[0]).status_code == 200
    page = operator.get(path, REMOTE_ADDR=OUTSIDE[0])
    assert page.status_code == 403
    assert "Không dùng được từ mạng này" in page.content.decode()


def test_a_zone_for_figures_gives_no_pictures(people: People, town: Town) -> None:
    operator = people.operator()
    assert operator.account
    person, city = Actor.person(operator.account), "172.20.0.1"
    figures = gate.decide(actor=from_(person, city), action=Action.STATISTICS, obj=town.quay)
    pictures = gate.decide(actor=from_(person, city), action=Action.VIEW_LIVE, obj=town.quay)
    assert (
        figures.allow
        == gate.decide(actor=from_(person, INSIDE[0]), action=Action.STATISTICS, obj=town.quay).allow
    )
    assert not pictures.allow
    assert pictures.visible
    assert [reason.code for reason in pictures.reasons] == [ReasonCode.NETWORK_ZONE]
    assert pictures.reasons[0].facts["document"] == DOCUMENT


def test_a_stream_ends_for_a_person_whose_network_has_left_the_zone(people: People, town: Town) -> None:
    operator = people.operator()
    assert operator.account
    person, camera = Actor.person(operator.account), town.quay.id.hex
    mode: Mode = "live"
    for address in INSIDE:
        assert still_allowed(actor=from_(person, address), mode=mode, cameras=[camera]) == {camera}
    for address in [*OUTSIDE, "172.20.0.1", ""]:
        away = from_(person, address)
        assert still_allowed(actor=away, mode=mode, cameras=[camera]) == set(), address
        assert ReasonCode.NETWORK_ZONE in {r.code for r in why_not(actor=away, mode=mode, camera=camera)}


def test_nobody_signs_in_from_outside_and_the_attempt_is_recorded(people: People) -> None:
    account = province.person("ngoaimang", "Trần Ngoài Mạng")
    account.set_password(PASSWORD)
    with setting_the_scene():
        account.save()
    form = {"login": "ngoaimang", "password": PASSWORD}
    browser = Client()
    answer = browser.post("/signin/", form, REMOTE_ADDR=OUTSIDE[1])
    assert answer.status_code == 403
    assert "_auth_user_id" not in browser.session
    row = Entry.objects.get(kind=Kind.SIGN_IN_FAILED)
    assert (row.network_zone, row.detail["why"]) == ("Internet", "network_zone")
    assert browser.post("/signin/", form, REMOTE_ADDR=INSIDE[1]).status_code == 302
    assert "_auth_user_id" in browser.session


def test_only_a_listed_proxy_says_from_where_somebody_comes(people: People) -> None:
    operator = people.operator()
    for proxy, forwarded, status in (
        ("192.0.2.1", "10.20.3.4", 200),
        ("192.0.2.1", "203.0.113.9", 403),
        (
            "192.0.2.1",
            "10.20.3.4, 203.0.113.9",
            403,
        ),  # the proxy adds what it saw last
        ("203.0.113.9", "10.20.3.4", 403),
    ):
        answer = operator.get("/api/cameras", REMOTE_ADDR=proxy, HTTP_X_FORWARDED_FOR=forwarded)
        assert answer.status_code == status, (proxy, forwarded)


def test_a_table_that_would_lock_out_every_administrator_is_refused() -> None:
    with pytest.raises(ValueError, match="anybody administer"):
        FileConf(network_zones=TABLE[2:])
