"""What the network from which somebody comes forbids. The gate asks here; nobody else need."""

from functools import lru_cache

from django.conf import settings

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.regulation.shelf import profiles
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.zones import Zones


def zones() -> Zones:
    conf: Conf = settings.CONF
    return _zones(tuple(zone.rule for zone in conf.file.network_zones))


@lru_cache(maxsize=4)
def _zones(table: tuple[object, ...]) -> Zones:
    return Zones(table)  # type: ignore[arg-type]  # a tuple of Zone


def against(actor: Actor, action: Action) -> Reason | None:
    """Why a person may not do this from where he is; None when he may, and for processes."""
    if actor.kind == "machine" or zones().permits(actor.network_zone, [action]):
        return None
    facts = {
        "action": action.value,
        "zone": actor.network_zone,
        "document": zones().document(actor.network_zone),
    }
    return Reason(ReasonCode.NETWORK_ZONE, _articles(), facts)


def shut_out(actor: Actor) -> bool:
    """Whether nothing at all may be done from where this person, or somebody unknown, is."""
    return actor.kind != "machine" and zones().shut(actor.network_zone)


def _articles() -> str:
    cites = {
        profile.cited(rule): None
        for profile in profiles().values()
        for rule in profile.networks
        if rule.enforce in ("block_others", "separate_gateway")
    }
    return "; ".join(cites)
