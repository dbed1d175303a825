"""Documents of requests: read by who may read a request that rests on them, and by who stored them."""

from uuid import UUID

from django.db.models import Q

from thienly.core.access.actor import Actor
from thienly.core.access.refusal import Refused
from thienly.core.documents.models import StoredDocument
from thienly.core.documents.services import unknown
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.reading import fetch_request
from thienly.core.service import service


@service
def fetch_paper(*, actor: Actor, id: UUID | str) -> StoredDocument:
    """Raises OutsideScope, alike for what the actor may not read and for an id that never was."""
    try:
        document = StoredDocument.objects.filter(pk=UUID(str(id))).first()
    except ValueError:
        document = None
    if document is None or actor.account is None:
        raise unknown(id)
    if document.stored_by_id == actor.account.pk or _reads(actor, document):
        return document
    raise unknown(id)


def _reads(actor: Actor, document: StoredDocument) -> bool:
    resting = Extraction.objects.filter(Q(application=document) | Q(verdicts__document=document)).distinct()
    for case_id in resting.values_list("pk", flat=True):
        try:
            fetch_request(actor=actor, case_id=case_id)
        except Refused:
            continue
        return True
    return False
