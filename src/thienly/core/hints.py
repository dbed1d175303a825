"""Says on the bus, after the commit, that something changed. Best effort: who listens also looks himself."""

from functools import cache

from django.conf import settings
from django.db import transaction

from thienly.bus import subjects
from thienly.core.bus import SyncBus


@cache
def installation_bus() -> SyncBus:
    """The bus of this process's installation."""
    return SyncBus(settings.CONF)


def access_changed() -> None:
    """A right may have changed: gateways ask again now."""
    _after_commit(subjects.ACCESS_CHANGED)


def desired_changed() -> None:
    """A camera's desired state changed: the steward publishes it now."""
    _after_commit(subjects.DESIRED_CHANGED)


def _after_commit(subject: str) -> None:
    transaction.on_commit(lambda: installation_bus().publish_soon(subject), robust=True)
