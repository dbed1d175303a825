"""How available the platform was: outages of its services, told by the entries of history that say so.

Everything here is computed from those entries (`Event`), and so gives the same answer whenever the same
entries are read. A service is measured from the entry that first names it. What is shorter than the time
after which a service counts as lost is not seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from thienly.rules.coverage import SECOND_US, Span


class What(StrEnum):
    """What an entry says of a service."""

    WATCHED = "watched"  # it is measured from now on
    LOST = "lost"  # noticed: nothing of it since `moment_us`
    BACK = "back"  # it works again since `moment_us`
    ACKNOWLEDGED = "acknowledged"  # a person has taken note
    RETIRED = "retired"  # it is no longer in use, and no longer measured


class Cause(StrEnum):
    """As far as it can be measured; what a person adds stands beside it, never in its place."""

    NO_SIGN = "no_sign"  # nothing was heard of it, or it did not answer
    RESTARTED = "restarted"  # it came back as a new process
    CUT_OFF = "cut_off"  # the same process came back: it was stuck, or the way to it was cut
    STOPPED = "stopped"  # somebody asked it to end
    KILLED = "killed"  # its process ended unasked
    MACHINE = "machine"  # the machine was started anew: power, or a person
    RETIRED = "retired"  # it did not come back and was taken out of use


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `at_us`: when it was written; `moment_us`: what it speaks of."""

    at_us: int
    what: What
    service: str
    outage: str = ""
    moment_us: int = 0
    cause: str = ""
    person: str = ""
    note: str = ""


@dataclass(slots=True)
class Outage:
    """`noticed_us`: when the platform itself knew; `acknowledged_us`: when a person did."""

    id: str
    service: str
    start_us: int
    noticed_us: int
    cause: str
    end_us: int | None = None  # None: it lasts
    acknowledged_us: int | None = None
    acknowledged_by: str = ""
    notes: list[tuple[int, str, str]] = field(default_factory=list)  # moment, person, words

    def seconds(self, within: Span) -> float:
        """Of it within the span, at least 0; until the end of the span while it lasts."""
        end_us = within.end_us if self.end_us is None else min(self.end_us, within.end_us)
        return max(0, end_us - max(self.start_us, within.start_us)) / SECOND_US


@dataclass(slots=True)
class Service:
    """A service that is, or was, measured; more than one span when it was taken out of use and came again."""

    name: str
    watched: list[Span] = field(default_factory=list)  # the last may be open: its end is `OPEN_US`
    outages: list[Outage] = field(default_factory=list)


OPEN_US = 2**62


def services(events: Iterable[Event]) -> list[Service]:
    """By name. `events` in the order of history."""
    found: dict[str, Service] = {}
    outages: dict[str, Outage] = {}
    for event in events:
        service = found.setdefault(event.service, Service(event.service))
        outage = outages.get(event.outage)
        match event.what:
            case What.WATCHED:
                service.watched.append(Span(event.moment_us, OPEN_US))
            case What.LOST if outage is None:
                outages[event.outage] = lost = Outage(
                    event.outage, event.service, event.moment_us, event.at_us, event.cause
                )
                service.outages.append(lost)
            case What.BACK if outage is not None:
                outage.end_us, outage.cause = event.moment_us, event.cause or outage.cause
            case What.ACKNOWLEDGED if outage is not None:
                if outage.acknowledged_us is None:
                    outage.acknowledged_us, outage.acknowledged_by = event.at_us, event.person
                outage.notes.append((event.at_us, event.person, event.note))
            case What.RETIRED if service.watched:
                service.watched[-1] = Span(service.watched[-1].start_us, event.moment_us)
    return sorted(found.values(), key=lambda service: service.name)


@dataclass(frozen=True, slots=True)
class Sums:
    """Seconds of one service, or of the platform, within a span."""

    watched: float
    down: float

    @property
    def ratio(self) -> float | None:
        """0 to 1; None when nothing was measured."""
        return max(0.0, 1 - self.down / self.watched) if self.watched > 0 else None


def sums(service: Service, within: Span) -> Sums:
    watched = _clipped(service.watched, within)
    down = _clipped(_union([_span(outage) for outage in service.outages]), within)
    return Sums(_length(watched), _length(_common(watched, down)))


def platform(found: Sequence[Service], within: Span) -> Sums:
    """Measured as soon as one of the services is, and interrupted while any of them is away."""
    watched = _clipped(_union([span for service in found for span in service.watched]), within)
    down: list[Span] = []
    for service in found:
        down += _common(service.watched, _union([_span(outage) for outage in service.outages]))
    return Sums(_length(watched), _length(_clipped(_union(down), within)))


def _span(outage: Outage) -> Span:
    return Span(outage.start_us, OPEN_US if outage.end_us is None else outage.end_us)


def _union(spans: Iterable[Span]) -> list[Span]:
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_us):
        if result and span.start_us <= result[-1].end_us:
            result[-1] = Span(result[-1].start_us, max(result[-1].end_us, span.end_us))
        else:
            result.append(span)
    return result


def _clipped(spans: Iterable[Span], within: Span) -> list[Span]:
    return _common(list(spans), [within])


def _common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What lies in both."""
    return [
        Span(max(one.start_us, other.start_us), min(one.end_us, other.end_us))
        for one in some
        for other in others
        if max(one.start_us, other.start_us) < min(one.end_us, other.end_us)
    ]


def _length(spans: Iterable[Span]) -> float:
    return sum(span.end_us - span.start_us for span in spans) / SECOND_US
