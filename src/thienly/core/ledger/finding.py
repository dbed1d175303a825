"""What makes history quick to search. No part of the chain: it can be made again from the entries."""

from django.db import models
from django.db.models import Count, F, Max, Min, Value
from django.db.models.functions import Cast, Ceil

from thienly.core.ledger.models import Entry, Name, Stretch
from thienly.core.text import fold

STRETCH = 1000  # entries of which one span of time is kept


def keep_names() -> None:
    """Makes the names anew of all who ever acted."""
    called = Entry.objects.order_by().values_list("actor_id", "actor_label").distinct()
    names = {(actor, fold(label)[:200]) for actor, label in called}
    Name.objects.all().delete()
    Name.objects.bulk_create(Name(actor_id=actor, folded=name) for actor, name in sorted(names))


def keep_spans(*, after: int) -> None:
    """Makes the spans of time anew for what stands behind entry `after`, a multiple of `STRETCH`."""
    end = Ceil(F("seq") / Value(float(STRETCH))) * STRETCH
    spans = Entry.objects.filter(seq__gt=after).order_by().values(last=Cast(end, models.BigIntegerField()))
    rows = spans.annotate(earliest=Min("at"), latest=Max("at"), count=Count("seq"))
    Stretch.objects.filter(last__gt=after).delete()
    Stretch.objects.bulk_create(
        Stretch(last=one["last"], earliest=one["earliest"], latest=one["latest"])
        for one in rows
        if one["count"] == STRETCH
    )
