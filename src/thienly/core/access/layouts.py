"""Saving walls."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.models import WallLayout
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

WALL_SIZES = (1, 4, 9, 16)


@service
def save_layout(
    *,
    actor: Actor,
    name: str,
    size: int,
    tiles: Sequence[str | None],
    streams: Mapping[str, str] | None = None,
) -> WallLayout:
    """Saves (or replaces) the actor's own arrangement; it grants nothing and is asked again when it is shown.

    `tiles`: camera ids or None in reading order, at most `size` (1, 4, 9 or 16). `streams`: `main` or `sub`
    by camera id (hex), for those that are not shown by the size of their tile; the rest is left out.
    Raises OutsideScope for a camera that the actor may not know; ValidationError by field.
    """
    if actor.account is None:
        raise NotAllowed(
            action=Action.VIEW_LIVE,
            object_kind="layout",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.ANONYMOUS)],
        )
    name, ids = normalise(name)[:80], [_camera_id(tile) for tile in tiles]
    if not name:
        raise ValidationError({"name": [ValidationError(_("Give the layout a name."), "required")]})
    if size not in WALL_SIZES or len(ids) > size:
        raise ValidationError({"size": [ValidationError(_("A wall has 1, 4, 9 or 16 tiles."), "invalid")]})
    wanted = {camera for camera in ids if camera}
    if wanted.difference(gate.visible(actor=actor).filter(pk__in=wanted).values_list("pk", flat=True)):
        raise OutsideScope(
            action=Action.VIEW_LIVE,
            object_kind="camera",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    layout, _new = WallLayout.objects.update_or_create(
        account=actor.account,
        name=name,
        defaults={
            "size": size,
            "tiles": [camera.hex if camera else None for camera in ids],
            "streams": {
                camera.hex: streams[camera.hex]
                for camera in wanted
                if streams and streams.get(camera.hex) in ("main", "sub")
            },
            "updated_at": timezone.now(),
        },
    )
    detail: dict[str, JSON] = {"size": size, "cameras": sorted(camera.hex for camera in wanted)}
    record(actor=actor, kind=Kind.LAYOUT_SAVED, obj=layout, object_label=name, detail=detail)
    return layout


def layouts_of(*, actor: Actor) -> QuerySet[WallLayout]:
    """The actor's own saved layouts, by name."""
    return WallLayout.objects.filter(account=actor.account).order_by("name")


def _camera_id(tile: str | None) -> UUID | None:
    if tile is None:
        return None
    try:
        return UUID(tile)
    except ValueError:
        raise ValidationError({"tiles": [ValidationError(_("This is no camera."), "invalid")]}) from None
