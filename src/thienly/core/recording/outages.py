"""Interruptions: announced before they begin, and classified before their case is closed."""

from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.days import make_stale
from thienly.core.recording.gaps import switched_off_by
from thienly.core.recording.line import planned_spans
from thienly.core.recording.models import Gap, OutageFinding, PlannedOutage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera, Site
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.outage import DELIBERATE, OUTAGE, OutageClass

LONGEST_DAYS = 92
"""An interruption that is announced for longer is not an interruption."""


@service
def announce(
    *,
    actor: Actor,
    start: datetime | None,
    end: datetime | None,
    reason: str,
    document: str,
    camera: Camera | None = None,
    site: Site | None = None,
    now: datetime,
) -> PlannedOutage:
    """Announces an outage of a camera or of all cameras of a site; it counts from now on, not before.

    Raises OutsideScope, NotAllowed (who keeps the device announces); ValidationError by field.
    """
    subject = camera or site
    if subject is None or (camera and site):
        raise ValueError("either a camera or a site")
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=subject, now=now)
    reason, document = normalise(reason), normalise(document)
    problems: dict[str, ValidationError] = {}
    if start is None:
        problems["start"] = ValidationError(_("Give the day and time."), "required")
    if end is None:
        problems["end"] = ValidationError(_("Give the day and time."), "required")
    elif start is not None and end <= start:
        problems["end"] = ValidationError(_("The end must lie after the beginning."), "order")
    elif start is not None and (end - start).days >= LONGEST_DAYS:
        problems["end"] = ValidationError(_("At most three months can be announced at once."), "long")
    elif end <= now:
        message = _("This is over already. An outage counts as planned only when it was announced before.")
        problems["end"] = ValidationError(message, "over")
    if not reason:
        problems["reason"] = ValidationError(_("Say why, in a few words."), "required")
    if not document:
        problems["document"] = ValidationError(_("Give number and date of the announcement."), "required")
    if problems:
        raise ValidationError({field: [problem] for field, problem in problems.items()})
    assert start is not None and end is not None and actor.account is not None  # noqa: S101 - checked above
    row = PlannedOutage.objects.create(
        camera=camera,
        site=site,
        start=start,
        end=end,
        reason=reason[:300],
        document=document[:200],
        announced_by=actor.account,
        announced_at=now,
    )
    _tell(actor, row, Kind.OUTAGE_PLANNED, now)
    return row


@service
def withdraw(*, actor: Actor, outage_id: UUID | str, now: datetime) -> PlannedOutage:
    """Takes an announcement back that is not over; what was excused until now counts again as it was.

    Raises OutsideScope, NotAllowed; ValidationError when it is over.
    """
    row = fetch_planned(actor=actor, outage_id=outage_id)
    gate.require(actor=actor, action=Action.CONFIG_DEVICE, obj=row.camera or row.site, now=now)
    if row.end <= now:
        raise ValidationError(_("This outage is over; it stays as it was announced."), "over")
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        _tell(actor, row, Kind.OUTAGE_WITHDRAWN, now)
    return row


