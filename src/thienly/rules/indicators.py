"""The four indicators of integration (QN Đ20.3): timely, accurate, complete, continuous."""

from dataclasses import dataclass, fields

Share = tuple[int, int]
"""So many of so many."""


@dataclass(frozen=True, slots=True)
class Indicators:
    """Of one camera, or of all cameras of a unit together.

    timely: segments of which the centre knew within the prescribed frequency ÷ segments.
    accurate: camera days on which the clock deviated by no more than allowed ÷ days on which it was measured.
    complete: cameras of which the centre received recordings ÷ cameras registered to be recorded.
    continuous: seconds recorded ÷ seconds expected.
    unmeasured: days on which the camera was received but does not tell its time.
    """

    timely: Share = (0, 0)
    accurate: Share = (0, 0)
    complete: Share = (0, 0)
    continuous: Share = (0, 0)
    unmeasured: int = 0

    def __add__(self, other: "Indicators") -> "Indicators":
        pairs = {}
        for name in NAMES:
            (a, of_a), (b, of_b) = getattr(self, name), getattr(other, name)
            pairs[name] = (a + b, of_a + of_b)
        return Indicators(**pairs, unmeasured=self.unmeasured + other.unmeasured)

    def ratio(self, name: str) -> float | None:
        """0 to 1; None: nothing to judge by, which is not the same as bad or good."""
        part, whole = getattr(self, name)
        return part / whole if whole else None


NAMES = tuple(field.name for field in fields(Indicators) if field.name != "unmeasured")
