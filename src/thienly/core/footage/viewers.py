"""Who is at the other end of a stream, and whether that still holds. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import unended
from thienly.core.access.models import Seat
from thienly.core.access.peer import network_zone, peer_address
from thienly.core.access.refusal import Reason
from thienly.core.accounts.models import Account
from thienly.core.accounts.sessions import opened
from thienly.core.accounts.standing import door_of
from thienly.core.footage.streams import ACTION, Mode
from thienly.core.registry.models import Camera
from thienly.rules.actions import Action


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person at a page. `mark` goes over every picture: name, then unit and user name."""

    actor: Actor
    mark: str
    language: str


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody who could be asked."""

    name: str
    title: str
    unit: str


def mark_over(viewer: Viewer, *, from_file: bool) -> str:
    """What goes over the pictures of a camera; that it is none stands first, also in what is saved."""
    if not from_file:
        return viewer.mark
    with translation.override(viewer.language):
        none = gettext("FILE, not a live camera")
    return f"{none} · {viewer.mark}"


def viewer_of(*, session: str, peer: str, forwarded: str = "") -> Viewer | None:
    """The viewer whom this session key signs in; None when there is none, or the account is suspended."""
    if not session:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session)
    user = get_user(request)
    if not isinstance(user, Account) or not user.is_active or user.suspended_at is not None:
        return None
    now = timezone.now()
    # What pages refuse until it is done, streams refuse too.
    if user.machine or door_of(user, session=request.session, opened=opened(session), now=now).duty:
        return None
    address = peer_address(peer, forwarded)
    actor = Actor.person(user, address=address, network_zone=network_zone(address), session=session)
    seats = Seat.objects.filter(unended(now), account=user, valid_from__lte=now)
    unit = seats.order_by("valid_from").values_list("unit__name", flat=True).first()
    mark = " · ".join(part for part in (user.full_name, unit, user.username) if part)
    return Viewer(actor=actor, mark=mark, language=user.language)


def living_sessions(keys: Iterable[str]) -> set[str]:
    """Those of the session keys that still exist and have not expired: one query."""
    found = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return set(found.values_list("session_key", flat=True))


def still_allowed(
    *, actor: Actor, mode: Mode, cameras: Iterable[str], now: datetime | None = None
) -> set[str]:
    """Those of the camera ids (hex) that the actor may go on watching."""
    return _among(cameras, gate.visible(actor=actor, action=ACTION[mode], model=Camera, now=now))


def still_heard(*, actor: Actor, cameras: Iterable[str], now: datetime | None = None) -> set[str]:
    """Those of the camera ids (hex) whose sound the actor may hear."""
    return _among(cameras, gate.visible(actor=actor, action=Action.LISTEN, model=Camera, now=now))


def _among(cameras: Iterable[str], rows: QuerySet[Camera]) -> set[str]:
    return {pk.hex for pk in rows.filter(pk__in=list(cameras)).values_list("pk", flat=True)}


def why_not(*, actor: Actor, mode: Mode, camera: str, now: datetime | None = None) -> list[Reason]:
    """The gate's reasons against watching on; empty when the camera is unknown to the actor."""
    found = Camera.objects.select_related("site__unit").filter(pk=camera).first()
    if found is None:
        return []
    decision = gate.decide(actor=actor, action=ACTION[mode], obj=found, now=now)
    return decision.reasons if decision.visible else []


def whom_to_ask(*, mode: Mode, camera: str, now: datetime | None = None) -> list[Post]:
    """At most five posts that have the right; for a refusal of 403, never of 404."""
    found = Camera.objects.select_related("site__unit").get(pk=camera)
    seats = gate.who_can(action=ACTION[mode], obj=found, now=now)[:5]
    return [Post(seat.account.full_name, seat.account.title, seat.unit.name) for seat in seats]
