"""From where somebody comes: the address of the real peer, and its network zone."""

from ipaddress import ip_address, ip_network

from django.conf import settings

from thienly.core.access.fence import zones


def peer_address(peer: str, forwarded: str) -> str:
    """The address to record. `forwarded` (X-Forwarded-For) counts only when `peer` is a listed proxy."""
    if forwarded and peer in settings.CONF.file.proxies:
        return forwarded.rsplit(",", 1)[-1].strip()
    return peer


def network_zone(address: str) -> str:
    """The name of the first zone that holds `address`, or "" when none does."""
    return zones().of(address)


def may_scrape(address: str) -> bool:
    """Whether who comes from `address` may read the metrics without signing in: `metrics_from`."""
    try:
        ip = ip_address(address)
        return any(ip in ip_network(one, strict=False) for one in settings.CONF.file.metrics_from)
    except ValueError:
        return False
