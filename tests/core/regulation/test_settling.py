"""What a regulation leaves open: a document settles it before anybody does what depends on it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from thienly.conf import RegulationConf
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.regulation import settling, shelf
from thienly.core.regulation.models import Settlement

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "profile": "BDM",
    "parameter": "par-competent",
    "value": "Giám đốc Sở Nông nghiệp và Môi trường",
    "number": "45/QĐ-UBND",
    "issued": date(2026, 3, 2),
    "issuer": "UBND tỉnh Gia Lai",
}


@pytest.fixture(autouse=True)
def mines() -> Iterator[None]:
    """The regulation of the mines holds beside that of the hub."""
    held = shelf.adopt(shelf.shelf(), (RegulationConf(id="QN"), RegulationConf(id="BDM")))
    with patch("thienly.core.regulation.settling.profiles", lambda: held):
        yield


def administrator() -> Actor:
    return province.holder(province.unit("Trung tâm", ["central_manager"]), "central_admin", name="quantri")


def settled(**changed: Any) -> Settlement:
    return settling.settle(actor=Actor.machine("test"), **(GOOD | changed))


@pytest.mark.req_part("BDM-010", "BDP-009")
def test_extraction_is_closed_with_its_article_until_the_competent_level_is_named() -> None:
    with pytest.raises(NotAllowed) as refused:
        settling.require_settled(profile="BDM", action="extract")
    (reason,) = refused.value.reasons
    assert (reason.code, reason.cite) == ("left_open", "BDM Đ2.2 g2")
    assert reason.facts["parameter"] == "cấp có thẩm quyền cho phép trích xuất"
    settling.settle(actor=administrator(), **GOOD)
    settling.require_settled(profile="BDM", action="extract")


def test_what_the_text_names_itself_was_never_closed() -> None:
    settling.require_settled(profile="BDM", action="provide")  # Đ2.2 g3 names the department
    settling.require_settled(profile="QN", action="extract")
    with pytest.raises(NotAllowed, match="provide"):
        settling.require_settled(profile="QN", action="provide")


def test_the_document_and_what_stood_before_are_in_the_history_and_the_last_one_counts() -> None:
    settled()
    settled(value="Phó Giám đốc Sở", number="46/QĐ-UBND")
    entries = Entry.objects.filter(kind=Kind.PARAMETER_SETTLED).order_by("seq")
    first, second = (entry.detail for entry in entries)
    assert first["before"] == {"value": None} and first["cite"] == "BDM Đ2.2 g2"
    assert second["before"] == {"value": GOOD["value"]}
    assert second["document"] == "46/QĐ-UBND, 02/03/2026, UBND tỉnh Gia Lai"
    rules = shelf.shelf().books[("BDM", 1)].profile
    assert settling.settlements(rules)["par-competent"].value == "Phó Giám đốc Sở"
    assert Settlement.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("number", {"number": "  "}),
        ("issuer", {"issuer": ""}),
        ("issued", {"issued": None}),
        ("issued", {"issued": timezone.localdate() + timedelta(days=2)}),
        ("value", {"value": ""}),
        ("value", {"parameter": "par-inspect-every", "value": "thường xuyên"}),
        ("value", {"profile": "QN", "parameter": "par-close-public", "value": "never"}),
        ("parameter", {"parameter": "par-nothing"}),
        ("parameter", {"profile": "DN", "parameter": "par-report-day"}),
    ],
)
def test_without_a_proper_document_nothing_is_settled(field: str, changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        settled(**changed)
    assert list(refused.value.message_dict) == [field]
    assert not Settlement.objects.exists()


def test_only_who_administers_the_system_settles() -> None:
    centre = province.unit("Trung tâm", ["central_manager"])
    with pytest.raises(NotAllowed):
        settling.settle(actor=province.holder(centre, "central_operator", name="truc"), **GOOD)
    assert not Settlement.objects.exists()
    assert Entry.objects.filter(kind=Kind.REFUSED).exists()
