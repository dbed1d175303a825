"""Network zones: from which network which verbs may be done. The table is data (`thienly.toml`).

A table in which no zone names its verbs only gives names. As soon as one does, it is a fence: what no zone
holds may do nothing, and a zone that names no verbs of its own may do everything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from thienly.rules.actions import Action

Network = IPv4Network | IPv6Network
ADMINISTERING = frozenset({Action.ADMIN_ACCOUNTS, Action.ADMIN_SYSTEM})


@dataclass(frozen=True, slots=True)
class Zone:
    """`actions` None: no limit. Several networks, also of both families, may bear one name."""

    name: str
    network: Network
    actions: frozenset[Action] | None = None
    document: str = ""


class Contradiction(ValueError):
    """A table that cannot be meant."""


class Zones:
    """Asked with an address or with the name that was found for it."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        """Raises Contradiction when a name has two meanings, a fence names no document, or a fence leaves no
        network from which anybody could administer."""
        self._zones = tuple(zones)
        self._by_name: dict[str, Zone] = {}
        for zone in zones:
            known = self._by_name.setdefault(zone.name, zone)
            if known.actions != zone.actions:
                raise Contradiction(f"network_zones: {zone.name} allows different things in different lines")
            if zone.actions is not None and not zone.document:
                raise Contradiction(f"network_zones: {zone.name} limits actions and names no document")
        self.fenced = any(zone.actions is not None for zone in zones)
        if self.fenced and not any(self.permits(name, ADMINISTERING) for name in self._by_name):
            raise Contradiction(
                "network_zones: from no zone could anybody administer (admin.accounts, admin.system)"
            )

    def of(self, address: str) -> str:
        """The name of the first zone that holds the address; "" when none does, or it is no address."""
        ip = plain(address)
        return next((z.name for z in self._zones if ip is not None and ip in z.network), "")

    def permits(self, name: str, actions: Iterable[Action]) -> bool:
        """Whether each of the verbs may be done from there."""
        return all(self._may(name, action) for action in actions)

    def shut(self, name: str) -> bool:
        """Whether nothing at all may be done from there: not even signing in."""
        return not any(self._may(name, action) for action in Action)

    def document(self, name: str) -> str:
        zone = self._by_name.get(name)
        return zone.document if zone else ""

    def _may(self, name: str, action: Action) -> bool:
        zone = self._by_name.get(name)
        if zone is None:
            return not self.fenced
        return zone.actions is None or action in zone.actions


def plain(address: str) -> IPv4Address | IPv6Address | None:
    """An IPv4 address that came in IPv6 clothes (::ffff:10.0.0.1) is the IPv4 address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
