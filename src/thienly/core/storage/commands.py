"""`thienly restore` brings recordings back from their stores; `thienly restore-test` tries whether it can."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.utils import timezone, translation

from thienly.bus.client import BusRefused, BusUnavailable
from thienly.core.access.actor import Actor
from thienly.core.hints import installation_bus
from thienly.core.registry.models import Camera
from thienly.core.storage import restoring
from thienly.core.storage.models import Tier
from thienly.core.storage.restoring import Progress, moment_of, recorders_of
from thienly.core.storage.words import step_words, trouble_words

Say = Callable[[str], None]

ASK_EVERY_S = 1.0
_TEST_WITHIN_S = 600.0


def restore(*, camera: str, from_: str, until: str, say: Say) -> int:
    """`camera`: its code. Times as ISO 8601; without a zone they are the site's.

    Returns 0 (all of it is on the disk), 1 (some of it could not be had), 2 (not begun).
    """
    asked = _asked(camera, from_, until, say)
    if asked is None:
        return 2
    found, start, end, recorders = asked
    restoring.tell_restore(
        actor=Actor.machine("restore"), camera=found, start=start, end=end, person=_person()
    )
    return max(_wait(found, start, end, recorder, say) for recorder in recorders)


def copy_out(*, camera: str, from_: str, until: str, to: Path, say: Say) -> tuple[int, list[Path]]:
    """Writes the recorders' files, byte for byte, into `to`, from wherever they lie; (exit code, files).

    Nothing there is overwritten. Codes as of `restore`.
    """
    asked = _asked(camera, from_, until, say)
    if asked is None:
        return 2, []
    found, start, end, recorders = asked
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        say(f"Không tạo được thư mục {to}. The directory cannot be made: {error.strerror}")
        return 2, []
    restoring.tell_restore(
        actor=Actor.machine("restore"),
        camera=found,
        start=start,
        end=end,
        person=_person(),
        place=str(to.absolute()),
    )
    files: list[Path] = []
    code = 0
    for recorder in recorders:
        try:
            segments = list(
                restoring.segments_of(_ask, recorder=recorder, camera=found, start=start, end=end)
            )
        except (BusUnavailable, BusRefused) as error:
            _say_one(Progress(recorder, silent=True, detail=str(error)), say)
            code = 1
            continue
        for number, segment in enumerate(segments, 1):
            first = datetime.fromtimestamp(segment.start_us / 1e6, timezone.get_current_timezone())
            path = to / f"{found.code}_{first:%Y%m%dT%H%M%S}_{recorder}-{segment.segment:010d}.mp4"
            try:
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
                    restoring.whole_segment(_ask, segment, file.write)
            except (BusUnavailable, BusRefused) as error:
                path.unlink()
                _say_one(Progress(recorder, failed=1, trouble=str(error)), say)
                code = 1
            except OSError as error:
                say(f"{path}: {error.strerror}")
                code = 1
            else:
                files.append(path)
            say(f"{recorder}: {number}/{len(segments)}")
    return code, files


def restore_test(*, store: str, recorder: str, say: Say) -> int:
    """Each recorder that copies to `store` (or the one named) tries one recording by chance.

    Returns 0 (all came back whole), 1 (one did not, or its recorder is silent), 2 (nobody copies there).
    """
    places = restoring.places_of(store)
    places = places.filter(recorder=recorder) if recorder else places
    if not places:
        say(f"Không có đầu ghi nào sao chép vào kho {store}. No recorder copies to the store {store}.")
        return 2
    return max(_test(place, say) for place in places)


def _test(place: Tier, say: Say) -> int:
    restoring.tell_test(actor=Actor.machine("restore-test"), place=place, person=_person())
    who = f"{place.recorder} · {place.store}"
    say(f"{who}: đang thử… trying…")
    try:
        tested = restoring.try_store(_ask, place, timeout_s=_TEST_WITHIN_S)
    except (BusUnavailable, BusRefused) as error:
        say(f"{who}: không thử được. It cannot be tried: {error}")
        return 1
    first = datetime.fromtimestamp(tested.start_us / 1e6, timezone.get_current_timezone())
    camera = Camera.objects.filter(pk=tested.camera).first()
    what = f"{camera.code if camera else tested.camera} {first:%Y-%m-%d %H:%M:%S}"
    size = f"{tested.bytes / 1e6:.1f} MB, {tested.took_ms / 1000:.1f} s"
    if tested.ok:
        say(f"{who}: ĐẠT / PASSED: {what} ({size})")
        return 0
    vi, en = _both(step_words, tested.step)
    say(f"{who}: KHÔNG ĐẠT / FAILED: {what}: {vi} / {en} ({tested.detail})")
    for text in _both(trouble_words, tested.detail.split(" ")[0]):
        if text != tested.detail.split(" ")[0]:
            say(f"  → {text}")
    return 1


def _asked(
    camera: str, from_: str, until: str, say: Say
) -> tuple[Camera, datetime, datetime, list[str]] | None:
    """None, and why, when it makes no sense."""
    found = Camera.objects.filter(code=camera).first()
    try:
        start, end = moment_of(from_), moment_of(until)
    except ValueError:
        say("FROM và TO phải là thời điểm, ví dụ 2026-11-17T14:00.")
        say("FROM and TO must be moments such as 2026-11-17T14:00.")
        return None
    if found is None or start >= end:
        say(f"Không có camera {camera}, hoặc TO không sau FROM.")
        say(f"There is no camera {camera}, or TO is not after FROM.")
        return None
    recorders = recorders_of(found, start, end)
    if not recorders:
        say("Không có bản ghi nào trong khoảng này. Nothing is recorded in this time.")
        return None
    return found, start, end, recorders


def _wait(camera: Camera, start: datetime, end: datetime, recorder: str, say: Say) -> int:
    """Asks until nothing waits any more. What fails is not asked for again: it is said, and a person acts."""
    last, look = None, False
    while True:
        (now,) = restoring.progress(
            _ask, camera=camera, start=start, end=end, recorders=[recorder], look=look
        )
        if now != last:
            _say_one(now, say)
            last = now
        if now.silent or (now.failed and not now.waiting and look):
            return 1
        if now.done:
            return 0
        look = True
        time.sleep(ASK_EVERY_S)


def _say_one(now: Progress, say: Say) -> None:
    if now.silent:
        say(f"{now.recorder}: không hỏi được. It cannot be asked: {now.detail}")
        return
    say(
        f"{now.recorder}: đã có {now.here}, còn chờ {now.waiting}, lỗi {now.failed} / "
        f"{now.here} on the disk, {now.waiting} to come, {now.failed} failed"
    )
    if now.failed:
        for text in _both(trouble_words, now.trouble):
            say(f"  → {text} {now.detail}".rstrip())


def _both(words: Callable[[str], str], code: str) -> list[str]:
    """In Vietnamese, then in English."""
    said = []
    for language in ("vi", "en"):
        with translation.override(language):
            said.append(words(code))
    return said


def _ask(subject: str, data: bytes, *, timeout_s: float) -> bytes:
    return installation_bus().request(subject, data, timeout_s=timeout_s)


def _person() -> str:
    """Who is signed in to the machine; a name to ask, no proof."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or ""
