"""Whether a request can be sent: what is missing in it, by field, and what no text allows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Errors
from thienly.core.access.refusal import NotAllowed
from thienly.core.documents.services import usable
from thienly.core.extraction.asked import RequestFields, may_intake, outside_of, purposes
from thienly.core.extraction.facts import (
    asked_of,
    cameras_of,
)
from thienly.core.extraction.models import Extraction
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import profiles
from thienly.core.text import fold
from thienly.rules.actions import Action
from thienly.rules.extraction import (
    FOR_OTHERS,
    LONGEST,
    Sort,
    Urgency,
)
from thienly.rules.extraction_needs import Asker, Wanted, may_be_emergency
from thienly.rules.profile import Profile


def check(
    actor: Actor,
    fields: RequestFields,
    cameras: Sequence[Camera],
    *,
    governing: Mapping[str, Profile],
    asker: Asker,
    now: datetime,
    but: Extraction | None = None,
) -> None:
    """Raises ValidationError by field. `but`: the request that is sent anew."""
    errors: Errors = {}
    if fields.purpose not in {key for key, _words, _cite in purposes(cameras, governing)}:
        message = _("Choose one of the purposes that the regulation lists.")
        errors["purpose"] = [ValidationError(message, "purpose")]
    if not fields.why:
        errors["why"] = [ValidationError(_("Say what the footage is needed for."), "required")]
    if not fields.basis:
        message = _("Name the legal basis, or the number of the document that asks for it.")
        errors["basis"] = [ValidationError(message, "required")]
    if outside_of(governing) and not fields.declared:
        message = _("Confirm that none of this is concerned; what is goes the way of its own law.")
        errors["declared"] = [ValidationError(message, "required")]
    if fields.sound and not all(_hears(actor, camera) for camera in cameras):
        errors["sound"] = [ValidationError(_("You have no right to the sound of these cameras."), "sound")]
    errors |= _wrong_sort(actor, fields, cameras, now) | _wrong_span(fields, now)
    if fields.urgency not in set(Urgency):
        errors["urgency"] = [ValidationError(_("Say how urgent it is."), "invalid")]
    elif fields.urgency == Urgency.EMERGENCY and not may_be_emergency(
        asked_of(cameras, governing, now), asker=asker, today=profiles(), now=timezone.localtime(now)
    ):
        message = _("Only who commands in every situation may go ahead before it is decided.")
        errors["urgency"] = [ValidationError(message, "emergency")]
    if not errors and (same := _same(actor, fields, cameras, but)):
        message = _("You have sent this request already: No. %(number)s.")
        number = f"{same.case.number}/{same.case.year}"
        errors["__all__"] = [ValidationError(message, "same", {"number": number})]
    if errors:
        raise ValidationError(errors)


def _wrong_sort(actor: Actor, fields: RequestFields, cameras: Sequence[Camera], now: datetime) -> Errors:
    if fields.sort not in set(Sort):
        return {"sort": [ValidationError(_("Say for whom it is asked."), "invalid")]}
    errors: Errors = {}
    if fields.sort in FOR_OTHERS:
        if not may_intake(actor, cameras, now):
            message = _("Only an officer who keeps the records of these cameras enters this for others.")
            errors["sort"] = [ValidationError(message, "intake")]
        if not fields.applicant:
            errors["applicant"] = [ValidationError(_("Say who asks."), "required")]
    return errors


def _wrong_span(fields: RequestFields, now: datetime) -> Errors:
    errors: Errors = {}
    if fields.start is None:
        errors["start"] = [ValidationError(_("Give a date and a time."), "invalid")]
    if fields.end is None:
        errors["end"] = [ValidationError(_("Give a date and a time."), "invalid")]
    if fields.start is None or fields.end is None:
        return errors
    if fields.end <= fields.start:
        errors["end"] = [ValidationError(_("The end comes after the beginning."), "invalid")]
    elif fields.end - fields.start > LONGEST:
        errors["end"] = [ValidationError(_("At most 31 days in one request."), "long")]
    elif fields.start > now:
        errors["start"] = [ValidationError(_("This time is still to come; nothing is recorded."), "future")]
    return errors


def check_application(fields: RequestFields, wanted: Wanted, cameras: Sequence[Camera]) -> None:
    """Where the text wants an application (NB Đ9.2), and where somebody outside asks, it is a document."""
    by_text = [need for need in wanted.needs if need.approval.requires_application]
    if fields.application is None:
        if by_text or fields.sort in FOR_OTHERS:
            message = _("Attach the application or letter, with its number. %(cite)s")
            cite = ", ".join(dict.fromkeys(need.cite for need in by_text))
            error = ValidationError(message, "required", {"cite": cite})
            raise ValidationError({"application": [error]})
        return
    assert fields.start and fields.end  # noqa: S101 - checked before
    usable(
        fields.application,
        cameras={camera.id.hex for camera in cameras},
        start=fields.start,
        end=fields.end,
        purpose=fields.purpose.partition(":")[2],
        recipient=fold(fields.recipient or fields.applicant),
        field="application",
    )


def _hears(actor: Actor, camera: Camera) -> bool:
    return camera.audio and gate.decide(actor=actor, action=Action.LISTEN, obj=camera).allow


def _same(
    actor: Actor, fields: RequestFields, cameras: Sequence[Camera], but: Extraction | None
) -> Extraction | None:
    """A request of the same person for exactly this that is not over: sent twice by a second click."""
    assert fields.start and fields.end  # noqa: S101 - checked before
    codes = [camera.code for camera in cameras]
    own = Extraction.objects.filter(
        case__opened_by=actor.account,
        case__closed_at=None,
        start=fields.start,
        end=fields.end,
        why=fields.why,
        applicant=fields.applicant,
        recipient=fields.recipient,
    ).select_related("case")
    for request in own.exclude(pk=but.pk if but is not None else None):
        if [camera.code for camera in cameras_of(request)] == codes:
            return request
    return None


def require_possible(cameras: Sequence[Camera], wanted: Wanted) -> Wanted:
    """Raises NotAllowed, with the articles, when nobody could ever agree."""
    if wanted.lacking:
        camera = next((one for one in cameras if one.secret), cameras[0])
        raise NotAllowed(
            action=Action.EXTRACT,
            object_kind="camera",
            object_id=camera.id.hex,
            label=str(camera),
            reasons=list(wanted.lacking),
        )
    return wanted
