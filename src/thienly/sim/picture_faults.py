"""What can go wrong in front of a lens, done to the painted picture before the camera burns in its clock."""

import numpy as np
from PIL import Image

from thienly.sim.scenes.yuv import Frame
from thienly.sim.spec import PictureFault


class FaultyLens:
    """Changes frames in place. `frozen` is not here: it is the first frame, clock and all, for ever."""

    def __init__(self, fault: PictureFault, width: int, height: int) -> None:
        self._fault = fault
        across = np.linspace(0, 1, width, dtype=np.float32)
        down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        # A bag over the housing: dim, brownish, a little light from above.
        self._bag = (58 - 26 * down + 6 * np.sin(across * 5)).astype(np.uint8)

    def apply(self, frame: Frame) -> None:
        match self._fault:
            case "black":
                frame.y[:], frame.u[:], frame.v[:] = 18, 128, 128
            case "covered":
                frame.y[:], frame.u[:], frame.v[:] = self._bag, 122, 136
            case "blurred":
                for plane in (frame.y, frame.u, frame.v):
                    image = Image.fromarray(plane)
                    small = image.resize(
                        (max(2, image.width // 28), max(2, image.height // 28)), Image.Resampling.BOX
                    )
                    plane[:] = np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))
            case "moved":
                self._turn(frame)

    @staticmethod
    def _turn(frame: Frame) -> None:
        """Pushed to the right and up: two fifths of the view are new, mirrored for want of more scene."""
        for plane in (frame.y, frame.u, frame.v):
            height, width = plane.shape
            right, up = width * 2 // 5, height // 5
            wide = np.concatenate([plane[:, right:], plane[:, : width - right - 1 : -1]], axis=1)
            plane[:] = np.concatenate([wide[up:], wide[: height - up - 1 : -1]], axis=0)
