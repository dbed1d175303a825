"""Assessments of continuity: of each month by the clock, of any days on request; a person signs (NB Đ9.1)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.days import days_between
from thienly.core.recording.models import Assessment, CoverageDay
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.continuity import ratio, verdict
from thienly.rules.profile_sections import percent_of

AT_ONCE = 200
PATIENCE = timedelta(hours=12)
"""So long facts of the last day may still be on their way; then the month is assessed as it is known."""
MOST_DAYS = 366

_SUMS = ("expected", "recorded", "planned", "off", "unknown")
_PARAMETER = "par-continuity-pass"


def floor_of(day: date) -> tuple[float | None, str]:
    """The highest least ratio that a regulation in force gives, 0 to 1, and its article; None where all are
    silent."""
    found: list[tuple[float, str]] = []
    for profile in profiles().values():
        if not profile.in_force(day):
            continue
        parameter = profile.parameter(_PARAMETER)
        if parameter is not None and parameter.value:
            found.append((percent_of(parameter.value), profile.cited(parameter)))
    return max(found, default=(None, ""))


def last_month(now: datetime) -> tuple[date, date]:
    """The first and the last local day of the month before."""
    last = timezone.localdate(now).replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def assess_month(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Assesses the month before for cameras that lack it, and anew those whose days changed since, unless
    they are signed. At most `limit` in one transaction; returns how many. Does nothing when all is done."""
    first, last = last_month(now)
    days = days_between(first, last)
    begun = timezone.make_aware(datetime.combine(last + timedelta(days=1), datetime.min.time()))
    of_camera = CoverageDay.objects.filter(camera=OuterRef("pk"), day__in=days)
    made = Assessment.objects.filter(camera=OuterRef("pk"), first_day=first, monthly=True)
    cameras = Camera.objects.filter(Exists(of_camera.filter(as_of__isnull=False)))
    missing = cameras.exclude(Exists(made))
    if now < begun + PATIENCE:
        missing = missing.exclude(Exists(of_camera.filter(stale=True)))
    chosen = list(missing.values_list("pk", flat=True)[:limit])
    with transaction.atomic():
        rows = _fresh(chosen, first, last, now, monthly=True)
        # A camera without anything expected is assessed too: its page says so.
        Assessment.objects.bulk_create(rows, ignore_conflicts=True)
        changed = _refresh(first, last, now, limit - len(rows)) if len(rows) < limit else 0
        if rows or changed:
            record(
                actor=Actor.machine("steward"),
                kind=Kind.CONTINUITY_ASSESSED,
                object_kind="month",
                object_id=f"{first:%Y-%m}",
                detail={"month": f"{first:%Y-%m}", "cameras": len(rows), "again": changed},
                at=now,
            )
    return len(rows) + changed


@service
def assess(
    *,
    actor: Actor,
    camera: Camera,
    first: date | None,
    last: date | None,
    instruction: str,
    now: datetime,
) -> Assessment:
    """Assesses any days, at somebody's instruction. Raises OutsideScope, NotAllowed; ValidationError."""
    _require_assessor(actor, camera, now)
    instruction, problems = normalise(instruction), {}
    today = timezone.localdate(now)
    if first is None:
        problems["first"] = ValidationError(_("Give the day."), "required")
    if last is None:
        problems["last"] = ValidationError(_("Give the day."), "required")
    elif first is not None and not first <= last <= first + timedelta(days=MOST_DAYS - 1):
        problems["last"] = ValidationError(_("At most a year, and not before the first day."), "order")
    elif last > today:
        problems["last"] = ValidationError(_("This day has not come yet."), "future")
    if not instruction:
        message = _("Say who asked for it, with number and date of the instruction.")
        problems["instruction"] = ValidationError(message, "required")
    if problems:
        raise ValidationError({field: [problem] for field, problem in problems.items()})
    assert first is not None and last is not None and actor.account is not None  # noqa: S101 - checked above
    (row,) = _fresh([camera.pk], first, last, now, monthly=False)
    row.requested_by, row.instruction = actor.account, instruction[:200]
    row.save(force_insert=True)
    record(
        actor=actor,
        kind=Kind.CONTINUITY_ASSESSED,
        camera=camera,
        obj=camera,
        detail={"from": first.isoformat(), "until": last.isoformat(), "instruction": row.instruction},
        at=now,
    )
    return row


