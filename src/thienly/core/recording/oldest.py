"""The oldest footage of each camera beside what is promised, as a person reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from thienly.core.recording.keeping import kept_of, overrides_of
from thienly.core.recording.models import OldestProof
from thienly.core.registry.models import Camera


class Standing(StrEnum):
    """How a camera stands to its promise. Worst first."""

    BROKEN = "broken"  # the promise is broken: see `proof.violation`
    UNPROVEN = "unproven"  # no recorder has answered yet
    NOTHING = "nothing"  # nothing was recorded yet
    YOUNG = "young"  # all there is since the camera was entered, or since it was recorded at all
    KEPT = "kept"  # at least as old as promised


@dataclass(frozen=True, slots=True)
class OldestRow:
    """`promised`: days; `cite`: what prescribes them, "" when only the installation means to keep them;
    `days`: age of the oldest footage that was read."""

    camera: Camera
    promised: int
    cite: str
    standing: Standing
    days: float | None
    proof: OldestProof | None


def oldest_of(cameras: Iterable[Camera], *, now: datetime) -> list[OldestRow]:
    """Worst first, then by code. `cameras` come with their sites."""
    cameras, conf = list(cameras), settings.CONF
    proofs = {proof.camera_id: proof for proof in OldestProof.objects.filter(camera__in=cameras)}
    overrides, today = overrides_of(conf), timezone.localdate(now)
    rows: list[OldestRow] = []
    for camera in cameras:
        keep = kept_of(camera, overrides=overrides, keep_days=conf.file.keep_days, today=today)
        promised, proof = keep.keep.floor or keep.keep.target, proofs.get(camera.pk)
        oldest = proof.oldest if proof else None
        days = (now - oldest) / timedelta(days=1) if oldest else None
        rows.append(OldestRow(camera, promised, keep.cite, _standing(proof, days, promised), days, proof))
    order = list(Standing)
    return sorted(rows, key=lambda row: (order.index(row.standing), row.camera.code))


def _standing(proof: OldestProof | None, days: float | None, promised: int) -> Standing:
    if proof is None or proof.proven_at is None:
        return Standing.UNPROVEN
    if proof.violation:
        return Standing.BROKEN
    if days is None:
        return Standing.NOTHING
    return Standing.KEPT if days >= promised else Standing.YOUNG
