"""Bringing recordings back from their stores, and trying whether they come: asked, told, and in history."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError as Malformed

from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.messages import RestoreTested, SegmentClosed
from thienly.bus.questions import IndexAsk, IndexPage, ReadBytes
from thienly.bus.restoring import RestoreProgress, RestoreRange, RestoreTestNow
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.models import Coverage
from thienly.core.recording.moments import microseconds
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.storage.models import Tier
from thienly.core.text import normalise
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

LONGEST = timedelta(days=14)
_TIMEOUT_S = 15.0


class Ask(Protocol):
    """A request on the bus. Raises BusUnavailable, BusRefused."""

    def __call__(self, subject: str, data: bytes, *, timeout_s: float) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one recorder is. `trouble`: why the last one failed (rules.copies.Trouble); `silent`: the
    recorder itself could not be asked, and `detail` says why."""

    recorder: str
    here: int = 0
    waiting: int = 0
    failed: int = 0
    trouble: str = ""
    detail: str = ""
    silent: bool = False

    @property
    def done(self) -> bool:
        return not (self.waiting or self.failed or self.silent)


def recorders_of(camera: Camera, start: datetime, end: datetime) -> list[str]:
    """Who recorded the camera then."""
    hours = Coverage.objects.filter(camera=camera, hour__gt=start - timedelta(hours=1), hour__lt=end)
    return sorted(set(hours.values_list("recorder", flat=True)))


@service
def restore(*, actor: Actor, code: str, start: datetime | None, end: datetime | None) -> Camera:
    """Who runs the system wants the recordings of [start, end) back on the recorders' disks: in history, and
    to be asked for with `progress`. Raises NotAllowed; ValidationError by field."""
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    camera = gate.visible(actor=actor).filter(code=normalise(code)).first()
    errors: dict[str, ValidationError] = {}
    if camera is None:
        errors["camera"] = ValidationError(_("There is no camera with this code."), "unknown")
    if start is None:
        errors["from"] = ValidationError(_("Give a date and a time."), "invalid")
    if end is None:
        errors["until"] = ValidationError(_("Give a date and a time."), "invalid")
    elif start is not None and not start < end <= start + LONGEST:
        errors["until"] = ValidationError(
            _("The end comes after the beginning, at most 14 days later."), "invalid"
        )
    if camera and start and end and not errors and not recorders_of(camera, start, end):
        errors["until"] = ValidationError(_("Nothing is recorded in this time."), "empty")
    if errors or camera is None or start is None or end is None:
        raise ValidationError(errors)
    tell_restore(actor=actor, camera=camera, start=start, end=end)
    return camera


def tell_restore(*, actor: Actor, camera: Camera, start: datetime, end: datetime, **more: JSON) -> None:
    with transaction.atomic():
        record(
            actor=actor,
            kind=Kind.FOOTAGE_RESTORED,
            camera=camera,
            detail={"from": start.isoformat(), "until": end.isoformat(), **more},
        )


def progress(
    ask: Ask, *, camera: Camera, start: datetime, end: datetime, recorders: Sequence[str], look: bool = False
) -> list[Progress]:
    """Asks each recorder to bring the recordings back, again what failed before; with `look` it only tells
    how far it is."""
    want = RestoreRange(
        camera=camera.id.hex, from_us=microseconds(start), until_us=microseconds(end), look=look
    )
    return [_ask_one(ask, recorder, want) for recorder in recorders]


def _ask_one(ask: Ask, recorder: str, want: RestoreRange) -> Progress:
    try:
        data = ask(subjects.archive_restore(recorder), want.encode(), timeout_s=_TIMEOUT_S)
        answer = RestoreProgress.decode(data)
    except (BusUnavailable, BusRefused, Malformed) as error:
        return Progress(recorder, silent=True, detail=str(error)[:200])
    return Progress(recorder, **answer.model_dump())


# --- restore tests ----------------------------------------------------------------------------------------
@service
def begin_test(*, actor: Actor, recorder: str, store: str) -> Tier:
    """Who runs the system wants a restore from a store to be tried now; ask with `try_store`. Raises
    NotAllowed, ValidationError (no such place)."""
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    place = places_of(normalise(store)).filter(recorder=normalise(recorder)).first()
    if place is None:
        raise ValidationError(_("No recorder copies to a store of this name."))
    tell_test(actor=actor, place=place)
    return place


def places_of(store: str) -> QuerySet[Tier]:
    """The recorders that copy to a store."""
    return Tier.objects.filter(store=store).exclude(store="").order_by("recorder")


def tell_test(*, actor: Actor, place: Tier, **more: JSON) -> None:
    with transaction.atomic():
        record(
            actor=actor,
            kind=Kind.RESTORE_TEST_ASKED,
            object_kind="store",
            object_id=place.store,
            object_label=f"{place.store} ({place.recorder})",
            detail={"store": place.store, "recorder": place.recorder, **more},
        )


def try_store(ask: Ask, place: Tier, *, timeout_s: float) -> RestoreTested:
    """What the recorder found, and tells as a fact beside. Raises BusUnavailable (silent, or not within the
    time: the result comes as the fact), BusRefused (nothing to try)."""
    want = RestoreTestNow(store=place.store)
    return RestoreTested.decode(
        ask(subjects.archive_test(place.recorder), want.encode(), timeout_s=timeout_s)
    )


# --- files ------------------------------------------------------------------------------------------------
def segments_of(
    ask: Ask, *, recorder: str, camera: Camera, start: datetime, end: datetime
) -> Iterator[SegmentClosed]:
    """What the recorder has of [start, end), wherever it lies, oldest first in each page. Raises
    BusUnavailable, BusRefused."""
    want = IndexAsk(from_us=microseconds(start), until_us=microseconds(end), camera=camera.id.hex)
    while True:
        page = IndexPage.decode(ask(subjects.archive_index(recorder), want.encode(), timeout_s=_TIMEOUT_S))
        yield from (one for one in page.segments if one.camera == camera.id.hex)
        if not page.more:
            return
        want = want.model_copy(update={"after_segment": page.after_segment, "after_gap": page.after_gap})


def whole_segment(ask: Ask, segment: SegmentClosed, write: Callable[[bytes], object]) -> None:
    """Its file byte for byte, from a disk or a store. Raises BusUnavailable, BusRefused; what `write`
    raises."""
    offset = 0
    while offset < segment.bytes:
        length = min(subjects.PART, segment.bytes - offset)
        want = ReadBytes(segment=segment.segment, offset=offset, length=length)
        data = ask(subjects.archive_read(segment.recorder), want.encode(), timeout_s=_TIMEOUT_S)
        if len(data) != length:
            raise BusRefused("an answer of another length")
        write(data)
        offset += length


def moment_of(text: str) -> datetime:
    """ISO 8601; without a zone it is the site's. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)
