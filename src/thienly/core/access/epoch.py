"""A number that grows whenever a right may have changed. A gateway that sees it move asks the gate again.

Seats also begin and end by the clock alone, without any transaction: `mark` sees both.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from thienly.core import hints
from thienly.core.access.models import AccessEpoch, Seat
from thienly.core.regulation import in_force

Mark = tuple[int, datetime | None, datetime | None]


def bump() -> None:
    """Call inside the transaction that changes a right, so that both are seen together."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the access epoch moves only together with the change, in its transaction")
    if not AccessEpoch.objects.filter(pk=1).update(value=F("value") + 1):
        AccessEpoch.objects.get_or_create(pk=1)
        AccessEpoch.objects.filter(pk=1).update(value=F("value") + 1)
    hints.access_changed()


def value() -> int:
    """0 as long as nothing ever changed."""
    number = AccessEpoch.objects.filter(pk=1).values_list("value", flat=True).first() or 0
    in_force.seen(number)
    return number


def mark(now: datetime) -> Mark:
    """Unequal to an earlier one when a right may have changed since, by an act or by the clock."""
    began = Seat.objects.filter(valid_from__lte=now).aggregate(last=Max("valid_from"))["last"]
    ended = Seat.objects.filter(valid_to__lte=now).aggregate(last=Max("valid_to"))["last"]
    return value(), began, ended
