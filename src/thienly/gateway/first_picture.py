"""How long a viewer waits for the first picture of a stream, and what he is told instead."""

import time
from collections.abc import Callable, Mapping


class FirstPicture:
    """Of one opening, from the question on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.ms: int | None = None  # until the first picture was handed to the socket
        self.problem = ""  # the trouble that the viewer was told of last
        self.nothing = False  # nothing is recorded where he looked
        self._clock = clock
        self._asked = clock()

    def came(self) -> None:
        if self.ms is None:
            self.ms = round((self._clock() - self._asked) * 1000)

    def told(self, event: str, fields: Mapping[str, object]) -> None:
        """What else the viewer hears of this channel."""
        if event == "state":
            self.problem = str(fields.get("problem", ""))
        elif event == "error":
            self.problem = str(fields.get("code", ""))
        elif event in ("gap", "live_edge"):
            self.nothing = True
