"""Recordings by their address: nobody deletes, changes or copies one, and whoever tries stands in history."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from thienly.api.session import actor_of
from thienly.core.footage.standing import BY_METHOD, refuse_change

router = Router(tags=["recordings"])
METHODS = list(BY_METHOD)


@router.api_operation(METHODS, "/{camera_id}/recordings", response={403: None})
def recordings(request: HttpRequest, camera_id: str) -> None:
    """Of all recordings of the camera: always refused with 403 (404 for a camera that the person may not
    know), and recorded."""
    _refuse(request, camera_id, "*")


@router.api_operation(METHODS, "/{camera_id}/recordings/{recording}", response={403: None})
def recording(request: HttpRequest, camera_id: str, recording: str) -> None:
    """Likewise for one: `recording` is its recorder and number, `r1-4711`."""
    _refuse(request, camera_id, recording)


def _refuse(request: HttpRequest, camera_id: str, recording: str) -> None:
    refuse_change(
        actor=actor_of(request),
        camera_id=camera_id,
        recording=recording,
        act=BY_METHOD[request.method or ""],
        now=timezone.now(),
    )
