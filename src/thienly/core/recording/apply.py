"""Facts of recorders become rows: once, whatever the order and however often they are delivered.

Segments only add to bitmaps, a closed gap is never opened again, an older status never replaces a newer
one, and a deletion is remembered. What cannot be expressed that way stands in `FactSeen`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from thienly.bus.messages import (
    CameraStatus,
    CopyLost,
    Fact,
    Gap,
    LinkReport,
    PictureJudged,
    RestoreTested,
    SegmentClosed,
    SegmentCopied,
    SegmentDeleted,
    SegmentMoved,
)
from thienly.bus.subjects import TOKEN
from thienly.core.pictures.apply import apply_pictures
from thienly.core.quality.apply import apply_quality, sound
from thienly.core.recording.book import Book
from thienly.core.recording.deletions import Deletions
from thienly.core.recording.holes import apply_gap, hole_before
from thienly.core.recording.models import CameraState, FactSeen
from thienly.core.recording.moments import instant
from thienly.core.storage.apply import apply_copies
from thienly.rules.coverage import by_hour

SEEN_FOR = timedelta(days=45)
"""Longer than the fact stream keeps anything (30 days): a fact older than that cannot come again."""

_AHEAD = timedelta(days=1)
_INT32 = 2**31 - 1


class Poison(Exception):
    """The fact makes no sense; it would never apply, so it must not be delivered again."""


def apply_facts(facts: Sequence[Fact], *, now: datetime) -> int:
    """Applies the facts in one transaction, in their order; returns how many were about cameras that exist.

    Facts about cameras that the register does not have are passed over. Raises Poison when one makes no sense
    (nothing is applied then), django.db.Error when the database does not take it.
    """
    for fact in facts:
        _check(fact, now)
    with transaction.atomic():
        book = Book(facts, now=now)
        deletions = Deletions(book, facts)
        known = [fact for fact in facts if fact.subject_camera in book.cameras]
        for fact in known:
            match fact:
                case SegmentClosed():
                    if fact.stream == "main" and not deletions.has(fact):
                        _segment(book, fact, now)
                case SegmentDeleted():
                    deletions.apply(fact)
                case Gap():
                    apply_gap(book, fact, now)
                case CameraStatus():
                    _status(book, fact)
        book.save()
        apply_quality(known, cameras=book.cameras, now=now)
        apply_copies(known, cameras=book.cameras, deleted=deletions.before, now=now)
        apply_pictures(known, cameras=book.cameras, now=now)
        deletions.save(now)
    return len(known)


def prune_seen(*, now: datetime) -> int:
    """Forgets facts that cannot come again; returns how many."""
    deleted, _ = FactSeen.objects.filter(at__lt=now - SEEN_FOR).delete()
    return deleted


def _segment(book: Book, fact: SegmentClosed, now: datetime) -> None:
    hole_before(book, fact, now)
    book.tell_days(fact.camera, fact.start_us, fact.end_us)
    for hour, first, last in by_hour(fact.start_us, fact.end_us):
        book.mark(fact.camera, hour, fact.recorder, first, last)
    state = book.state(fact.camera)
    if state is None:  # its status is still under way; a closed segment proves as much
        since, never = instant(fact.start_us), instant(0)
        state = CameraState(recorder=fact.recorder, state="recording", since=since, reported_at=never)
        book.put_state(fact.camera, state)
    end = instant(fact.end_us)
    if state.recorded_until is None or end > state.recorded_until:
        state.recorded_until, state.recorded_by = end, fact.recorder


def _status(book: Book, fact: CameraStatus) -> None:
    at = instant(fact.at_us)
    state = book.state(fact.camera)
    if state is None:
        state = CameraState()
        book.put_state(fact.camera, state)
    elif at < state.reported_at:
        return
    elif fact.state == "stopped" and state.recorder != fact.recorder:
        return  # it let go of the camera; what its successor says counts
    state.recorder = fact.recorder
    state.state = fact.state
    state.since, state.reported_at = instant(fact.since_us), at
    state.problem = fact.problem.value if fact.problem else ""
    state.detail = fact.detail[:300]
    state.clock_offset_ms = fact.clock_offset_ms
    state.packets_lost = fact.packets_lost
    if fact.codec:  # an offline camera keeps what is known of it
        state.codec, state.audio = fact.codec[:20], fact.audio[:20]
        state.width, state.height = fact.width, fact.height
    state.fps, state.bitrate = fact.fps, fact.bitrate


def _check(fact: Fact, now: datetime) -> None:
    """Raises Poison for what no working recorder reports."""
    limit = now + _AHEAD
    try:
        match fact:
            case SegmentClosed() | SegmentDeleted() | SegmentCopied() | SegmentMoved() | CopyLost():
                next(by_hour(fact.start_us, fact.end_us), None)
                good = instant(fact.end_us) < limit
            case RestoreTested():
                good = 0 <= fact.start_us < fact.end_us and instant(fact.at_us) < limit
                good = good and fact.bytes >= 0 and fact.took_ms >= 0 and len(fact.id) <= 64
            case Gap():
                end = fact.start_us if fact.end_us is None else fact.end_us
                good = 0 <= fact.start_us <= end and instant(end) < limit and len(fact.gap) <= 64
            case PictureJudged():
                last = max(fact.start_us, fact.at_us, fact.good_us, fact.end_us or 0)
                end = fact.start_us if fact.end_us is None else fact.end_us
                good = 0 <= fact.start_us <= end and instant(last) < limit and 0 < len(fact.finding) <= 64
                good = good and fact.good_us >= 0 and (fact.end_us is None) == (not fact.ended)
            case CameraStatus():
                numbers = (fact.width, fact.height, fact.bitrate, fact.packets_lost, int(fact.fps))
                good = instant(fact.at_us) < limit and all(0 <= n <= _INT32 for n in numbers)
                good = good and instant(fact.since_us) <= instant(fact.at_us)
                good = good and abs(fact.clock_offset_ms or 0) <= _INT32
                good = good and (
                    fact.picture is None or 0 <= instant(fact.picture.at_us).timestamp() < limit.timestamp()
                )
            case LinkReport():
                good = sound(fact) and instant(fact.until_us) < limit
            case _:
                good = False
    except (ValueError, OverflowError) as error:
        raise Poison(str(error)) from error
    if not good or not TOKEN.fullmatch(getattr(fact, "recorder", "")):
        raise Poison(f"{fact.kind} fact out of bounds")