@service
def sign(*, actor: Actor, assessment_id: UUID | str, note: str, now: datetime) -> Assessment:
    """The assessor's decision: from now on the numbers stand.

    Raises OutsideScope, NotAllowed; ValidationError when it is signed already.
    """
    row = fetch_assessment(actor=actor, assessment_id=assessment_id, now=now)
    _require_assessor(actor, row.camera, now)
    assert actor.account is not None  # noqa: S101 - an assessor is a person
    note = normalise(note)[:2000]
    signed = Assessment.objects.filter(pk=row.pk, signed_at=None, made_at=row.made_at).update(
        signed_by=actor.account, signed_at=now, note=note
    )
    if not signed:
        raise ValidationError(_("It is signed already, or was made anew; please look again."), "signed")
    row.refresh_from_db()
    record(
        actor=actor,
        kind=Kind.CONTINUITY_SIGNED,
        camera=row.camera,
        obj=row.camera,
        detail={
            "from": row.first_day.isoformat(),
            "until": row.last_day.isoformat(),
            "ratio": None if row.ratio is None else f"{row.ratio:.4f}",
            "verdict": row.verdict,
            "note": note,
        },
        at=now,
    )
    return row


def fetch_assessment(*, actor: Actor, assessment_id: UUID | str, now: datetime) -> Assessment:
    """Raises OutsideScope, alike for an id that never was and for a camera the actor may not know."""
    try:
        known = visible_assessments(actor=actor, now=now)
        row = known.filter(pk=UUID(str(assessment_id))).first()
    except ValueError:
        row = None
    if row is None:
        raise OutsideScope(
            action=Action.INSPECT_META,
            object_kind="assessment",
            object_id=str(assessment_id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return row


def visible_assessments(*, actor: Actor, now: datetime) -> QuerySet[Assessment]:
    cameras = gate.visible(actor=actor, now=now).values("pk")
    return Assessment.objects.filter(camera__in=cameras).select_related("camera__site__unit", "signed_by")


def _require_assessor(actor: Actor, camera: Camera, now: datetime) -> None:
    """Whoever inspects or draws statistics; not who merely keeps the device and would judge himself."""
    if not gate.decide(actor=actor, action=Action.STATISTICS, obj=camera, now=now).allow:
        gate.require(actor=actor, action=Action.INSPECT_META, obj=camera, now=now)


def _fresh(
    cameras: Iterable[UUID], first: date, last: date, now: datetime, *, monthly: bool
) -> list[Assessment]:
    cameras = list(cameras)
    days = CoverageDay.objects.filter(
        as_of__isnull=False, camera__in=cameras, day__in=days_between(first, last)
    )
    totals = {f"sum_{name}": Sum(name) for name in _SUMS}
    grouped = days.values("camera").order_by().annotate(**totals).values_list("camera", *totals)
    sums = {camera: dict(zip(_SUMS, of, strict=True)) for camera, *of in grouped}
    least, cite = floor_of(last)
    rows: list[Assessment] = []
    for camera in cameras:
        of = sums.get(camera, dict.fromkeys(_SUMS, 0))
        recorded, expected = of["recorded"], of["expected"]
        rows.append(
            Assessment(
                camera_id=camera,
                first_day=first,
                last_day=last,
                monthly=monthly,
                made_at=now,
                ratio=ratio(recorded=recorded, expected=expected),
                floor=least,
                cite=cite,
                verdict=verdict(recorded=recorded, expected=expected, floor=least),
                **of,
            )
        )
    return rows


def _refresh(first: date, last: date, now: datetime, limit: int) -> int:
    """Assessments of the month that nobody has signed and whose sums are not those of the days any more."""
    unsigned = Assessment.objects.filter(first_day=first, monthly=True, signed_at=None)
    later = CoverageDay.objects.filter(
        camera=OuterRef("camera"), day__in=days_between(first, last), added_at__gt=OuterRef("made_at")
    )
    rows = list(unsigned.filter(Exists(later))[:limit])
    fresh = {
        row.camera_id: row for row in _fresh([r.camera_id for r in rows], first, last, now, monthly=True)
    }
    for row in rows:
        new = fresh[row.camera_id]
        for name in (*_SUMS, "ratio", "floor", "cite", "verdict", "made_at"):
            setattr(row, name, getattr(new, name))
        row.save()
    return len(rows)
