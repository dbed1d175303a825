"""A unit without its leader in charge of contact, or short of accounts, is flagged to who must fill it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import province
from tests.guard import setting_the_scene
from tests.regulations import beside_qn
from thienly.core.access.actor import Actor
from thienly.core.access.staffing import short_of
from thienly.core.units.models import Unit

pytestmark = pytest.mark.django_db


@pytest.mark.req_part("QN-109", "NB-041", "NB-043")
def test_a_post_is_filled_by_a_seat_that_counts_and_told_to_who_may_fill_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre = province.unit("Trung tâm", ["central_manager"])
    port, commune = province.unit("Cảng", ["camera_manager"]), province.unit("UBND xã", ["ubnd_xa"])
    province.unit("Đã giải thể", ["camera_manager"], valid_to=timezone.localdate())
    admin, watcher = (province.holder(centre, role) for role in ("central_admin", "central_operator"))
    keeper = province.holder(port, "cam_admin")

    def told(actor: Actor) -> dict[Unit, list[tuple[str, str]]]:
        found = short_of(actor=actor, now=timezone.now())
        units = Unit.objects.in_bulk(found)
        return {units[pk]: [(one.role, one.cite) for one in lacks] for pk, lacks in found.items()}

    contact = ("cam_contact", "QN Đ20.1")
    assert told(admin) == {port: [contact]}
    assert told(keeper) == {port: [contact]}, "he administers the accounts of his unit"
    assert told(watcher) == {}, "he administers none"
    person = province.person("dau-moi")
    seat = province.seat(person, port, "cam_contact", valid_from=timezone.now() + timedelta(days=1))
    assert told(admin) == {port: [contact]}, "from tomorrow on only"
    with setting_the_scene():
        type(seat).objects.update(valid_from=province.LONG_AGO)
    assert told(admin) == {}
    with setting_the_scene():
        type(person).objects.filter(pk=person.pk).update(suspended_at=timezone.now())
    assert told(admin) == {port: [contact]}, "a suspended account frees its place"
    with beside_qn(monkeypatch, "NB"):
        province.seat(person, commune, "commune_leader", profile="NB")
        wanted = [("commune_leader", "NB Đ6.3c"), ("commune_specialist", "NB Đ6.3c")]
        assert told(admin)[commune] == wanted
