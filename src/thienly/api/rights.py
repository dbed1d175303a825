"""Seats and the rights beside them: list, give, lend, receive, end, hand over. The rights of the pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field

from thienly.api.bookmarks import Instant
from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.access.document import Document
from thienly.core.access.doors import fetch_right, fetch_seat, own_seat
from thienly.core.access.handover import hand_over
from thienly.core.access.models import Right, Seat
from thienly.core.access.rights import (
    SOON,
    Given,
    delegate,
    end_right,
    give_consent,
    give_grant,
    known_rights,
)
from thienly.core.access.services import appoint, receive_seat
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.actions import Action

MOST = 1000

fetch = service(gate.fetch)
"""What is refused is recorded. Raises OutsideScope, NotAllowed."""

router = Router(tags=["rights"])
people = Router(tags=["rights"])
seats = Router(tags=["rights"])


class DocumentIn(Schema):
    number: str = Field(max_length=200, description="12/QĐ-UBND")
    issued: date
    issuer: str = Field(max_length=400, description="the body that issued it")
    signatory: str = Field(max_length=400, description="who signed it, with the post")

    def plain(self) -> Document:
        return Document(self.number, self.issued, self.issuer, self.signatory)


class SeatIn(Schema):
    unit: UUID
    profile: str = Field(max_length=20, description="id of the regulation, e.g. QN")
    role: str = Field(max_length=60, description="id of the role in it")
    document: DocumentIn
    valid_from: Instant | None = Field(default=None, description="null: now")
    valid_to: Instant | None = Field(default=None, description="first moment at which it no longer counts")
    sector: str = Field(default="", max_length=40)
    sites: list[UUID] = Field(default=[], max_length=1000)


class GivenIn(Schema):
    actions: list[Action] = Field(max_length=20)
    reason: str = Field(max_length=1000, description="what for")
    document: DocumentIn
    valid_from: Instant | None = Field(default=None, description="null: now")
    valid_to: Instant


class RightIn(GivenIn):
    kind: Literal["grant", "consent"]
    seat: UUID
    sites: list[UUID] = Field(default=[], max_length=1000)
    cameras: list[UUID] = Field(default=[], max_length=1000)


class LentIn(GivenIn):
    to: UUID = Field(description="the seat that may act, of the same unit or below")


class LeaveIn(Schema):
    reason: str = Field(max_length=1000)
    document: DocumentIn
    successor: UUID | None = Field(default=None, description="an account")


class EndIn(Schema):
    reason: str = Field(max_length=1000)


class SeatOut(Schema):
    id: str


class LeftOut(Schema):
    ended: list[str] = Field(description="seats")
    begun: list[str] = Field(description="seats of the successor")
    sessions_ended: int


class RightOut(Schema):
    id: str
    kind: str = Field(description="grant, consent, delegation")
    account: str
    seat: str
    lender: str | None = Field(description="of a delegation: the seat whose right it is")
    actions: list[str]
    sites: list[str]
    cameras: list[str]
    reason: str
    number: str
    issued: date
    issuer: str
    signatory: str
    valid_from: datetime
    valid_to: datetime
    in_force: bool

    @classmethod
    def of(cls, right: Right) -> "RightOut":
        return cls(
            id=right.id.hex,
            kind=right.kind,
            account=right.seat.account_id.hex,
            seat=right.seat_id.hex,
            lender=right.lender_id.hex if right.lender_id else None,
            actions=list(right.actions),
            sites=[site.id.hex for site in right.sites.all()],
            cameras=[camera.id.hex for camera in right.cameras.all()],
            reason=right.reason,
            number=right.number,
            issued=right.issued,
            issuer=right.issuer,
            signatory=right.signatory,
            valid_from=right.valid_from.astimezone(UTC),
            valid_to=right.valid_to.astimezone(UTC),
            in_force=right.valid_from <= timezone.now() < right.valid_to,
        )


@router.get("", response=list[RightOut])
def rights(request: HttpRequest, soon: bool = False, everything: bool = False) -> list[RightOut]:
    """Rights for a time that I may know, the next to end first, at most 1,000. `soon`: within 14 days."""
    now = timezone.now()
    known = known_rights(actor=actor_of(request))
    if not everything:
        known = known.filter(valid_to__gt=now)
    if soon:
        known = known.filter(valid_to__lte=now + SOON)
    return [RightOut.of(right) for right in known[:MOST]]


@router.post("/{right_id}/end", response=RightOut)
def right_end(request: HttpRequest, right_id: str, end: EndIn) -> RightOut:
    """Ends it now: who lent it, who was given it, or who administers the accounts of its unit."""
    actor = actor_of(request)
    found = fetch_right(actor=actor, id=right_id)
    return RightOut.of(end_right(actor=actor, right=found, reason=end.reason))


@people.post("/{person_id}/seats", response={201: SeatOut})
def seat_add(request: HttpRequest, person_id: str, seat: SeatIn) -> Status[SeatOut]:
    """Puts a person into a role of a unit."""
    actor = actor_of(request)
    account = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person_id)
    unit = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Unit, id=seat.unit)
    made = appoint(
        actor=actor,
        account=account,
        unit=unit,
        profile=seat.profile,
        role=seat.role,
        document=seat.document.plain(),
        valid_from=seat.valid_from,
        valid_to=seat.valid_to,
        sector=seat.sector,
        sites=_sites(request, seat.sites),
    )
    return Status(201, SeatOut(id=made.id.hex))


@people.post("/{person_id}/rights", response={201: RightOut})
def right_add(request: HttpRequest, person_id: str, right: RightIn) -> Status[RightOut]:
    """Gives a right beside one of the person's roles, by a document and for a time."""
    actor = actor_of(request)
    account = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person_id)
    seat = account.seats.filter(pk=right.seat).first()
    if seat is None:
        raise ValidationError({"seat": [_("Choose a role of this person.")]})
    cameras = list(gate.visible(actor=actor).filter(pk__in=right.cameras).select_related("site__unit"))
    if len(cameras) < len(set(right.cameras)):
        raise ValidationError({"cameras": [_("There is no such camera.")]})
    giving = give_consent if right.kind == "consent" else give_grant
    made = giving(
        actor=actor,
        seat=fetch_seat(actor=actor, id=seat.pk),
        given=_given(right, sites=_sites(request, right.sites), cameras=cameras),
    )
    return Status(201, RightOut.of(made))


