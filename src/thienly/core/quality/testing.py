"""Which connection tests wait, what to ask, and writing down what came of it: once and for all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from thienly.bus.questions import ProbeRequest, ProbeResult
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.quality.models import ConnectionTest
from thienly.core.registry.models import Camera
from thienly.core.registry.vocabulary import Transport

TIMEOUT_S = 12.0
WATCH_S = 8.0
"""So long a stream that has begun is watched: loss and jitter are no matter of a moment."""
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Question:
    """To be asked of a recorder of `zone`."""

    test: ConnectionTest
    zone: str
    request: ProbeRequest


def next_question(*, leaving_out: Collection[UUID] = ()) -> Question | None:
    """The oldest test that waits, but for those that are being tried. It waits until a recorder of the
    camera's zone answers, however long that takes."""
    waiting = ConnectionTest.objects.filter(finished_at=None, camera__zone__in=settings.CONF.zones)
    others = waiting.exclude(pk__in=leaving_out).select_related("camera__site")
    test = others.order_by("ordered_at").first()
    return Question(test, test.camera.zone, _request(test.camera)) if test else None


def _request(camera: Camera) -> ProbeRequest:
    return ProbeRequest(
        url=camera.url,
        username=camera.username,
        sealed_password=camera.sealed_password,
        allow_local=settings.CONF.demo,
        transport=Transport(camera.transport).value if camera.transport in Transport.values else "tcp",
        fingerprint=camera.fingerprint,
        timeout_s=TIMEOUT_S,
        watch_s=WATCH_S,
    )


def save_result(*, question: Question, result: ProbeResult, now: datetime) -> ConnectionTest:
    """Writes the result down, and tells history. What stands already stands."""
    with transaction.atomic():
        test = ConnectionTest.objects.select_for_update(of=("self",)).get(pk=question.test.pk)
        if test.finished_at is not None:
            return test
        _lay(test, question, result)
        test.finished_at = now
        test.save()
        record(
            actor=Actor.machine("steward"),
            kind=Kind.CAMERA_TESTED,
            camera=question.test.camera,
            detail={
                "test": test.id.hex,
                "reason": test.reason,
                "ordered_by": test.ordered_label,
                "url": test.url,
                "ok": result.ok,
                "problem": test.problem,
                "codec": test.codec,
                "picture": f"{test.width}x{test.height}",
                "fps": test.fps,
                "clock_offset_ms": test.clock_offset_ms,
                "expected": test.expected,
                "lost": test.lost,
                "jitter_us": test.jitter_us,
                "bitrate": test.bitrate,
            },
            at=now,
        )
    return test


def _lay(test: ConnectionTest, question: Question, result: ProbeResult) -> None:
    test.url = question.request.url
    test.ok = result.ok
    test.problem = result.problem.value if result.problem else ""
    test.detail = result.detail[:300]
    test.codec, test.audio = result.codec[:20], result.audio[:40]
    test.width, test.height = _most(result.width), _most(result.height)
    test.fps, test.declared_fps = result.fps, result.declared_fps
    test.server = result.server[:200]
    test.clock_offset_ms = result.clock_offset_ms
    test.expected, test.lost = _most(result.expected), _most(result.lost)
    test.jitter_us = None if result.jitter_us is None else _most(result.jitter_us)
    test.bitrate, test.seconds = _most(result.bitrate), result.seconds


def _most(number: int) -> int:
    return min(max(number, 0), _MOST)
