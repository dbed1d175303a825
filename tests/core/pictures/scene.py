"""Facts about pictures."""

from uuid import uuid4

from tests.core.recording.scene import at, status
from thienly.bus.messages import CameraStatus, PictureJudged, PictureNow
from thienly.core.registry.models import Camera
from thienly.rules.picture import Measures, PictureProblem

GOOD = Measures(luma=140.1234, contrast=45, texture=0.9, same=0.95, lost=0, sharp=1.0, most_moving=200)
DARK = Measures(luma=20, contrast=4, texture=0.02)


def judged(
    camera: Camera,
    finding: str,
    start: float,
    end: float | None = None,
    *,
    problem: PictureProblem = PictureProblem.COVERED,
    ended: str = "",
    recorder: str = "r1",
) -> PictureJudged:
    """Seconds of the day; judged two minutes after its beginning."""
    return PictureJudged.model_validate(
        {
            "id": uuid4().hex,
            "camera": camera.id.hex,
            "recorder": recorder,
            "finding": finding,
            "problem": problem,
            "start_us": at(start),
            "end_us": None if end is None else at(end),
            "at_us": at(start + 120),
            "good_us": at(start - 60),
            "measures": DARK,
            "ended": ended or ("" if end is None else "good"),
        }
    )


def checked(
    camera: Camera, said: float, *, measures: Measures = GOOD, recorder: str = "r1", since: float = 0
) -> CameraStatus:
    """A recording camera's status with what was measured."""
    fact = status(camera, "recording", since, said=said, recorder=recorder)
    return fact.model_copy(update={"picture": PictureNow(at_us=at(said - 1), measures=measures, known=True)})
