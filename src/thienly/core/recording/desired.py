"""What recorders should be doing, as the register says."""

from collections.abc import Callable, Sequence
from datetime import date

from thienly.bus.messages import DesiredCamera, PictureWish
from thienly.core.recording.keeping import kept_of
from thienly.core.registry.models import Camera
from thienly.core.storage.backups import Subjects
from thienly.rules.backup import Plan, stores_of
from thienly.rules.retention import Keep
from thienly.rules.retention_class import Override


def desired_cameras(
    *,
    allow_local: bool,
    keep_days: int,
    today: date,
    overrides: Sequence[Override] = (),
    backups: Sequence[Plan] = (),
    pictures: Callable[[Camera], PictureWish | None] = lambda camera: None,
) -> dict[str, DesiredCamera]:
    """Every camera that is not retired, by its hex id. `allow_local`: see `DesiredCamera`; `keep_days` and
    `overrides`: how long footage is kept, see `rules.retention_class`; `backups`: the backup plan;
    `pictures`: how they are judged, see `core.pictures.wishes`."""
    subjects = Subjects()

    def keep(camera: Camera) -> Keep:
        return kept_of(camera, overrides=overrides, keep_days=keep_days, today=today).keep

    cameras = Camera.objects.filter(retired_at=None).select_related("site__unit")
    return {
        camera.id.hex: DesiredCamera(
            camera=camera.id.hex,
            label=camera.code,
            url=camera.url,
            sub_url=camera.sub_url,
            username=camera.username,
            sealed_password=camera.sealed_password,
            transport=camera.transport,
            fingerprint=camera.fingerprint,
            zone=camera.zone,
            record=camera.record,
            audio=camera.audio,
            allow_local=allow_local,
            floor_days=days.floor,
            target_days=None if days.target == days.ceiling else days.target,
            keep_days=days.ceiling,
            backups=stores_of(backups, subjects.of(camera)) if backups else [],
            picture=pictures(camera),
            revision=camera.revision,
        )
        for camera in cameras.iterator(chunk_size=1000)
        for days in [keep(camera)]
    }
