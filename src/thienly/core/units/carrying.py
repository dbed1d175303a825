"""People on the day of a reorganisation: their roles, and the rights beside them, go on elsewhere or end.

A right ends with the function on which it rests; it goes on only as a new seat, or a new right, by this
paper.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from thienly.core.access.actor import Actor
from thienly.core.access.models import Right, Seat
from thienly.core.access.rights import close_right
from thienly.core.access.telling import right_label, right_told, seat_told
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles
from thienly.core.units.models import Reorganisation, Unit
from thienly.rules.hashchain import JSON
from thienly.rules.succession_facts import Outcome, RightEnds, SeatEnds

AT_ONCE = 500


@dataclass(slots=True)
class Carrying:
    """`units`: by reference, as they are afterwards; `names`: as they were; `moment`: when rights change."""

    actor: Actor
    row: Reorganisation
    outcome: Outcome
    units: Mapping[str, Unit]
    names: Mapping[str, str]
    moment: datetime
    now: datetime
    _new: dict[UUID, Seat] = field(default_factory=dict)

    def run(self) -> None:
        """Inside the transaction that moves the access epoch."""
        with translation.override("vi"):
            self._seats()
            self._rights()

    def _seats(self) -> None:
        seats: dict[str, Seat] = {}
        for chunk in _chunks([UUID(one.seat.id) for one in self.outcome.seats]):
            rows = Seat.objects.select_for_update(of=("self",)).filter(pk__in=chunk)
            seats |= {
                row.id.hex: row for row in rows.select_related("account", "unit").prefetch_related("sites")
            }
        for one in self.outcome.seats:
            self._seat(seats[one.seat.id], self.units[one.to] if one.to else None, one.why)

    def _seat(self, seat: Seat, to: Unit | None, why: SeatEnds | None) -> None:
        before, moment = seat.valid_to, max(self.moment, seat.valid_from)
        seat.valid_to, seat.ended_reason = moment, self._reason(seat_ends_words(why) if why else _name(to))
        seat.save(update_fields=["valid_to", "ended_reason"])
        ended: dict[str, JSON] = {
            "reason": seat.ended_reason,
            "before": {"valid_to": before.isoformat() if before else None},
            "after": {"valid_to": moment.isoformat()},
            "account": seat.account_id.hex,
        }
        label = f"{seat.account} · {seat.role} · {self.names[seat.unit_id.hex]}"
        self._tell(Kind.SEAT_ENDED, seat, label, ended | self._paper())
        if to is None:
            return
        new = Seat.objects.create(
            account=seat.account,
            unit=to,
            profile=seat.profile,
            role=seat.role,
            sector=seat.sector,
            document=self.row.document[:200],
            assigning_unit=seat.assigning_unit,
            must_receive=seat.must_receive,
            received_at=seat.received_at,
            succeeds=seat,
            valid_from=moment,
            valid_to=before,
        )
        new.sites.set(seat.sites.all())
        self._new[seat.id] = new
        rules = profiles().get(new.profile)
        role = rules.role(new.role) if rules else None
        told = seat_told(new, cite=rules.cited(role) if rules and role else "")
        given = told | self._paper() | {"instead_of": seat.id.hex}
        self._tell(Kind.SEAT_APPOINTED, new, f"{new.account} · {new.role} · {to.name}", given)

    def _rights(self) -> None:
        rights: dict[str, Right] = {}
        for chunk in _chunks([UUID(one.right.id) for one in self.outcome.rights]):
            rows = Right.objects.select_for_update(of=("self",)).filter(pk__in=chunk)
            rows = rows.select_related("seat__account", "lender").prefetch_related("sites", "cameras")
            rights |= {row.id.hex: row for row in rows}
        for one in self.outcome.rights:
            right, until = rights[one.right.id], rights[one.right.id].valid_to
            to = self.units[one.to] if one.to else None
            reason = self._reason(right_ends_words(one.why) if one.why else _name(to))
            close_right(actor=self.actor, right=right, reason=reason, at=self.moment)
            if to is not None:
                self._right(right, until)

    def _right(self, right: Right, until: datetime) -> None:
        """The same right, by its own document, on the seat at which its holder goes on."""
        sites, cameras = list(right.sites.all()), list(right.cameras.all())
        new = Right.objects.create(
            kind=right.kind,
            seat=self._new.get(right.seat_id, right.seat),
            lender=self._new.get(right.lender_id, right.lender) if right.lender_id else None,
            entry=right.entry,
            actions=right.actions,
            purpose=right.purpose,
            reason=right.reason,
            number=right.number,
            issued=right.issued,
            issuer=right.issuer,
            signatory=right.signatory,
            valid_from=max(self.moment, right.valid_from),
            valid_to=until,
            given_by=right.given_by,
            given_at=self.now,
        )
        new.sites.set(sites)
        new.cameras.set(cameras)
        detail = right_told(new) | {"instead_of": right.id.hex, "reorganisation": self.row.pk.hex}
        self._tell(Kind.RIGHT_GIVEN, new, right_label(new), detail)

    def _reason(self, words: str) -> str:
        return f"{self.row.document}: {words}"[:300]

    def _paper(self) -> dict[str, JSON]:
        return {"document": self.row.document[:200], "reorganisation": self.row.pk.hex}

    def _tell(self, kind: Kind, obj: Seat | Right, label: str, detail: Mapping[str, JSON]) -> None:
        record(actor=self.actor, kind=kind, obj=obj, object_label=label, detail=detail, at=self.now)


def seat_ends_words(why: SeatEnds) -> str:
    """Why a role does not go on."""
    words = {
        SeatEnds.UNIT_ENDED: _("the unit ends and nobody takes the function over"),
        SeatEnds.FUNCTION_LOST: _("the unit loses the function"),
        SeatEnds.QUOTA_FULL: _("more people than places: somebody has to be appointed anew"),
        SeatEnds.HELD_ALREADY: _("the person holds the same role there already"),
        SeatEnds.ROLE_UNKNOWN: _("no regulation in force knows the role"),
    }
    return words[why]


def right_ends_words(why: RightEnds) -> str:
    """Why a right beside a role does not go on."""
    words = {
        RightEnds.SEAT_ENDS: _("the role on which it rests ends"),
        RightEnds.LENDER_ENDS: _("who lent it no longer has it"),
        RightEnds.NOT_BELOW: _("it was lent, and its holder no longer sits at the lender's unit or below it"),
    }
    return words[why]


def _name(unit: Unit | None) -> str:
    return unit.name if unit is not None else ""


def _chunks(ids: list[UUID]) -> list[list[UUID]]:
    return [ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE)]
