"""Somebody who looks again and again at one counter, at night, is told to those who inspect."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tests.core.world import World, person
from thienly.core.footage.unusual import judge, judge_yesterday
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked, search
from thienly.core.ledger.writer import record
from thienly.web.words.acts import act_words

pytestmark = pytest.mark.django_db


@pytest.mark.req("NB-028")
def test_unusual_viewing_is_an_alert_for_inspectors_and_for_nobody_else(world: World) -> None:
    officer = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    other = person("trucdem", "Lê Văn Đêm", role="central_operator", unit=world.centre)
    inspector = person("thanhtra", "Ngô Văn Thanh", role="tttt_guide", unit=world.centre)
    noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)

    def look(who: object, at: datetime, times: int) -> None:
        for minute in range(times):
            record(
                actor=who,  # type: ignore[arg-type]  # an actor
                kind=Kind.LIVE_OPENED,
                camera=world.quay,
                at=at + timedelta(minutes=minute),
            )

    with transaction.atomic():
        for days in range(2, 9):
            look(officer, noon - timedelta(days=days), 2)
            look(other, noon - timedelta(days=days), 2)
        look(officer, (noon - timedelta(days=1)).replace(hour=2), 20)
        look(other, noon - timedelta(days=1), 2)
    now = timezone.now()
    assert judge_yesterday(settings.CONF, now=now) == 1
    assert judge(settings.CONF, day=timezone.localdate(now) - timedelta(days=1), now=now) == 0  # told already
    alerts = Asked(kinds=[Kind.VIEWING_UNUSUAL])
    [alert] = search(actor=inspector, asked=alerts).entries
    assert {one["pattern"] for one in alert.detail["found"]} == {"same_camera", "other_hours"}
    assert "Trần Thị Bình" in act_words(alert)
    assert "CC-001" in act_words(alert)
    assert search(actor=officer, asked=alerts).entries == []
    assert not Entry.objects.filter(kind=Kind.VIEWING_UNUSUAL, object_label__contains="Đêm").exists()
