"""Hours of the week in which people are at work: `Mon-Fri 07:30-11:30 13:30-17:00; Sat 07:30-11:30`."""

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?((?: \d{2}:\d{2}-\d{2}:\d{2})+)$")
_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """`spans`: weekday (0: Monday), first minute of the day, first minute after."""

    spans: tuple[tuple[int, int, int], ...]

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """`always` or parts as above. Raises ValueError that names the part."""
        if text.strip().lower() == "always":
            return cls(tuple((day, 0, _DAY_MINUTES) for day in range(7)))
        spans: list[tuple[int, int, int]] = []
        for part in text.lower().split(";"):
            found = _PART.match(" ".join(part.split()))
            if not found or found[1] not in DAYS or (found[2] or "mon") not in DAYS:
                raise ValueError(f"not hours of a week: {part.strip()!r}; write Mon-Fri 07:30-17:00")
            first = DAYS.index(found[1])
            last = DAYS.index(found[2]) if found[2] else first
            if last < first:
                raise ValueError(f"the days run backwards: {part.strip()!r}")
            for span in _SPAN.findall(found[3]):
                start, end = (int(h) * 60 + int(m) for h, m in (span[:2], span[2:]))
                if not start < end <= _DAY_MINUTES or int(span[1]) > 59 or int(span[3]) > 59:
                    raise ValueError(f"no span of a day: {part.strip()!r}")
                spans += [(day, start, end) for day in range(first, last + 1)]
        return cls(tuple(spans))

    def include(self, moment: datetime) -> bool:
        """`moment` in the local time of the place."""
        minute = moment.hour * 60 + moment.minute
        return any(day == moment.weekday() and start <= minute < end for day, start, end in self.spans)