@people.post("/{person_id}/handover", response=LeftOut)
def leave(request: HttpRequest, person_id: str, left: LeaveIn) -> LeftOut:
    """The person leaves: every seat ends at one moment, sessions and pictures with it."""
    actor = actor_of(request)
    account = fetch(actor=actor, action=Action.ADMIN_ACCOUNTS, model=Account, id=person_id)
    successor = None
    if left.successor is not None:
        successor = gate.visible(actor=actor, model=Account).filter(pk=left.successor).first()
        if successor is None:
            raise ValidationError({"successor": [_("There is no such account.")]})
    done = hand_over(
        actor=actor,
        account=account,
        reason=left.reason,
        document=left.document.plain(),
        successor=successor,
    )
    return LeftOut(
        ended=[seat.id.hex for seat in done.ended],
        begun=[seat.id.hex for seat in done.begun],
        sessions_ended=done.sessions_ended,
    )


@seats.post("/{seat_id}/receive", response=SeatOut)
def seat_receive(request: HttpRequest, seat_id: str) -> SeatOut:
    """Acknowledges that a seat assigned to me was received; it counts from then on."""
    actor = actor_of(request)
    return SeatOut(id=receive_seat(actor=actor, seat=own_seat(actor=actor, id=seat_id)).id.hex)


@seats.post("/{seat_id}/delegate", response={201: RightOut})
def seat_delegate(request: HttpRequest, seat_id: str, lent: LentIn) -> Status[RightOut]:
    """Lends named rights of my own seat for a time to another seat of the same unit or below."""
    actor = actor_of(request)
    lender = own_seat(actor=actor, id=seat_id)
    to = Seat.objects.filter(pk=lent.to, unit__path__startswith=lender.unit.path).first()
    if to is None:
        raise ValidationError({"to": [_("There is no such role in your unit or below.")]})
    return Status(201, RightOut.of(delegate(actor=actor, lender=lender, seat=to, given=_given(lent))))


def _given(told: GivenIn, *, sites: Sequence[Site] = (), cameras: Sequence[Camera] = ()) -> Given:
    return Given(
        actions=told.actions,
        reason=told.reason,
        document=told.document.plain(),
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        sites=sites,
        cameras=cameras,
    )


def _sites(request: HttpRequest, wanted: list[UUID]) -> list[Site]:
    """Raises ValidationError for a place that the actor may not know, alike for one that never was."""
    known = gate.visible(actor=actor_of(request), model=Site)
    found = list(known.filter(pk__in=wanted).select_related("unit"))
    if len(found) < len(set(wanted)):
        raise ValidationError({"sites": [_("There is no such place.")]})
    return found
