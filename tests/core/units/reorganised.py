"""A reorganisation carried through: composed by one administrator, decided by another, then the clock."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.utils import timezone

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.units import reorganising
from thienly.core.units.applying import apply_due
from thienly.core.units.models import Reorganisation, Unit
from thienly.core.units.reorganising import Paper

NUMBER = "202/2025/QH15"


def administrators(
    profile: str = "QN", role: str = "central_admin", function: str = "central_manager"
) -> tuple[Actor, Actor]:
    """Two, of one unit."""
    centre = province.unit("Trung tâm điều hành", [function])
    found = []
    for name in ("soan-thao", "quyet-dinh"):
        account = province.person(name)
        province.seat(account, centre, role, profile=profile)
        found.append(Actor.person(account))
    return found[0], found[1]


def paper(day: date) -> Paper:
    return Paper(number=NUMBER, signed=date(2025, 6, 12), issuer="Quốc hội", effective=day)


def decided(
    by: tuple[Actor, Actor], acts: Sequence[dict[str, object]], *, day: date, title: str = "Sắp xếp"
) -> Reorganisation:
    composer, decider = by
    row = reorganising.compose(actor=composer, title=title, paper=paper(day), acts=list(acts))
    row = reorganising.submit(actor=composer, case_id=row.pk, version=row.case.version)
    return reorganising.decide(actor=decider, case_id=row.pk, version=row.case.version)


def applied(by: tuple[Actor, Actor], acts: Sequence[dict[str, object]], *, day: date) -> Reorganisation:
    """On its day, by the steward's clock."""
    row = decided(by, acts, day=day)
    assert apply_due(now=max(timezone.now(), noon(day))) == 1
    row.refresh_from_db()
    return row


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def end(unit: Unit, *successors: Unit | str) -> dict[str, object]:
    refs = [one if isinstance(one, str) else one.id.hex for one in successors]
    return {"act": "end", "unit": unit.id.hex, "successors": refs}


def reread(unit: Unit) -> Unit:
    return Unit.objects.get(pk=unit.pk)