def fetch_planned(*, actor: Actor, outage_id: UUID | str) -> PlannedOutage:
    """Raises OutsideScope, alike for an id that never was and for what the actor may not know."""
    row = None
    try:
        row = PlannedOutage.objects.select_related("camera__site__unit", "site__unit").get(
            pk=UUID(str(outage_id))
        )
        subject = row.camera or row.site
        assert subject is not None  # noqa: S101 - a constraint of the table
        if not gate.visible(actor=actor, model=type(subject)).filter(pk=subject.pk).exists():
            row = None
    except (ValueError, PlannedOutage.DoesNotExist):
        pass
    if row is None:
        raise OutsideScope(
            action=Action.CONFIG_DEVICE,
            object_kind="plannedoutage",
            object_id=str(outage_id)[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return row


# --- what an outage was ---------------------------------------------------------------------------------
@service
def open_outage(*, actor: Actor, gap_id: str, note: str = "") -> Case:
    """Opens the case of a gap, or gives the one that is there. Raises OutsideScope, NotAllowed."""
    gap = Gap.objects.filter(gap=gap_id[:64]).select_related("camera__site__unit").first()
    if gap is None:
        raise OutsideScope(
            action=Action.CONFIG_DEVICE,
            object_kind="gap",
            object_id=gap_id[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    found = OutageFinding.objects.filter(gap=gap.gap).select_related("case").first()
    if found is not None:
        return engine.fetch_case(actor=actor, case_id=found.case_id)
    title = timezone.localtime(gap.start).strftime("%H:%M:%S · %d/%m/%Y")
    case = engine.open_case(actor=actor, kind=OUTAGE.kind, camera=gap.camera, title=title, note=note)
    OutageFinding.objects.create(case=case, camera=gap.camera, gap=gap.gap, start=gap.start, end=gap.end)
    return case


@service
def classify(*, actor: Actor, case_id: UUID | str, cls: str, version: int, note: str, now: datetime) -> Case:
    """Says what the outage was, with the grounds in `note`; a later classification corrects an earlier one.

    Raises OutsideScope, NotAllowed, Conflict, IllegalStep; ValidationError (cls, note).
    """
    case = engine.fetch_case(actor=actor, case_id=case_id)
    finding = OutageFinding.objects.filter(case=case).first()
    if finding is None:
        raise OutsideScope(
            action=Action.CONFIG_DEVICE,
            object_kind="case",
            object_id=case.id.hex,
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    if cls not in set(OutageClass):
        raise ValidationError({"cls": [ValidationError(_("Choose what it was."), "required")]})
    gap = Gap.objects.filter(gap=finding.gap).first()
    if cls == OutageClass.PLANNED and not (gap and _announced(gap)):
        message = _(
            "Nothing was announced for this time: an outage is planned only when it was announced before."
        )
        raise ValidationError({"cls": [ValidationError(message, "not_announced")]})
    case = engine.step(
        actor=actor, case_id=case_id, action="classify", version=version, note=note, by_service=True
    )
    before, finding.cls = finding.cls, cls
    if gap is not None:
        finding.start, finding.end = gap.start, gap.end
    finding.save()
    make_stale([(finding.camera_id, finding.start, finding.end or now)], now=now)
    record(
        actor=actor,
        kind=Kind.OUTAGE_CLASSIFIED,
        obj=case,
        camera=case.camera,
        detail={"before": before, "after": cls, "gap": finding.gap, "note": normalize("NFC", note).strip()},
        at=now,
    )
    return case


@service
def suspect_violation(*, actor: Actor, case_id: UUID | str, version: int, note: str, now: datetime) -> Case:
    """Marks an outage that was somebody's doing as a suspected violation, with the grounds in `note`. Whom
    history knows as the one who switched recording off is laid down with it, or that nobody is established.

    Raises OutsideScope, NotAllowed, Conflict, IllegalStep; ValidationError (cls, note).
    """
    case = engine.fetch_case(actor=actor, case_id=case_id)
    finding = OutageFinding.objects.filter(case=case).first()
    if finding is None or finding.cls not in DELIBERATE:
        message = _(
            "Only what somebody did can be a violation: say first that it was switched off, or sabotage."
        )
        raise ValidationError({"cls": [ValidationError(message, "not_deliberate")]})
    case = engine.step(
        actor=actor, case_id=case_id, action="suspect", version=version, note=note, by_service=True
    )
    record(
        actor=actor,
        kind=Kind.VIOLATION_SUSPECTED,
        obj=case,
        camera=case.camera,
        detail={
            "gap": finding.gap,
            "class": finding.cls,
            "person": switched_off_by(finding.camera, finding.start),
            "note": normalize("NFC", note).strip(),
        },
        at=now,
    )
    return case


@service
def classify_gap(
    *,
    actor: Actor,
    gap_id: str,
    cls: str,
    note: str,
    close: bool = False,
    suspect: bool = False,
    now: datetime,
) -> Case:
    """`open_outage` and `classify` in one act; then `suspect_violation`, or the closing when all is done.

    Raises what they raise, and Conflict when somebody was faster.
    """
    case = open_outage(actor=actor, gap_id=gap_id)
    if case.closed_at is not None:
        case = engine.step(actor=actor, case_id=case.id, action="reopen", version=case.version, note=note)
    case = classify(actor=actor, case_id=case.id, cls=cls, version=case.version, note=note, now=now)
    if suspect:
        return suspect_violation(actor=actor, case_id=case.id, version=case.version, note=note, now=now)
    if close:
        case = engine.step(actor=actor, case_id=case.id, action="close", version=case.version)
    return case


def _announced(gap: Gap) -> bool:
    end = gap.end or timezone.now()
    start_us, end_us = microseconds(gap.start), microseconds(end)
    spans = planned_spans([gap.camera], gap.start, end)
    return any(span.start_us < end_us and span.end_us > start_us for _, span in spans)


def _tell(actor: Actor, row: PlannedOutage, kind: Kind, now: datetime) -> None:
    subject = row.camera or row.site
    cameras = [row.camera] if row.camera else list(Camera.objects.filter(site=row.site))
    make_stale([(c.pk, max(row.start, row.announced_at), row.end) for c in cameras if c], now=now)
    record(
        actor=actor,
        kind=kind,
        camera=row.camera,
        obj=subject,
        detail={
            "outage": row.id.hex,
            "from": row.start.isoformat(),
            "until": row.end.isoformat(),
            "reason": row.reason,
            "document": row.document,
        },
        at=now,
    )
