"""Marking moments of recordings, and finding them again. Who may not play a recording sees no mark in it."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.bookmarks.models import Bookmark
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

MOST_OF_A_PERSON = 2000
MOST_AT_ONCE = 1000


@service
def add_bookmark(
    *,
    actor: Actor,
    camera_id: UUID | str,
    at: datetime,
    until: datetime | None = None,
    title: str,
    note: str = "",
    shared: bool = False,
) -> Bookmark:
    """Marks a moment, or the span [at, until). `shared`: the people of the unit through which the actor may
    play this camera's recordings see it too.

    Raises OutsideScope, NotAllowed; ValidationError by field.
    """
    camera = gate.fetch(actor=actor, action=Action.VIEW_PLAYBACK, model=Camera, id=camera_id)
    decision = gate.require(actor=actor, action=Action.VIEW_PLAYBACK, obj=camera)
    if actor.account is None or not decision.grants:
        raise NotAllowed(
            action=Action.VIEW_PLAYBACK,
            object_kind="camera",
            object_id=camera.id.hex,
            label=str(camera),
            reasons=[Reason(ReasonCode.ANONYMOUS)],
        )
    title, note = normalise(title), normalise(note)
    _check(actor=actor, title=title, note=note, at=at, until=until)
    seat = Seat.objects.select_related("unit").get(pk=UUID(decision.grants[0].seat))
    bookmark = Bookmark.objects.create(
        camera=camera,
        account=actor.account,
        unit=seat.unit if shared else None,
        at=at,
        until=until,
        title=title,
        note=note,
        created_at=timezone.now(),
    )
    record(
        actor=actor,
        kind=Kind.BOOKMARK_ADDED,
        camera=camera,
        obj=bookmark,
        object_label=title,
        purpose=decision.purpose,
        detail=_facts(bookmark),
    )
    return bookmark


@service
def remove_bookmark(*, actor: Actor, bookmark_id: UUID | str) -> None:
    """Only who made it removes it. Raises OutsideScope, alike for another's and for one that never was.

    Needs no right to the camera: somebody who lost it may still clear away his own notes.
    """
    try:
        mine = Bookmark.objects.select_related("camera", "unit").filter(account=actor.account)
        bookmark = mine.filter(pk=UUID(str(bookmark_id))).first() if actor.account else None
    except ValueError:
        bookmark = None
    if bookmark is None:
        raise OutsideScope(
            action=Action.VIEW_PLAYBACK,
            object_kind="bookmark",
            object_id=str(bookmark_id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    record(
        actor=actor,
        kind=Kind.BOOKMARK_REMOVED,
        camera=bookmark.camera,
        obj=bookmark,
        object_label=bookmark.title,
        detail=_facts(bookmark),
    )
    bookmark.delete()


@service
def bookmarks_between(
    *, actor: Actor, camera_id: UUID | str, start: datetime, end: datetime
) -> list[Bookmark]:
    """The actor's own and those shared with a unit of his that touch [start, end), oldest first, at most
    `MOST_AT_ONCE`. Raises OutsideScope, NotAllowed."""
    camera = gate.fetch(actor=actor, action=Action.VIEW_PLAYBACK, model=Camera, id=camera_id)
    touching = Q(at__gte=start, at__lt=end) | Q(at__lt=start, until__gt=start)
    found = seen_by(actor).filter(touching, camera=camera)
    return list(found.select_related("account", "unit").order_by("at")[:MOST_AT_ONCE])


def seen_by(actor: Actor) -> QuerySet[Bookmark]:
    """Own ones, and those of the units in which the actor holds a seat now. The right to the camera is asked
    beside."""
    if actor.account is None:
        return Bookmark.objects.none()
    now = timezone.now()
    seats = Seat.objects.filter(unended(now), account=actor.account, valid_from__lte=now)
    return Bookmark.objects.filter(Q(account=actor.account) | Q(unit__in=seats.values("unit")))


def _check(*, actor: Actor, title: str, note: str, at: datetime, until: datetime | None) -> None:
    errors: dict[str, list[ValidationError]] = {}
    if not title:
        errors["title"] = [ValidationError(_("Give the bookmark a name."), "required")]
    elif len(title) > 120:
        errors["title"] = [ValidationError(_("The name has more than 120 letters."), "too_long")]
    if len(note) > 1000:
        errors["note"] = [ValidationError(_("The note has more than 1,000 letters."), "too_long")]
    if until is not None and until <= at:
        errors["until"] = [ValidationError(_("The span ends before it begins."), "invalid")]
    if Bookmark.objects.filter(account=actor.account).count() >= MOST_OF_A_PERSON:
        full = _("You have %(n)s bookmarks. Remove some first.") % {"n": MOST_OF_A_PERSON}
        errors["title"] = [ValidationError(full, "too_many")]
    if errors:
        raise ValidationError(errors)


def _facts(bookmark: Bookmark) -> dict[str, JSON]:
    return {
        "at": bookmark.at.isoformat(),
        "until": bookmark.until.isoformat() if bookmark.until else None,
        "note": bookmark.note,
        "unit": bookmark.unit.name if bookmark.unit else None,
    }
