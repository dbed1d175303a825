"""The package of an order: loaded down, handed over, and what became of it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from thienly.core.access.actor import Actor
from thienly.core.extraction.models import Extraction
from thienly.core.packages import handing
from thienly.web.door import actor_of
from thienly.web.words.packages import act_of_package, missing_words


def package_card(actor: Actor, found: Extraction, *, release: str) -> dict[str, object]:
    """What the page of a request shows of its package. `release`: see `rules.order.Order`."""
    package = handing.package_of(found)
    if package is None:
        return {"package": None}
    return {
        "package": package,
        "missing": missing_words(package.missing_us),
        "handlings": [(row, act_of_package(row.act)) for row in package.handlings.select_related("by")],
        "may_take": release in ("own", "allowed") and handing.may_take(actor, found),
        "later": [(act, act_of_package(act)) for act in handing.LATER],
    }


@require_POST
def take(request: HttpRequest, extraction: UUID) -> HttpResponseBase:
    """The file."""
    try:
        package, path = handing.take(actor=actor_of(request), case_id=extraction)
        file = path.open("rb")
    except (ValidationError, FileNotFoundError) as error:
        return _back(request, extraction, error)
    name = f"{package.request.case.number}-{package.request.case.year}-{package.sha256[:8]}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@require_POST
def hand_over(request: HttpRequest, extraction: UUID) -> HttpResponse:
    """POST `recipient`, `receipt`, `note`."""
    given = request.POST
    try:
        handing.hand_over(
            actor=actor_of(request),
            case_id=extraction,
            recipient=given.get("recipient", ""),
            receipt=given.get("receipt", ""),
            note=given.get("note", ""),
        )
    except ValidationError as error:
        return _back(request, extraction, error)
    messages.success(request, _("It is written down that the package was handed over."))
    return redirect("extraction", extraction=extraction)


@require_POST
def follow(request: HttpRequest, extraction: UUID) -> HttpResponse:
    """POST `act` (used_further, returned, destroyed, misused), `note`."""
    given = request.POST
    try:
        handing.follow(
            actor=actor_of(request),
            case_id=extraction,
            act=given.get("act", ""),
            note=given.get("note", ""),
        )
    except ValidationError as error:
        return _back(request, extraction, error)
    messages.success(request, _("It is written down."))
    return redirect("extraction", extraction=extraction)


def _back(request: HttpRequest, extraction: UUID, error: Exception) -> HttpResponse:
    said = error.messages if isinstance(error, ValidationError) else [_("The file is no longer here.")]
    messages.error(request, " ".join(said))
    return redirect("extraction", extraction=extraction)
