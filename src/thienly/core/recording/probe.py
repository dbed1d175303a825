"""Asking a camera, through a recorder that can reach it, whether it would give a picture."""

from typing import Protocol

from django.conf import settings
from django.core.exceptions import ValidationError

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.bus.vault import Vault, ZoneSeals
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.hints import installation_bus
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.address import read_address
from thienly.core.registry.cameras import read_fingerprint
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import Transport
from thienly.core.service import service
from thienly.rules.actions import Action
from thienly.rules.address import StreamAddress, parse
from thienly.rules.problems import Problem

TIMEOUT_S = 8.0


class NoRecorder(Exception):
    """No recorder of the zone answers: nobody can say anything about the camera."""


class Ask(Protocol):
    """`SyncBus.request`."""

    def __call__(self, subject: str, data: bytes, *, timeout_s: float) -> bytes: ...


def probe_camera(
    *,
    actor: Actor,
    site: Site,
    url: str,
    username: str = "",
    password: str | None = None,
    camera: Camera | None = None,
    transport: str = "tcp",
    fingerprint: str = "",
    zone: str = "main",
    ask: Ask | None = None,
) -> ProbeResult:
    """What the device at `url` answers, or the problem that a person can act on.

    `camera`: an existing one is being changed. Its stored password is used when `password` is None, and only
    for the device for which it was stored. History is told before anything is sent. Takes up to `TIMEOUT_S`
    and holds no transaction meanwhile. Raises OutsideScope, NotAllowed; NoRecorder.
    """
    try:
        address = read_address(url)
    except ValidationError as error:
        _allow(actor=actor, site=site, camera=camera, url="", zone=zone)
        return ProbeResult(ok=False, problem=Problem(str(error.code)), detail=str(error.message))
    served = zone in settings.CONF.zones  # it becomes part of a subject
    _allow(actor=actor, site=site, camera=camera, url=address.url if served else "", zone=zone)
    if not served:
        raise NoRecorder(zone)
    request = ProbeRequest(
        url=address.url,
        username=username or address.username,
        sealed_password=ZoneSeals(settings.CONF.vault_key).of(_sealed(password, address, camera), zone),
        allow_local=settings.CONF.demo,
        transport=Transport(transport).value if transport in Transport.values else "tcp",
        fingerprint=read_fingerprint(fingerprint) if address.encrypted else "",
        timeout_s=TIMEOUT_S,
    )
    ask = ask or installation_bus().request
    try:
        answer = ask(subjects.probe(zone), request.encode(), timeout_s=TIMEOUT_S + 2)
        return ProbeResult.decode(answer)
    except BusRefused as error:
        return ProbeResult(ok=False, problem=Problem.PROTOCOL, detail=str(error))
    except BusUnavailable as error:
        raise NoRecorder(zone) from error


@service
def _allow(*, actor: Actor, site: Site, camera: Camera | None, url: str, zone: str) -> None:
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=camera or site)
    if camera is not None and camera.site_id != site.pk:
        gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=site)
    if url:  # else nothing is sent
        detail = {"url": url, "zone": zone, "site": site.name}
        record(actor=actor, kind=Kind.CAMERA_PROBED, camera=camera, obj=camera or site, detail=detail)


def _sealed(password: str | None, address: StreamAddress, camera: Camera | None) -> str:
    """The password to try. A stored one must not be sent to an address that somebody typed."""
    if password is None and not address.password and camera is not None and camera.url:
        stored = parse(camera.url)
        same = (stored.scheme, stored.host, stored.port) == (address.scheme, address.host, address.port)
        return camera.sealed_password if same else ""
    return Vault.from_file(settings.CONF.vault_key).seal(password or address.password)
