"""The daily proof that the promised days are there: which camera to ask about next, and what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from thienly.bus.questions import OldestRead
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.recording.keeping import kept_of, overrides_of
from thienly.core.recording.models import Coverage, OldestProof
from thienly.core.recording.moments import instant, microseconds
from thienly.core.registry.models import Camera
from thienly.rules.continuity import keeping

EVERY = timedelta(hours=20)
"""A camera is asked about again after this; so each has a proof of every day."""


@dataclass(frozen=True, slots=True)
class Question:
    """Ask `recorder` for the oldest footage of the camera; "" when the centre knows of none anywhere."""

    camera: Camera
    recorder: str


def next_questions(*, now: datetime, limit: int) -> list[Question]:
    """The cameras whose proof is the oldest, those without one first."""
    known = Camera.objects.filter(retired_at=None).select_related("site")
    cameras = list(known.filter(oldest=None).order_by("created_at", "pk")[:limit])
    if len(cameras) < limit:
        due = known.filter(oldest__asked_at__lt=now - EVERY)
        cameras += due.order_by("oldest__asked_at")[: limit - len(cameras)]
    return [Question(camera, _oldest_holder(camera)) for camera in cameras]


def save_answer(*, question: Question, answer: OldestRead | None, now: datetime) -> OldestProof:
    """What came of the question; None when the recorder did not answer: then the last proof stands as it was.

    A promise that is newly broken, or kept again, goes into history.
    """
    camera = question.camera
    with transaction.atomic():
        proof = OldestProof.objects.filter(camera=camera).first() or OldestProof(camera=camera)
        proof.asked_at = now
        if answer is not None:
            _judge(proof, question, answer, now)
        proof.save()
    return proof


def broken(cameras: QuerySet[Camera]) -> QuerySet[OldestProof]:
    """Those of the cameras for which the promise of keeping is broken, the longest first."""
    rows = OldestProof.objects.exclude(violation="").filter(camera__in=cameras.values("pk"))
    return rows.select_related("camera__site").order_by("since")


def _judge(proof: OldestProof, question: Question, answer: OldestRead, now: datetime) -> None:
    camera = question.camera
    floor_days = _promised_days(camera, now)
    rows = Coverage.objects.filter(camera=camera)
    floor = now - timedelta(days=floor_days)
    gone = rows.filter(hour__gt=floor - timedelta(hours=1)).exclude(deleted=b"").aggregate(last=Max("hour"))
    violation = keeping(
        now_us=microseconds(now),
        floor_days=floor_days,
        readable=answer.ok,
        oldest_us=answer.start_us if answer.found else None,
        known_from_us=_known_from(camera, question.recorder),
        deleted_until_us=_deleted_until(camera, gone["last"]),
    )
    before = proof.violation
    proof.proven_at = now
    proof.recorder = question.recorder
    proof.oldest = instant(answer.start_us) if answer.found else None
    proof.floor_days = floor_days
    proof.violation = violation.value if violation else ""
    proof.detail = answer.detail[:300]
    if proof.violation != before:
        proof.since = now if proof.violation else None
        record(
            actor=Actor.machine("steward"),
            kind=Kind.KEEPING_JUDGED,
            camera=camera,
            detail={
                "before": before,
                "after": proof.violation,
                "oldest": proof.oldest.isoformat() if proof.oldest else "",
                "floor_days": floor_days,
                "recorder": question.recorder,
            },
            at=now,
        )


def _promised_days(camera: Camera, now: datetime) -> int:
    """The floor of the regulations in force; where none says anything, what the installation means to
    keep."""
    conf = settings.CONF
    keep = kept_of(
        camera,
        overrides=overrides_of(conf),
        keep_days=conf.file.keep_days,
        today=timezone.localdate(now),
    ).keep
    return keep.floor or keep.target


def _oldest_holder(camera: Camera) -> str:
    """The recorder that has the oldest hour."""
    held = Coverage.objects.filter(camera=camera).exclude(seconds=b"").order_by("hour")
    return held.values_list("recorder", flat=True).first() or ""


def _known_from(camera: Camera, recorder: str) -> int | None:
    """The first second that the coverage has, of that recorder."""
    held = Coverage.objects.filter(camera=camera, recorder=recorder).exclude(seconds=b"")
    row = held.order_by("hour").first()
    if row is None:
        return None
    number = int.from_bytes(bytes(row.seconds), "little")
    first = (number & -number).bit_length() - 1
    return microseconds(row.hour) + first * 1_000_000


def _deleted_until(camera: Camera, hour: datetime | None) -> int | None:
    """The end of the newest second that was deleted and that no recorder has."""
    if hour is None:
        return None
    rows = list(Coverage.objects.filter(camera=camera, hour=hour))
    gone = held = 0
    for row in rows:
        gone |= int.from_bytes(bytes(row.deleted), "little")
        held |= int.from_bytes(bytes(row.seconds), "little")
    left = gone & ~held
    return microseconds(hour) + left.bit_length() * 1_000_000 if left else None
