"""Making places."""

import pytest
from django.core.exceptions import ValidationError

from tests import province
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Site
from thienly.core.registry.services import create_site

pytestmark = pytest.mark.django_db


def test_a_place_is_made_by_who_administers_devices_of_its_unit_and_by_nobody_else() -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    keeper = province.holder(port, "cam_admin")
    admin = province.holder(province.unit("Trung tâm", ["central_manager"]), "central_admin")
    other = province.holder(province.unit("Ban khác", ["camera_manager"]), "cam_admin")
    for actor, refusal in ((admin, NotAllowed), (other, OutsideScope)):
        with pytest.raises(refusal):
            create_site(actor=actor, unit=port, name="Cảng cá", kind="fishing_port")
    site = create_site(
        actor=keeper, unit=port, name="Cảng cá", kind="fishing_port", latitude=14.1, longitude=109.2
    )
    assert Entry.objects.get(kind=Kind.SITE_CREATED).object_id == site.id.hex


def test_impossible_places_are_refused_field_by_field() -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    keeper = province.holder(port, "cam_admin")
    with pytest.raises(ValidationError) as wrong:
        create_site(actor=keeper, unit=port, name="", kind="không có", latitude=91.0, longitude=-181.0)
    assert set(wrong.value.error_dict) == {"name", "kind", "latitude", "longitude"}
    assert not Site.objects.exists()
