"""Players of others: who they are, and that only registered ones get pictures that bear no watermark."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.conf import settings

from thienly.conf import HlsClient
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.peer import network_zone, peer_address
from thienly.core.access.refusal import NotAllowed, Reason
from thienly.core.accounts.models import Account
from thienly.core.footage.streams import ACTION, Mode, Opening, open_stream
from thienly.core.footage.viewers import viewer_of
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.access import ReasonCode


@dataclass(frozen=True, slots=True)
class Player:
    """Who fetches. `client`: the name under which it is registered; empty when it is not."""

    actor: Actor
    client: str


def player_of(*, session: str, bearer: str, peer: str, forwarded: str) -> Player | None:
    """By a registered client's key, else by the session of a person; None when neither is anybody.

    A key that is sent must be right: a session beside it does not help.
    """
    address = peer_address(peer, forwarded)
    if bearer:
        return _by_key(bearer, address)
    viewer = viewer_of(session=session, peer=peer, forwarded=forwarded)
    if viewer is None or viewer.actor.account is None:
        return None
    name = viewer.actor.account.username
    client = next((one for one in _clients(address) if one.account == name), None)
    return Player(viewer.actor, client.name if client else "")


def _by_key(key: str, address: str) -> Player | None:
    digest = sha256(key.encode()).hexdigest()
    client = next(
        (one for one in _clients(address) if one.key_sha256 and hmac.compare_digest(one.key_sha256, digest)),
        None,
    )
    if client is None:
        return None
    account = Account.objects.filter(username=client.account, is_active=True, suspended_at=None).first()
    if account is None:
        return None
    actor = Actor.person(account, address=address, network_zone=network_zone(address))
    return Player(actor, client.name)


def _clients(address: str) -> list[HlsClient]:
    """Those that may come from this address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return []
    return [
        one
        for one in settings.CONF.file.hls_clients
        if not one.addresses or any(ip in ip_network(cidr, strict=False) for cidr in one.addresses)
    ]


@service
def open_for_player(
    *,
    actor: Actor,
    client: str,
    camera: str,
    mode: Mode,
    stream: str,
    gateway: str,
    from_: datetime | None = None,
    now: datetime | None = None,
) -> Opening:
    """`open_stream` for a player of others. Raises OutsideScope, and NotAllowed also for whoever is entitled
    to the pictures but not registered: elsewhere they would bear his name."""
    found = gate.fetch(actor=actor, action=ACTION[mode], model=Camera, id=camera, now=now)
    if not client:
        raise NotAllowed(
            action=ACTION[mode],
            object_kind="camera",
            object_id=found.id.hex,
            label=str(found),
            reasons=[Reason(ReasonCode.UNREGISTERED_PLAYER)],
        )
    return open_stream(
        actor=actor,
        camera=camera,
        mode=mode,
        stream=stream,
        gateway=gateway,
        from_=from_,
        player=client,
        now=now,
    )
