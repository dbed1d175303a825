"""What one viewer may hear of a stream: pictures with their sound, or without."""

import structlog

from thienly.gateway.frames import Picture
from thienly.gateway.sound import picture_tracks, silent_mime

log = structlog.get_logger(__name__)


class Hush:
    """Lets everything pass when `sound`; else only pictures. What cannot be silenced is not shown."""

    def __init__(self, *, sound: bool = False) -> None:
        self.sound = sound
        self._tracks: frozenset[int] = frozenset()
        self._needed = False

    def begin(self, init: Picture) -> None:
        """Looks at the init segment that the following pictures belong to."""
        try:
            self._tracks = picture_tracks(init.chunk.data)
            self._needed = init.silent(self._tracks).size != init.size
        except ValueError:
            self._tracks, self._needed = frozenset(), True
            log.warning("stream_not_understood")

    @property
    def tracks(self) -> frozenset[int]:
        """Ids of the tracks that are not sound; empty when the stream is not understood."""
        return self._tracks

    def mime(self, mime: str) -> str:
        return mime if self.sound or not self._needed else silent_mime(mime)

    def init(self, init: Picture) -> Picture:
        """Raises ValueError only when `begin` was not called with it."""
        return init if self.sound or not self._needed or not self._tracks else init.silent(self._tracks)

    def pictures(self, pictures: list[Picture]) -> list[Picture]:
        if self.sound or not self._needed:
            return pictures
        try:
            return [picture.silent(self._tracks) for picture in pictures]
        except ValueError:
            return []
