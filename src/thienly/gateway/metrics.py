"""`/metrics` in the text format of Prometheus: for listed addresses, and for who inspects the installation.

Labels are names from the configuration and closed lists; no series is made by what people or cameras send.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from thienly import membership
from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.numbers import COUNTERS, GAUGES
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.peer import may_scrape
from thienly.core.hints import installation_bus
from thienly.core.ledger.models import Head
from thienly.core.recording.models import CameraState, RecorderState
from thienly.core.recording.queries import ALIVE_LOST
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.gateway import numbers
from thienly.rules.actions import Action


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Raises NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # put there by ActorMiddleware
    if not may_scrape(actor.address):
        _require(actor=actor)
    registry = CollectorRegistry()
    registry.register(_Installation())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@service
def _require(*, actor: Actor) -> None:
    allowed = gate.allowed_actions(actor=actor, obj=None)
    if not allowed & {Action.INSPECT_META, Action.ADMIN_SYSTEM}:
        gate.require(actor=actor, action=Action.INSPECT_META, obj=None)


class _Installation(Collector):
    """Asked once for each scrape; the database and the bus answer, nothing is kept."""

    def collect(self) -> Iterator[Metric]:
        yield from _cameras()
        yield from _recorders()
        yield from _bus()
        yield from _certificates()
        yield _gauge(
            "thienly_ledger_entries", "Entries of history", Head.objects.values_list("seq", flat=True).first()
        )
        yield from _gateway()


def _gauge(name: str, text: str, value: float | None) -> Metric:
    return GaugeMetricFamily(name, text, value=value or 0)


def _cameras() -> Iterator[Metric]:
    """Reports of a recorder that is silent count as unknown, as on the pages."""
    now = timezone.now()
    wanted = Camera.objects.filter(retired_at=None, record=True)
    heard = RecorderState.objects.filter(seen_at__gte=now - ALIVE_LOST).values_list("name", flat=True)
    rows = CameraState.objects.filter(camera__in=wanted, recorder__in=list(heard))
    states = Counter(dict.fromkeys(("recording", "connecting", "offline", "stopped", "unknown"), 0))
    states.update(dict(rows.values_list("state").annotate(Count("pk"))))
    states["unknown"] = max(0, wanted.count() - rows.count())
    family = GaugeMetricFamily(
        "thienly_cameras", "Cameras that should be recorded, by state", labels=["state"]
    )
    for state, count in sorted(states.items()):
        family.add_metric([state], count)
    yield family


def _recorders() -> Iterator[Metric]:
    rows = list(RecorderState.objects.order_by("name"))
    now = timezone.now()
    gauges: dict[str, tuple[str, Callable[[RecorderState], float]]] = {
        "up": ("Heard of within the last seconds", lambda row: now - row.seen_at <= ALIVE_LOST),
        "cameras": ("Cameras held", lambda row: row.cameras),
        "capacity": ("Cameras that it may hold", lambda row: row.capacity),
        "disk_free_bytes": ("Free on the disk of its store", lambda row: row.disk_free),
        "disk_total_bytes": ("Size of the disk of its store", lambda row: row.disk_total),
        "facts_waiting": ("Facts that the bus has not taken yet", lambda row: row.facts_waiting),
        "start_time_seconds": ("Start of the process, Unix time", lambda row: row.started_at.timestamp()),
        "clock_synced": ("1: follows a time server; 0: does not; -1: not known", _clock),
        "clock_error_seconds": (
            "The most that its clock may be wrong",
            lambda row: (row.clock_error_ms or 0) / 1000,
        ),
    }
    for name, (text, value) in gauges.items():
        family = GaugeMetricFamily(f"thienly_recorder_{name}", text, labels=["recorder"])
        for row in rows:
            family.add_metric([row.name], value(row))
        yield family
    for name, text in GAUGES.items():
        told = GaugeMetricFamily(f"thienly_recorder_{name}", text, labels=["recorder"])
        for row in rows:
            if name in row.numbers:
                told.add_metric([row.name], row.numbers[name])
        yield told
    for name, text in COUNTERS.items():
        counted = CounterMetricFamily(f"thienly_recorder_{name}", text, labels=["recorder"])
        for row in rows:
            counted.add_metric([row.name], row.numbers.get(name, 0))
        yield counted


def _clock(row: RecorderState) -> int:
    return -1 if row.clock_synced is None else int(row.clock_synced)


def _bus() -> Iterator[Metric]:
    try:
        subject = f"$JS.API.CONSUMER.INFO.{subjects.FACTS_STREAM}.{subjects.STEWARD_CONSUMER}"
        info = json.loads(installation_bus().request(subject, b"", timeout_s=1))
    except (BusUnavailable, BusRefused, ValueError):
        info = None
    yield _gauge("thienly_bus_up", "Whether the bus answers the gateway", info is not None)
    if info is not None:
        lag = int(info.get("num_pending", 0)) + int(info.get("num_ack_pending", 0))
        yield _gauge("thienly_steward_lag", "Facts that wait to be written into the database", lag)


def _certificates() -> Iterator[Metric]:
    """Of those that ever were let in and are not shut out; nothing where the authority is elsewhere."""
    now = timezone.now()
    family = GaugeMetricFamily(
        "thienly_bus_certificate_days_left",
        "Days until the certificate with which it enters the bus ends",
        labels=["role", "name"],
    )
    for member in membership.ending(settings.CONF, now=now, within_days=math.inf):
        family.add_metric([member.role, member.name], round(member.days_left(now), 2))
    yield family


def _gateway() -> Iterator[Metric]:
    modes = Counter({"live": 0, "play": 0, "hls": 0})
    sockets = feeds = 0
    for gateway in list(numbers.running):
        feeds += gateway.hub.cameras
        modes["hls"] += len(gateway.hls.viewings)
        for connection in list(gateway.rights.connections):
            sockets += 1
            modes.update(channel.mode for channel in list(connection.channels.values()) if channel.mode)
    yield _gauge("thienly_gateway_sockets", "Pages that are connected", sockets)
    yield _gauge("thienly_gateway_feeds", "Cameras that are watched live", feeds)
    family = GaugeMetricFamily("thienly_gateway_viewers", "Open pictures, by mode", labels=["mode"])
    for mode, count in sorted(modes.items()):
        family.add_metric([mode], count)
    yield family
    for name, text in (
        ("bytes", "Bytes of pictures sent"),
        ("pictures", "Chunks and fragments sent"),
        ("skipped", "Chunks that slow viewers did not get"),
    ):
        yield CounterMetricFamily(f"thienly_gateway_{name}", text, value=numbers.totals[name])
