"""A platform that is measured: one steward, its bus, gateway and a recorder, by an injected clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from thienly.bus.messages import RecorderAlive
from thienly.core.availability.measuring import BUS, GATEWAY, Measurer, Reading, observe, recorder_readings
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.recording.heartbeats import save_heartbeat
from thienly.core.recording.moments import microseconds

BEGIN = datetime(2026, 10, 1, 1, 0, tzinfo=UTC)  # 08:00 of 1 October here
ROUND = timedelta(seconds=5)
KINDS = [
    Kind.SERVICE_WATCHED,
    Kind.SERVICE_LOST,
    Kind.SERVICE_BACK,
    Kind.SERVICE_RETIRED,
    Kind.OUTAGE_ACKNOWLEDGED,
]


def beat(at: datetime, *, started: datetime = BEGIN, name: str = "r1") -> None:
    save_heartbeat(
        RecorderAlive(
            recorder=name,
            zone="main",
            at_us=microseconds(at),
            started_us=microseconds(started),
            cameras=1,
            capacity=10,
            disk_free=1,
            disk_total=2,
            facts_waiting=0,
        ),
        at,
    )


@dataclass
class Platform:
    """`now` moves with each round."""

    now: datetime = BEGIN
    process: str = "steward-1"
    booted_at: datetime = BEGIN - timedelta(days=1)
    began_at: datetime = BEGIN
    hears_since: datetime = BEGIN
    database_failed_at: datetime | None = None

    def run(
        self,
        span: timedelta,
        *,
        bus: bool = True,
        gateway: bool = True,
        recorder: bool = True,
        started: datetime = BEGIN,
        step: timedelta = ROUND,
    ) -> None:
        """Rounds over `span`."""
        until = self.now + span
        while self.now < until:
            self.now += step
            if not bus:
                self.hears_since = self.now
            if recorder and bus:
                beat(self.now, started=started)
            self.round(bus=bus, gateway=gateway)

    def round(self, *, bus: bool = True, gateway: bool = True) -> None:
        readings = [Reading(BUS, self.now if bus else None), Reading(GATEWAY, self.now if gateway else None)]
        measurer = Measurer(
            self.process, self.booted_at, self.began_at, self.hears_since, self.database_failed_at
        )
        heard = recorder_readings() if bus else []
        observe(readings=[*readings, *heard], measurer=measurer, now=self.now)
        self.database_failed_at = None


def told(*kinds: Kind) -> list[tuple[str, str, str]]:
    """Kind, service and cause of what history says of services, oldest first."""
    rows = Entry.objects.filter(kind__in=kinds or KINDS).order_by("seq")
    return [(row.kind.partition(".")[2], row.object_id, row.detail.get("cause", "")) for row in rows]
