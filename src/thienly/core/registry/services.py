"""Changing the register: sites and cameras. Who does it must administer devices where they stand."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core import hints
from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.ledger import writer
from thienly.core.ledger.kinds import Kind
from thienly.core.quality.orders import order
from thienly.core.registry.cameras import STREAM, CameraFields, facts, lay
from thienly.core.registry.models import Camera, Site
from thienly.core.registry.vocabulary import SiteKind
from thienly.core.regulation.settling import require_settled_over
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

_OF_CONNECTION = frozenset({"url", "username", "transport", "fingerprint", "zone"})


@service
def create_site(
    *,
    actor: Actor,
    unit: Unit,
    name: str,
    kind: str,
    aliases: Sequence[str] = (),
    address: str = "",
    latitude: float | None = None,
    longitude: float | None = None,
) -> Site:
    """A place of `unit`. `aliases`: other spellings under which people look for it. Degrees in WGS 84.

    Raises OutsideScope, NotAllowed; ValidationError by field.
    """
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=unit)
    name, other = normalise(name), [normalise(alias) for alias in aliases if normalise(alias)]
    errors: dict[str, list[ValidationError]] = {}
    if unit.valid_to is not None and unit.valid_to <= timezone.localdate():
        message = _("%(unit)s exists no more: choose its successor.")
        errors["unit"] = [ValidationError(message, "ended", {"unit": unit.name})]
    if not name:
        errors["name"] = [ValidationError(_("Give the place a name."), "required")]
    elif Site.objects.filter(unit=unit, name=name).exists():
        errors["name"] = [ValidationError(_("The unit already has a place of this name."), "duplicate")]
    if kind not in SiteKind.values:
        errors["kind"] = [ValidationError(_("Choose one of the kinds of places."), "invalid")]
    if latitude is not None and not -90 <= latitude <= 90:
        errors["latitude"] = [ValidationError(_("Latitude lies between -90 and 90 degrees."), "invalid")]
    if longitude is not None and not -180 <= longitude <= 180:
        errors["longitude"] = [ValidationError(_("Longitude lies between -180 and 180 degrees."), "invalid")]
    if errors:
        raise ValidationError(errors)
    site = Site.objects.create(
        name=name,
        folded=fold(" ".join([name, *other]))[:600],
        aliases=other,
        kind=kind,
        unit=unit,
        address=normalise(address),
        latitude=latitude,
        longitude=longitude,
    )
    detail = {"unit": unit.name, "kind": kind, "aliases": other, "latitude": latitude, "longitude": longitude}
    writer.record(actor=actor, kind=Kind.SITE_CREATED, obj=site, detail=detail)
    return site


@service
def register_camera(
    *,
    actor: Actor,
    site: Site,
    code: str,
    name: str,
    sector: str,
    url: str,
    sub_url: str = "",
    username: str = "",
    password: str = "",
    transport: str = "tcp",
    fingerprint: str = "",
    zone: str = "main",
    record: bool = True,
    audio: bool = False,
    secret: bool = False,
    at: datetime | None = None,
) -> Camera:
    """A new camera at `site`. Credentials inside `url` are split off; the password is kept sealed.

    Raises OutsideScope, NotAllowed; ValidationError by field (codes of `url` are `rules.problems.Problem`).
    """
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=site)
    camera = Camera(site=site, created_at=at or timezone.now())
    fields = CameraFields(
        code=code,
        name=name,
        sector=sector,
        url=url,
        sub_url=sub_url,
        username=username,
        password=password,
        transport=transport,
        fingerprint=fingerprint,
        zone=zone,
        record=record and not secret,  # what is secret is never recorded here
        audio=audio,
        secret=secret,
    )
    lay(fields, camera)
    _save(camera, new=True)
    after = facts(camera) | {"password": "set" if camera.sealed_password else "none"}
    writer.record(actor=actor, kind=Kind.CAMERA_REGISTERED, camera=camera, detail={"after": after})
    order(actor=actor, camera=camera, reason="entered", at=camera.created_at)
    return camera


@service
def change_camera(*, actor: Actor, camera: Camera, fields: CameraFields, why: str = "") -> Camera:
    """The camera with `fields` changed. Nothing that differs: nothing is written.

    A move to another site needs the right over both; what touches transmission or recording (`STREAM`) needs
    a reason, `why`, beside it (BDP I.2, NB Đ5.6).
    Raises OutsideScope, NotAllowed (also while a regulation leaves open who agrees to such a change);
    ValidationError by field.
    """
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=camera)
    if fields.site is not None and fields.site.pk != camera.site_id:
        gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=fields.site)
    camera = _locked(camera)
    before, sealed = facts(camera), camera.sealed_password
    lay(fields, camera)
    after = facts(camera)
    changed = [name for name in after if after[name] != before[name]]
    detail: dict[str, JSON] = {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    if camera.sealed_password != sealed:
        detail["password"] = "changed" if camera.sealed_password else "removed"
    elif not changed:
        return camera
    if "password" in detail or STREAM.intersection(changed):
        require_settled_over(sector=str(before["sector"]), action="device.change")
    if why := normalise(why)[:300]:
        detail["reason"] = why
    elif "password" in detail or STREAM.intersection(changed):
        message = _("Say why: this changes what is transmitted or recorded.")
        raise ValidationError({"why": [ValidationError(message, "required")]})
    camera.revision += 1
    _save(camera, new=False)
    writer.record(actor=actor, kind=Kind.CAMERA_CHANGED, camera=camera, detail=detail)
    if "password" in detail or _OF_CONNECTION.intersection(changed):
        order(actor=actor, camera=camera, reason="changed", at=timezone.now())
    if {"site_id", "sector", "secret"}.intersection(changed):
        epoch.bump()
    return camera


@service
def retire_camera(*, actor: Actor, camera: Camera, reason: str, at: datetime | None = None) -> Camera:
    """Ends the camera as a device; its record and its recordings stay.

    Raises OutsideScope, NotAllowed; ValidationError without a reason or when it is retired already.
    """
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=camera)
    camera = _locked(camera)
    require_settled_over(sector=camera.sector, action="device.change")
    reason = normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why the camera is retired."), "required")]})
    if camera.retired_at is not None:
        raise ValidationError(_("The camera is retired already."), "retired")
    camera.retired_at = at or timezone.now()
    camera.record = False
    camera.revision += 1
    _save(camera, new=False)
    detail = {"reason": reason, "retired_at": camera.retired_at.isoformat()}
    writer.record(actor=actor, kind=Kind.CAMERA_RETIRED, camera=camera, detail=detail)
    epoch.bump()
    return camera


def _locked(camera: Camera) -> Camera:
    """The row as it is now, held until the transaction ends: `before` in history must be what was there."""
    return Camera.objects.select_for_update(of=("self",)).select_related("site__unit").get(pk=camera.pk)


def _save(camera: Camera, *, new: bool) -> None:
    try:
        with transaction.atomic():
            camera.save(force_insert=new)
    except IntegrityError as error:
        # Somebody took the code between the check and the write.
        taken = ValidationError(_("Another camera already has this code."), "duplicate")
        raise ValidationError({"code": [taken]}) from error
    hints.desired_changed()
