"""Carries out orders to extract: each becomes a package, or is said to have failed and why."""

import errno
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from thienly.core.access.actor import Actor
from thienly.core.cases import engine
from thienly.core.extraction.models import Extraction
from thienly.core.extraction.ordering import note_extracted, note_failed, order_of
from thienly.core.ledger.evidence import rows_with_proof
from thienly.core.ledger.keys import signing_key
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.packages.describing import described
from thienly.core.packages.files import directory, path_of
from thienly.core.packages.models import Package
from thienly.core.recording.models import Gap
from thienly.core.recording.moments import microseconds
from thienly.core.recording.words import problem_words
from thienly.evidence.build import Built, NothingRecorded, Progress, build
from thienly.evidence.manifest import Gap as GapTold
from thienly.evidence.source import NotYetClosed, Source, Unreadable
from thienly.rules.cases import IllegalStep
from thienly.rules.order import Order, Stretch

NOTHING = gettext_noop("Nothing of the asked time is recorded, or nobody who keeps it answers")
DISK = gettext_noop("The disk for packages is full")
UNWRITABLE = gettext_noop("The package could not be written")
NO_KEY = gettext_noop("The key that signs is missing: thienly doctor says where it should be")

MAIN = "main"
PATIENCE = timedelta(hours=1)
"""So long an order waits for recorders that do not answer; what they keep is then a gap of the package."""

_STEWARD = Actor.machine("extraction")
log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The program ends; the order stands and is carried out at the next start."""


def carry_out(request: Extraction, *, source: Source, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Makes the package of an order; blocks for as long as reading takes. False: not yet, try again.

    Whoever revokes the case meanwhile wins: no package is then kept.
    """

    def go_on(_done: int) -> None:
        if stopping():
            raise Stopped

    now, id_ = timezone.now(), uuid4()
    order = order_of(request, now=now)
    if now - order.ordered_at < PATIENCE and not _all_answer(order, source):
        return False
    try:
        built = _build(order, id_, source=source, now=now, progress=go_on)
    except (NotYetClosed, BlockingIOError, Stopped):
        return False
    except NothingRecorded:
        return _failed(request, NOTHING)
    except FileNotFoundError:
        return _failed(request, NO_KEY)
    except OSError as error:
        log.warning("package_not_written", case=str(request.case), error=type(error).__name__)
        return _failed(request, DISK if error.errno in (errno.ENOSPC, errno.EDQUOT) else UNWRITABLE)
    try:
        _note(request, id_, built)
    except (engine.Conflict, IllegalStep):
        path_of(id_).unlink(missing_ok=True)  # revoked meanwhile
    except BaseException:
        path_of(id_).unlink(missing_ok=True)
        raise
    return True


def remove_unfinished() -> None:
    """What a process that was killed left behind."""
    for path in directory().glob(".*.part"):
        path.unlink(missing_ok=True)
    known = {path_of(id_).name for id_ in Package.objects.values_list("pk", flat=True)}
    for path in directory().glob("*.zip"):
        if path.name not in known:
            path.unlink(missing_ok=True)


def _all_answer(order: Order, source: Source) -> bool:
    """Whether everybody who may keep some of it can be asked now: what is away for a moment must not be
    missing from evidence for ever."""
    try:
        for one in order.stretches:
            for _slice in source.slices(one.camera, MAIN, microseconds(one.start), microseconds(one.end)):
                pass
    except NotYetClosed:
        return True  # asked again by whoever builds
    except Unreadable:
        return False
    return True


def _build(order: Order, id_: UUID, *, source: Source, now: datetime, progress: Progress) -> Built:
    key: Ed25519PrivateKey = signing_key(settings.CONF.ledger_key)
    owners = dict.fromkeys(one.unit for one in order.stretches)
    return build(
        description=described(
            order,
            organisation="; ".join(owners),
            time_zone=settings.TIME_ZONE,
            gaps={one.camera: _gaps(one) for one in order.stretches},
        ),
        source=source,
        to=path_of(id_),
        key=key,
        made_us=microseconds(now),
        made_by="thienly",
        history=_history(order, now),
        progress=progress,
    )


def _gaps(wanted: Stretch) -> list[GapTold]:
    """What is known to be missing, with its reason; in Vietnamese, as a court reads it."""
    rows = Gap.objects.filter(camera=UUID(wanted.camera), start__lt=wanted.end).exclude(end__lte=wanted.start)
    with translation.override("vi"):
        return [
            GapTold(
                from_us=microseconds(max(row.start, wanted.start)),
                until_us=microseconds(min(row.end or wanted.end, wanted.end)),
                reason=row.reason,
                words=problem_words(row.reason),
            )
            for row in rows.order_by("start")
        ]


def _history(order: Order, now: datetime) -> Iterator[bytes]:
    """The rows about the case, with their proof."""
    rows = Entry.objects.filter(object_kind="case", object_id=order.case)
    numbers = list(rows.order_by("seq").values_list("seq", flat=True))
    return rows_with_proof(by=_STEWARD.label, about={"case": order.number}, numbers=numbers, now=now)


def _note(request: Extraction, id_: UUID, built: Built) -> None:
    now = timezone.now()
    cameras = built.manifest.cameras
    missing = sum(gap.until_us - gap.from_us for camera in cameras for gap in camera.gaps)
    with transaction.atomic():
        package = Package.objects.create(
            id=id_,
            request=request,
            sha256=built.sha256,
            size=built.size,
            clips=sum(len(camera.clips) for camera in cameras),
            missing_us=missing,
            made_at=now,
        )
        note_extracted(request, now=now)
        record(
            actor=_STEWARD,
            kind=Kind.PACKAGE_MADE,
            obj=request.case,
            camera=request.case.camera,
            purpose=request.purpose,
            detail={
                "sha256": package.sha256,
                "bytes": package.size,
                "codes": [camera.code for camera in cameras],
                "missing_s": round(missing / 1e6, 3),
            },
            at=now,
        )


def _failed(request: Extraction, why: str) -> bool:
    try:
        note_failed(request, why=why, now=timezone.now())
    except (engine.Conflict, IllegalStep):
        return True  # somebody revoked it meanwhile
    return True
