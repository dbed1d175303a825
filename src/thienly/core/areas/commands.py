"""`thienly areas import`."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.areas.national import WrongList
from thienly.core.areas.services import enter_shipped, import_boundaries, import_list

MOST = 40


def enter(
    path: Path | None,
    *,
    say: Callable[[str], None],
    source: str = "",
    key: str = "code",
    level: str = "commune",
    on: date | None = None,
) -> int:
    """Exit code: 0 entered, 1 refused; then nothing was entered, and every fault is told."""
    actor = Actor.machine("areas")
    try:
        if path is None:
            done = enter_shipped(actor=actor)
        elif path.suffix.lower() in (".geojson", ".json"):
            day = on or timezone.localdate()
            done = import_boundaries(
                actor=actor, path=path, source=source or path.name, on=day, key=key, level=level
            )
        else:
            done = import_list(actor=actor, path=path, source=source or path.name)
    except WrongList as wrong:
        for fault in wrong.faults[:MOST]:
            say(fault)
        say(f"{len(wrong.faults)} lỗi, không nhập gì / {len(wrong.faults)} faults, nothing was entered")
        return 1
    except OSError as error:
        say(f"{path}: {error.strerror}")
        return 1
    say(
        f"mới {done.new}, sửa {done.changed}, như cũ {done.same} / "
        f"new {done.new}, changed {done.changed}, the same {done.same}"
    )
    return 0
