"""Founding units."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.units.models import Unit
from thienly.core.units.services import create_unit

pytestmark = pytest.mark.django_db

DAY = date(2026, 7, 1)


@pytest.fixture
def admin() -> Actor:
    return province.holder(province.unit("Trung tâm điều hành", ["central_manager"]), "central_admin")


def test_a_unit_stands_below_its_parent_and_is_told(admin: Actor) -> None:
    top = create_unit(actor=admin, name="UBND tỉnh", kind="government", valid_from=DAY, document="01/NQ")
    low = create_unit(actor=admin, name="Sở Y tế", kind="department", parent=top, valid_from=DAY)
    assert low.path == f"{top.id.hex}/{low.id.hex}/"
    assert low.folded == "so y te"
    assert set(Entry.objects.filter(kind=Kind.UNIT_CREATED).values_list("object_id", flat=True)) == {
        top.id.hex,
        low.id.hex,
    }


def test_impossible_units_are_refused_field_by_field(admin: Actor) -> None:
    create_unit(actor=admin, name="Sở Y tế", kind="department", valid_from=DAY)
    cases = [
        ({"name": " "}, {"name"}),
        ({"name": "sở  y TẾ"}, {"name"}),
        ({"functions": ["không_có"]}, {"functions"}),
        ({"valid_to": DAY}, {"valid_to"}),
    ]
    for more, fields in cases:
        with pytest.raises(ValidationError) as wrong:
            create_unit(
                **{"actor": admin, "name": "Sở Nội vụ", "kind": "department", "valid_from": DAY} | more
            )
        assert set(wrong.value.error_dict) == fields
    assert Unit.objects.filter(kind="department").count() == 2


def test_who_does_not_administer_the_system_founds_no_unit() -> None:
    port = province.unit("Ban Quản lý cảng cá", ["camera_manager"])
    keeper = province.holder(port, "cam_admin")
    for parent in (None, port):
        with pytest.raises(NotAllowed):
            create_unit(actor=keeper, name="Tổ mới", kind="team", parent=parent, valid_from=DAY)
