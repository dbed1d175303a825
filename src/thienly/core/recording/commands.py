"""Commands about recordings."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from thienly.core.hints import installation_bus
from thienly.core.recording.reread import Reread, reread


def reread_coverage(*, days: int, first: date | None, recorder: str, say: Callable[[str], None]) -> int:
    """Reads the last `days` days, or everything since `first`. 1 when a recorder did not tell everything."""
    now = timezone.now()
    start = (
        now - timedelta(days=days) if first is None else timezone.make_aware(datetime.combine(first, time()))
    )
    bus = installation_bus()

    def progress(result: Reread) -> None:
        say(f"{result.recorder}: {result.segments} segments, {result.gaps} gaps …")

    try:
        results = reread(
            ask=bus.request,
            start=start,
            end=now + timedelta(minutes=1),
            now=now,
            recorder=recorder,
            progress=progress,
        )
    finally:
        bus.close()
    for result in results:
        if result.problem:
            say(
                f"{result.recorder}: {result.problem}; nothing more was read from it. Ask again when it runs."
            )
        else:
            say(f"{result.recorder}: {result.segments} segments and {result.gaps} gaps, complete")
    return 1 if not results or any(result.problem for result in results) else 0
