"""Asking for footage: the form, what it would need and what is recorded, drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.refusal import Refused
from thienly.core.cases import engine
from thienly.core.documents import files
from thienly.core.documents.services import NewDocument, ScopeFields, own_document, own_documents
from thienly.core.extraction import drafts, sending
from thienly.core.extraction.asked import Look, RequestFields, cameras_to_ask, look
from thienly.core.extraction.facts import approver_words, deciders
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.reading import fetch_own
from thienly.core.recording.queries import FIRST_DAY, LAST_DAY
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.rules.cases import IllegalStep
from thienly.rules.extraction import FOR_OTHERS, MOST_CAMERAS, Sort, Urgency
from thienly.rules.hashchain import JSON
from thienly.web.days import stretch_words
from thienly.web.door import actor_of
from thienly.web.pages.holds import moment, proposed
from thienly.web.words.extraction import (
    form_words,
    gate_words,
    request_state_words,
    sort_words,
    urgency_words,
)
from thienly.web.words.reasons import explain

TEXTS = (
    "start",
    "end",
    "purpose",
    "why",
    "basis",
    "sort",
    "urgency",
    "applicant",
    "contact",
    "recipient",
    "document",
)
"""What a draft keeps, beside the cameras and the two ticks; a file is attached when it is sent."""
MOST_BESIDE = 24
MOST_GAPS = 6


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, camera: UUID) -> HttpResponse:
    """The form about a camera; GET `from_us`, `to_us` (Unix microseconds) or `day` fill in the span, `draft`
    a draft. POST as `_fields`, `_attached`; `act`: send, or save to keep it as a draft."""
    actor = actor_of(request)
    subject = _known(actor=actor, ids=[camera.hex])[0]
    if request.method != "POST":
        draft = request.GET.get("draft", "")
        values = _of_draft(actor, draft) if draft else QueryDict(mutable=True)
        if not draft:
            values.update(_proposed(request) | {"urgency": Urgency.ORDINARY, "sort": Sort.SERVICE})
            values.setlist("cameras", [subject.id.hex])
        return _form(request, subject, values, {}, draft=draft)
    values, draft = request.POST, request.POST.get("draft", "")
    try:
        if values.get("act") == "save":
            kept = drafts.save_draft(actor=actor, fields=_kept(values), draft_id=draft)
            messages.success(request, _("The draft is kept; nobody else sees it."))
            place = redirect("extraction-ask", camera=subject.id)
            place["Location"] += f"?draft={kept.id.hex}"
            return place
        sent = sending.send(
            actor=actor, fields=_fields(actor, values), draft_id=draft, attach=attached_file(request)
        )
    except ValidationError as error:
        return _form(request, subject, values, _by_field(error), draft=draft)
    messages.success(request, _said(sent))
    return redirect("extraction", extraction=sent.case_id)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, extraction: UUID) -> HttpResponse:
    """A request that was given back, to be completed and sent anew. POST as `ask`, `version`."""
    actor = actor_of(request)
    found = fetch_own(actor=actor, case_id=extraction)
    subject = found.cameras.select_related("camera__site__unit")[0].camera
    if found.case.state != "returned":
        return redirect("extraction", extraction=extraction)
    if request.method != "POST":
        return _form(request, subject, _of_request(found), {}, anew=found)
    version = request.POST.get("version", "")
    try:
        sending.resend(
            actor=actor,
            case_id=extraction,
            fields=_fields(actor, request.POST),
            version=int(version) if version.isdecimal() else 0,
            attach=attached_file(request),
        )
    except ValidationError as error:
        return _form(request, subject, request.POST, _by_field(error), anew=found)
    except (engine.Conflict, IllegalStep):
        messages.error(request, _("Somebody was faster. This is how it stands now; please look again."))
    else:
        messages.success(request, _("The request is sent anew."))
    return redirect("extraction", extraction=extraction)


@require_safe
def asked(request: HttpRequest, camera: UUID) -> HttpResponse:
    """GET with the fields of the form: who decides, what is recorded of it, who has asked already."""
    actor = actor_of(request)
    _known(actor=actor, ids=[camera.hex])
    return render(request, "extraction/asked.html", _seen(actor, request.GET, camera))


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """POST `draft`."""
    drafts.discard_draft(actor=actor_of(request), id=request.POST.get("draft", ""))
    messages.success(request, _("The draft is discarded."))
    return redirect("extractions")


def attached_file(request: HttpRequest) -> NewDocument | None:
    """The document of a form: `number`, `issued`, `issuer`, `signatory`, `file`, `certified`, `until`. None
    when none of it is filled in. Raises ValidationError when the file is none that is kept."""
    given, file = request.POST, request.FILES.get("file")
    names = ("number", "issued", "issuer", "signatory")
    if file is None and not any(given.get(name, "").strip() for name in names):
        return None
    taken = files.take(file, file.name or "") if file is not None else None
    words = Document(given.get("number", ""), day(given.get("issued", "")), given.get("issuer", ""), "")
    return NewDocument(
        words=Document(words.number, words.issued, words.issuer, given.get("signatory", "")),
        file=taken,
        certified=given.get("certified") == "yes",
        scope=ScopeFields(until=day(given.get("until", ""))),
    )


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Way:
    """One agreement that is needed, as the form tells it."""

    gate: str
    who: str
    people: list[str]
    unit: str
    form: str
    cites: str


_known = service(cameras_to_ask)
"""`cameras_to_ask` for plain reads: what is refused is recorded."""


def _form(
    request: HttpRequest,
    subject: Camera,
    values: QueryDict,
    errors: Mapping[str, list[str]],
    *,
    draft: str = "",
    anew: Extraction | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    context = _seen(actor, values, subject.id) | {
        "camera": subject,
        "values": values,
        "given": values,
        "chosen": values.getlist("cameras"),
        "beside": _beside(actor, subject, values.getlist("cameras")),
        "errors": errors,
        "draft": draft,
        "anew": anew,
        "documents": own_documents(actor),
        "sorts": [(sort.value, sort_words(sort)) for sort in Sort],
        "urgencies": [(one.value, urgency_words(one)) for one in Urgency],
        "today": timezone.localdate(),
    }
    return render(request, "extraction/ask.html", context, status=400 if errors else 200)


def _seen(actor: Actor, values: QueryDict, camera: UUID) -> dict[str, object]:
    """What the form tells beside its fields; as much of it as the fields allow."""
    ids = values.getlist("cameras") or [camera.hex]
    start, end = moment(values.get("start", "")), moment(values.get("end", ""))
    others, zone = values.get("sort", "") in FOR_OTHERS, timezone.get_current_timezone()
    try:
        cameras = _known(actor=actor, ids=ids[:MOST_CAMERAS])
    except (ValidationError, Refused):
        cameras = _known(actor=actor, ids=[camera.hex])
    found = look(
        actor=actor,
        cameras=cameras,
        start=start or timezone.now(),
        end=end or timezone.now(),
        outside=bool(values.get("recipient", "").strip()),
        others=others,
    )
    return {
        "look": found,
        "ways": _ways(actor, found),
        "refused": [explain(reason, allowed=False) for reason in found.wanted.lacking],
        "covered": [
            (
                one,
                [stretch_words(gap, zone, dated=True) for gap in one.missing[:MOST_GAPS]],
                len(one.missing) - MOST_GAPS,
            )
            for one in found.covered
        ],
        "same": [(one, request_state_words(one.case.state)) for one in found.overlapping],
        "no_time": start is None or end is None or end <= start,
    }


def _ways(actor: Actor, found: Look) -> list[Way]:
    now = timezone.now()
    return [
        Way(
            gate=gate_words(need.gate),
            who=approver_words(need),
            people=list(
                dict.fromkeys(str(seat.account) for seat in deciders(need, now, without=actor.account))
            )[:4],
            unit=need.unit_name,
            form=form_words(need.approval.form),
            cites=need.cite,
        )
        for need in found.wanted.needs
    ]


def _beside(actor: Actor, subject: Camera, chosen: Sequence[str]) -> list[Camera]:
    """Cameras that can be asked for with this one: those of its site, and what was chosen already."""
    rows = Camera.objects.select_related("site__unit").exclude(pk=subject.pk).order_by("code")
    found: list[Camera] = []
    for camera in rows.filter(site=subject.site)[:MOST_BESIDE]:
        found += _if_known(actor, camera.id.hex)
    for id_ in chosen[:MOST_CAMERAS]:
        if id_ != subject.id.hex and id_ not in {camera.id.hex for camera in found}:
            found += _if_known(actor, id_)
    return found


def _if_known(actor: Actor, id_: str) -> list[Camera]:
    try:
        return cameras_to_ask(actor=actor, ids=[id_])
    except (Refused, ValidationError):
        return []


def _proposed(request: HttpRequest) -> dict[str, str]:
    """The span selected on the line of time; else, of the day looked at, its last quarter of an hour."""
    if "from_us" in request.GET:
        found = proposed(request)
        return {"start": found["start"], "end": found["end"]}
    wanted = day(request.GET.get("day", ""))
    looked_at = wanted if wanted and FIRST_DAY < wanted <= LAST_DAY else timezone.localdate()
    now = timezone.localtime().replace(second=0, microsecond=0)
    end = now if looked_at >= now.date() else datetime.combine(looked_at, now.time())
    return {"start": f"{end - timedelta(minutes=15):%Y-%m-%dT%H:%M:%S}", "end": f"{end:%Y-%m-%dT%H:%M:%S}"}


def _fields(actor: Actor, values: QueryDict) -> RequestFields:
    document = values.get("document", "")
    return RequestFields(
        cameras=tuple(values.getlist("cameras")),
        start=moment(values.get("start", "")),
        end=moment(values.get("end", "")),
        purpose=values.get("purpose", ""),
        why=values.get("why", ""),
        basis=values.get("basis", ""),
        sort=values.get("sort", Sort.SERVICE),
        urgency=values.get("urgency", Urgency.ORDINARY),
        sound=values.get("sound") == "yes",
        applicant=values.get("applicant", ""),
        contact=values.get("contact", ""),
        recipient=values.get("recipient", ""),
        declared=values.get("declared") == "yes",
        application=own_document(actor=actor, id=document) if document else None,
    )


def _kept(values: QueryDict) -> dict[str, JSON]:
    kept: dict[str, JSON] = {name: values.get(name, "")[:1000] for name in TEXTS}
    kept["cameras"] = list(values.getlist("cameras")[:MOST_CAMERAS])
    return kept | {name: values.get(name, "") for name in ("sound", "declared")}


def _of_draft(actor: Actor, id_: str) -> QueryDict:
    values = QueryDict(mutable=True)
    for name, value in drafts.fetch_draft(actor=actor, id=id_).fields.items():
        values.setlist(name, value if isinstance(value, list) else [value])
    return values


def _of_request(found: Extraction) -> QueryDict:
    values = QueryDict(mutable=True)
    values.update(
        {
            "start": f"{timezone.localtime(found.start):%Y-%m-%dT%H:%M:%S}",
            "end": f"{timezone.localtime(found.end):%Y-%m-%dT%H:%M:%S}",
            "purpose": f"{found.profile}:{found.purpose}",
            "why": found.why,
            "basis": found.basis,
            "sort": found.sort,
            "urgency": found.urgency,
            "sound": "yes" if found.sound else "",
            "applicant": found.applicant,
            "contact": found.contact,
            "recipient": found.recipient if found.recipient != found.applicant else "",
            "document": found.application_id.hex if found.application_id else "",
        }
    )
    values.setlist("cameras", [one.camera_id.hex for one in found.cameras.all()])
    return values


def _said(sent: Extraction) -> str:
    if sent.case.state == "ordered":
        return _("The extraction is ordered: you hold the right to it yourself.")
    return _("The request is sent. You find it here, with everything that is decided on it.")


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
