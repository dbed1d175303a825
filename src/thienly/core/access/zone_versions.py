"""Every change of the network zones is a row of history, although they are changed in a file."""

from datetime import datetime
from typing import cast

from django.db import transaction

from thienly.conf import Conf, NetworkZone
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.rules.hashchain import JSON


def note_zones(conf: Conf, *, now: datetime) -> bool:
    """Writes into history which zones stand in the configuration, when others stood there last; of a zone
    its networks, what may be done from there, and the document. Says whether it wrote."""
    zones = _told(conf.file.network_zones)
    with transaction.atomic():
        last = Entry.objects.filter(kind=Kind.ZONES_CHANGED).order_by("-seq").first()
        before = cast(dict[str, JSON], last.detail["after"]) if last else {}
        if before == zones:
            return False
        names = {name for name in before.keys() | zones.keys() if before.get(name) != zones.get(name)}
        record(
            actor=Actor.machine("steward"),
            kind=Kind.ZONES_CHANGED,
            object_kind="zones",
            object_label=", ".join(sorted(names)),
            detail={"before": before, "after": zones},
            at=now,
        )
    return True


def _told(zones: list[NetworkZone]) -> dict[str, JSON]:
    """By name; several networks may bear one."""
    told: dict[str, JSON] = {}
    for zone in zones:
        networks = sorted(one.cidr for one in zones if one.name == zone.name)
        actions = "*" if zone.actions is None else ", ".join(sorted(one.value for one in zone.actions))
        told[zone.name] = "; ".join(part for part in (", ".join(networks), actions, zone.document) if part)
    return told
