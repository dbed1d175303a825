"""A number that grows whenever a right may have changed. A gateway that sees it move asks the gate again.

Seats also begin and end by the clock alone, without any transaction: `mark` sees both.
"""

from datetime import datetime
from weakref import WeakKeyDictionary

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Max

from thienly.core import hints
from thienly.core.access.models import AccessEpoch, Right, Seat
from thienly.core.regulation import in_force

_SQL = f"SELECT value FROM {AccessEpoch._meta.db_table} WHERE id = 1"  # noqa: S608 - a name of our own
_TUPLES_OK = 2  # libpq: PGRES_TUPLES_OK
_moved_in: WeakKeyDictionary[BaseDatabaseWrapper, object] = WeakKeyDictionary()
"""By connection, the outermost transaction in which it last moved the epoch."""

Mark = tuple[int, datetime | None, datetime | None]


def bump() -> None:
    """Call inside the transaction that changes a right, so that both are seen together."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the access epoch moves only together with the change, in its transaction")
    if not AccessEpoch.objects.filter(pk=1).update(value=F("value") + 1):
        AccessEpoch.objects.get_or_create(pk=1)
        AccessEpoch.objects.filter(pk=1).update(value=F("value") + 1)
    here = transaction.get_connection()
    _moved_in[here] = here.atomic_blocks[0]
    hints.access_changed()


def value() -> int:
    """0 as long as nothing ever changed. Asked at every question of the gate, hence without the ORM."""
    number = _straight()
    if number is None:
        with connection.cursor() as cursor:
            cursor.execute(_SQL)
            row = cursor.fetchone()
        number = int(row[0]) if row else 0
    in_force.seen(number)
    return number


def _straight() -> int | None:
    """Of PostgreSQL by its own library, on the open connection: two thirds of the time of such a small
    question are the cursors around it. None: ask in the ordinary way, which also says what is wrong."""
    here = transaction.get_connection()
    if here.vendor != "postgresql" or here.connection is None:
        return None
    answer = here.connection.pgconn.exec_(_SQL.encode())
    if answer.status != _TUPLES_OK:
        return None
    said = answer.get_value(0, 0) if answer.ntuples else None
    return int(said) if said else 0


def moved_here() -> bool:
    """Whether the transaction that is open on this connection has moved the epoch: its number may yet be
    taken back, so nothing may be remembered under it."""
    here = transaction.get_connection()
    return bool(here.atomic_blocks) and _moved_in.get(here) is here.atomic_blocks[0]


def mark(now: datetime) -> Mark:
    """Unequal to an earlier one when a right may have changed since, by an act or by the clock."""
    return value(), _last(now, "valid_from"), _last(now, "valid_to")


def _last(now: datetime, name: str) -> datetime | None:
    moments = [
        model._default_manager.filter(**{f"{name}__lte": now}).aggregate(last=Max(name))["last"]
        for model in (Seat, Right)
    ]
    return max((moment for moment in moments if moment is not None), default=None)
