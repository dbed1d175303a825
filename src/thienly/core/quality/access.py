"""Writing down what became of a question for a picture, beside the row that closes it in history."""

from datetime import datetime

from thienly.core.quality.models import Access
from thienly.core.registry.models import Camera
from thienly.rules.service import outcome

_MOST_MS = 2**31 - 1


def note_access(
    *,
    camera: Camera,
    stream: str,
    mode: str,
    asked_at: datetime,
    ended_at: datetime,
    pictures: int,
    first: tuple[int | None, str, bool],
) -> None:
    """`first`: milliseconds until the first picture, what the viewer was told of trouble instead, and whether
    he was told that nothing is recorded there. Joins the caller's transaction."""
    picture_ms, problem, nothing_there = first
    waited_s = (ended_at - asked_at).total_seconds()
    result = outcome(pictures=pictures, problem=problem, nothing_there=nothing_there, waited_s=waited_s)
    Access.objects.update_or_create(
        stream=stream,
        defaults={
            "camera": camera,
            "at": asked_at,
            "mode": mode,
            "outcome": result.value,
            "picture_ms": None if picture_ms is None else min(picture_ms, _MOST_MS),
            "problem": "" if pictures else problem[:30],
        },
    )
