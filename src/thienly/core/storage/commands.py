"""`thienly restore`: recordings come back from their stores to the recorders' disks."""

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.restoring import RestoreProgress, RestoreRange
from thienly.core.access.actor import Actor
from thienly.core.hints import installation_bus
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import Coverage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera

ASK_EVERY_S = 1.0
_TIMEOUT_S = 15


def restore(*, camera: str, from_: str, until: str, say: Callable[[str], None]) -> int:
    """`camera`: its code. Times as ISO 8601; without a zone they are the site's.

    Returns 0 (all of it is on the disk), 1 (some of it could not be had), 2 (not begun).
    """
    found = Camera.objects.filter(code=camera).first()
    try:
        start, end = _moment(from_), _moment(until)
    except ValueError:
        say("--from và --until phải là thời điểm, ví dụ 2026-11-17T14:00.")
        say("--from and --until must be moments such as 2026-11-17T14:00.")
        return 2
    if found is None or start >= end:
        say(f"Không có camera {camera}, hoặc --until không sau --from.")
        say(f"There is no camera {camera}, or --until is not after --from.")
        return 2
    hours = Coverage.objects.filter(camera=found, hour__gt=start - timedelta(hours=1), hour__lt=end)
    recorders = sorted(set(hours.values_list("recorder", flat=True)))
    if not recorders:
        say("Không có bản ghi nào trong khoảng này. Nothing is recorded in this time.")
        return 2
    with transaction.atomic():
        record(
            actor=Actor.machine("restore"),
            kind=Kind.FOOTAGE_RESTORED,
            camera=found,
            detail={"from": start.isoformat(), "until": end.isoformat(), "person": _person()},
        )
    want = RestoreRange(camera=found.id.hex, from_us=microseconds(start), until_us=microseconds(end))
    worst = [_wait(recorder, want, say) for recorder in recorders]
    return max(worst)


def _wait(recorder: str, want: RestoreRange, say: Callable[[str], None]) -> int:
    """Asks until nothing waits any more."""
    last = ""
    while True:
        try:
            answer = installation_bus().request(
                subjects.archive_restore(recorder), want.encode(), timeout_s=_TIMEOUT_S
            )
            progress = RestoreProgress.decode(answer)
        except (BusUnavailable, BusRefused, ValidationError) as error:
            say(f"{recorder}: không trả lời được / cannot be asked: {error}")
            return 1
        text = (
            f"{recorder}: {progress.here} on the disk, {progress.waiting} to come, {progress.failed} failed"
        )
        if text != last:
            say(text)
            last = text
        if progress.failed:
            say(f"{recorder}: {progress.trouble} {progress.detail}".rstrip())
            return 1
        if not progress.waiting:
            return 0
        time.sleep(ASK_EVERY_S)


def _moment(text: str) -> datetime:
    """Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _person() -> str:
    """Who is signed in to the machine; a name to ask, no proof."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or ""
