"""The bus counts Unix microseconds, the database keeps instants; floats would lose the last digits."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(us: int) -> datetime:
    """Raises OverflowError beyond the year 9999."""
    return _EPOCH + us * _MICROSECOND


def microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
