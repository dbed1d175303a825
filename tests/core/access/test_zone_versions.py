"""Network zones stand in a file; that they changed stands in history."""

from unittest.mock import patch

import pytest
from django.conf import settings
from django.utils import timezone

from thienly.conf import Conf, NetworkZone
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.rules.actions import Action
from thienly.steward.clock import DUTIES
from thienly.web.words.acts import act_words

pytestmark = pytest.mark.django_db


def started_with(*zones: NetworkZone) -> None:
    conf = Conf(settings.CONF.data)
    conf.__dict__["file"] = settings.CONF.file.model_copy(update={"network_zones": list(zones)})
    with patch.object(settings, "CONF", conf):
        DUTIES["zones"][1](timezone.now())


def test_each_change_of_the_zones_is_one_row_with_before_and_after() -> None:
    office = NetworkZone(name="TSLCD", cidr="10.0.0.0/8")
    branch = NetworkZone(name="TSLCD", cidr="172.16.0.0/12")
    public = NetworkZone(
        name="Internet", cidr="0.0.0.0/0", actions=[Action.STATISTICS], document="12/QĐ-UBND"
    )
    started_with()
    assert not Entry.objects.filter(kind=Kind.ZONES_CHANGED).exists()
    started_with(office)
    started_with(office)
    started_with(public, branch, office)
    started_with(office, branch, public)  # the order says nothing
    started_with(public)
    rows = list(Entry.objects.filter(kind=Kind.ZONES_CHANGED).order_by("seq"))
    assert [row.object_label for row in rows] == ["TSLCD", "Internet, TSLCD", "TSLCD"]
    assert [row.detail["before"] for row in rows] == [{}, rows[0].detail["after"], rows[1].detail["after"]]
    assert rows[0].detail["after"] == {"TSLCD": "10.0.0.0/8; *"}
    assert rows[2].detail["after"] == {"Internet": f"0.0.0.0/0; {Action.STATISTICS.value}; 12/QĐ-UBND"}
    assert rows[0].actor_label == "steward"
    assert "TSLCD" in act_words(rows[0])
