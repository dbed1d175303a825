"""How far the central copy lags behind the unit where footage is recorded, site by site (DN Đ6.2)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from thienly.core.recording.models import CameraState
from thienly.core.registry.models import Site
from thienly.core.storage.tiers import Alarm, TierView


@dataclass(frozen=True, slots=True)
class SiteSync:
    """One site and one recorder that records cameras of it.

    `lag`: for how long its oldest recording has waited to be copied, zero when none does; None: the recorder
    keeps no central copy. `silent`: this is what it said last.
    """

    site: Site
    recorder: str
    cameras: int
    store: str
    lag: timedelta | None
    waiting: int  # recordings of this recorder
    copied_at: datetime | None
    silent: bool
    behind: bool  # longer than its plan allows, or the store is in trouble


def sync_by_site(views: list[TierView], *, now: datetime) -> list[SiteSync]:
    """The longest lag first, then those without a central copy."""
    held: dict[tuple[UUID, str], int] = defaultdict(int)
    states = CameraState.objects.filter(camera__retired_at=None).exclude(recorder="")
    for site, recorder in states.values_list("camera__site", "recorder"):
        held[site, recorder] += 1
    sites = Site.objects.select_related("unit").in_bulk({site for site, _ in held})
    archives = {view.recorder: view for view in views if view.told.purpose == "archive"}
    rows = [
        _row(sites[site], recorder, n, archives.get(recorder), now) for (site, recorder), n in held.items()
    ]
    return sorted(
        rows, key=lambda row: (row.lag is None, -(row.lag or timedelta()), row.site.folded, row.recorder)
    )


def _row(site: Site, recorder: str, cameras: int, view: TierView | None, now: datetime) -> SiteSync:
    if view is None:
        return SiteSync(site, recorder, cameras, "", None, 0, None, silent=False, behind=False)
    return SiteSync(
        site=site,
        recorder=recorder,
        cameras=cameras,
        store=view.told.store,
        lag=max(timedelta(), now - view.oldest) if view.oldest else timedelta(),
        waiting=view.told.waiting,
        copied_at=view.copied_at,
        silent=Alarm.SILENT in view.alarms,
        behind=bool({Alarm.BEHIND, Alarm.TROUBLE}.intersection(view.alarms)),
    )
