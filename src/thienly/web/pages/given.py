"""What forms about seats and rights send: a document, a day, ids."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from thienly.core.access.document import Document


def document_of(post: QueryDict) -> Document:
    """From `number`, `issued`, `issuer`, `signatory`; what is missing, the service says."""
    try:
        issued = date.fromisoformat(post.get("issued", ""))
    except ValueError:
        issued = None
    return Document(post.get("number", ""), issued, post.get("issuer", ""), post.get("signatory", ""))


def day_of(text: str, *, days: int = 0) -> datetime | None:
    """The first moment of that day of the site; today and nothing mean: now."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not days and day == timezone.localdate():
        return None
    if day.year > 9000:  # beyond it a day later is no date
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))


def ids_of(texts: Iterable[str]) -> list[UUID]:
    """What is no id is left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def id_of(text: str) -> UUID | None:
    """None for what is no id."""
    return next(iter(ids_of([text])), None)
