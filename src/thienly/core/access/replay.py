"""What everybody held at a moment, told by the ledger alone; and whether the rows of today say the same.

For an inspector: a seat or a right that stands in the tables and was never given, or was given and is gone,
or differs from what was written when it was given, has been changed past the services.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

KINDS = (
    Kind.SEAT_APPOINTED,
    Kind.SEAT_RECEIVED,
    Kind.SEAT_ENDED,
    Kind.RIGHT_GIVEN,
    Kind.RIGHT_ENDED,
    Kind.ACCOUNT_SUSPENDED,
    Kind.ACCOUNT_RESTORED,
)


@dataclass(frozen=True, slots=True)
class SeatTold:
    account: str
    unit: str
    profile: str
    role: str
    sector: str
    sites: tuple[str, ...]
    document: str
    valid_from: datetime
    valid_to: datetime | None
    must_receive: bool
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RightTold:
    kind: str
    seat: str
    lender: str
    entry: str
    actions: tuple[str, ...]
    sites: tuple[str, ...]
    cameras: tuple[str, ...]
    number: str
    valid_from: datetime
    valid_to: datetime


@dataclass(slots=True)
class Told:
    """By id, in 32 hexadecimal digits. `suspended`: accounts."""

    seats: dict[str, SeatTold] = field(default_factory=dict)
    rights: dict[str, RightTold] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Difference:
    noun: str  # seat, right, account
    id: str
    told: str  # by the ledger; "" when it tells nothing
    found: str  # in the tables; "" when nothing is there

    def __str__(self) -> str:
        return f"{self.noun} {self.id}: ledger {self.told or '-'}; table {self.found or '-'}"


def replay(entries: Iterable[Entry] | None = None, *, until: datetime | None = None) -> Told:
    """The state after these entries, oldest first (default: the whole ledger); `until` is not part of it."""
    if entries is None:
        entries = Entry.objects.filter(kind__in=[kind.value for kind in KINDS]).order_by("seq").iterator()
    told = Told()
    for entry in entries:
        if until is None or entry.at < until:
            _apply(told, entry)
    return told


def present() -> Told:
    """The same of the tables."""
    told = Told()
    for seat in Seat.objects.prefetch_related("sites"):
        told.seats[seat.id.hex] = SeatTold(
            account=seat.account_id.hex,
            unit=seat.unit_id.hex,
            profile=seat.profile,
            role=seat.role,
            sector=seat.sector,
            sites=tuple(sorted(site.id.hex for site in seat.sites.all())),
            document=seat.document,
            valid_from=seat.valid_from,
            valid_to=seat.valid_to,
            must_receive=seat.must_receive,
            received_at=seat.received_at,
        )
    for right in Right.objects.prefetch_related("sites", "cameras"):
        told.rights[right.id.hex] = RightTold(
            kind=right.kind,
            seat=right.seat_id.hex,
            lender=right.lender_id.hex if right.lender_id else "",
            entry=right.entry,
            actions=tuple(sorted(right.actions)),
            sites=tuple(sorted(site.id.hex for site in right.sites.all())),
            cameras=tuple(sorted(camera.id.hex for camera in right.cameras.all())),
            number=right.number,
            valid_from=right.valid_from,
            valid_to=right.valid_to,
        )
    suspended = Account.objects.exclude(suspended_at=None).values_list("pk", flat=True)
    told.suspended = {account.hex for account in suspended}
    return told


def differences(told: Told, found: Told) -> list[Difference]:
    """Where the two do not agree; [] when the tables are what the ledger tells."""
    result: list[Difference] = []
    for noun, left, right in (("seat", told.seats, found.seats), ("right", told.rights, found.rights)):
        for id_ in sorted({*left, *right}):
            if left.get(id_) != right.get(id_):
                result.append(Difference(noun, id_, _words(left.get(id_)), _words(right.get(id_))))
    for id_ in sorted(told.suspended ^ found.suspended):
        words = ("suspended", "") if id_ in told.suspended else ("", "suspended")
        result.append(Difference("account", id_, *words))
    return result


def _words(one: object) -> str:
    return repr(one) if one is not None else ""


def _apply(told: Told, entry: Entry) -> None:
    detail: dict[str, Any] = entry.detail
    match entry.kind:
        case Kind.SEAT_APPOINTED if "role" not in detail:  # given back by a review, with the end it had
            _until(told.seats, entry)
        case Kind.SEAT_APPOINTED:
            told.seats[entry.object_id] = SeatTold(
                account=detail["account"],
                unit=detail["unit"],
                profile=detail["profile"],
                role=detail["role"],
                sector=detail["sector"],
                sites=tuple(detail.get("site_ids", ())),
                document=detail["document"],
                valid_from=datetime.fromisoformat(detail["valid_from"]),
                valid_to=_moment(detail["valid_to"]),
                must_receive=detail.get("must_receive", False),
                received_at=_moment(detail.get("received_at")),
            )
        case Kind.SEAT_RECEIVED:
            seat = told.seats[entry.object_id]
            told.seats[entry.object_id] = replace(seat, received_at=_moment(detail["received_at"]))
        case Kind.SEAT_ENDED:
            _until(told.seats, entry)
        case Kind.RIGHT_GIVEN if "actions" not in detail:  # as above
            _until(told.rights, entry)
        case Kind.RIGHT_GIVEN:
            told.rights[entry.object_id] = RightTold(
                kind=detail["kind"],
                seat=detail["seat"],
                lender=detail["lender"] or "",
                entry=detail["entry"],
                actions=tuple(sorted(detail["actions"])),
                sites=tuple(detail["site_ids"]),
                cameras=tuple(detail["cameras"]),
                number=detail["number"],
                valid_from=datetime.fromisoformat(detail["valid_from"]),
                valid_to=datetime.fromisoformat(detail["valid_to"]),
            )
        case Kind.RIGHT_ENDED:
            _until(told.rights, entry)
        case Kind.ACCOUNT_SUSPENDED:
            told.suspended.add(entry.object_id)
        case Kind.ACCOUNT_RESTORED:
            told.suspended.discard(entry.object_id)


def _until(known: dict[str, Any], entry: Entry) -> None:
    """The seat or right that the entry is about, with the end that it has after it."""
    if one := known.get(entry.object_id):
        known[entry.object_id] = replace(one, valid_to=_moment(entry.detail["after"]["valid_to"]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
