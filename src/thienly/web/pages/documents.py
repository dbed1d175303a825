"""Files of documents, for who may read a matter that rests on them; always as an attachment."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from thienly.core.documents import services
from thienly.core.documents.files import MEDIA
from thienly.core.extraction.papers import fetch_paper
from thienly.web.door import actor_of


@require_safe
def show(request: HttpRequest, document: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = fetch_paper(actor=actor, id=document)
    data = services.read(actor=actor, document=found)
    answer = HttpResponse(data, content_type=found.media)
    answer["Content-Disposition"] = f'attachment; filename="{found.id.hex[:12]}.{MEDIA[found.media]}"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
def revoke(request: HttpRequest, document: UUID) -> HttpResponse:
    """POST `note`."""
    try:
        services.revoke(actor=actor_of(request), id=document, reason=request.POST.get("note", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The document is revoked; nothing further is done by it."))
    return redirect("extractions")
