"""What recorders should be doing, as the register says."""

from thienly.bus.messages import DesiredCamera
from thienly.core.registry.models import Camera


def desired_cameras(*, allow_local: bool, keep_days: int) -> dict[str, DesiredCamera]:
    """Every camera that is not retired, by its hex id. `allow_local`: see `DesiredCamera`."""
    cameras = Camera.objects.filter(retired_at=None)
    return {
        camera.id.hex: DesiredCamera(
            camera=camera.id.hex,
            label=camera.code,
            url=camera.url,
            username=camera.username,
            sealed_password=camera.sealed_password,
            transport=camera.transport,
            fingerprint=camera.fingerprint,
            zone=camera.zone,
            record=camera.record,
            audio=camera.audio,
            allow_local=allow_local,
            keep_days=keep_days,
            revision=camera.revision,
        )
        for camera in cameras.iterator(chunk_size=1000)
    }
