"""Every change of how long footage is kept is a version in history: what counted from when, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils import timezone

from thienly.conf import Conf
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles
from thienly.rules.hashchain import JSON, settle


@dataclass(frozen=True, slots=True)
class Version:
    """`rules`: each with `scope`, `floor_days`, `target_days`, `ceiling_days` (0: nothing), `cite`."""

    number: int
    since: datetime
    rules: list[dict[str, JSON]]


def note_version(conf: Conf, *, now: datetime) -> bool:
    """Writes into history what counts now, when it is not what counted last. Says whether it wrote."""
    rules = _rules(conf, now)
    with transaction.atomic():
        last = versions(most=1)
        if last and last[0].rules == rules:
            return False
        record(
            actor=Actor.machine("steward"),
            kind=Kind.RETENTION_SET,
            object_kind="retention",
            object_id=str(last[0].number + 1 if last else 1),
            object_label=str(last[0].number + 1 if last else 1),
            detail={"before": last[0].rules if last else [], "after": rules},
            at=now,
        )
    return True


def versions(*, most: int) -> list[Version]:
    """The newest first."""
    rows = Entry.objects.filter(kind=Kind.RETENTION_SET).order_by("-seq")[:most]
    return [
        Version(int(row.object_id), row.at, cast(dict[str, list[dict[str, JSON]]], row.detail)["after"])
        for row in rows
    ]


def _rules(conf: Conf, now: datetime) -> list[dict[str, JSON]]:
    today = timezone.localdate(now)
    found: list[dict[str, JSON]] = [_rule("all", target=conf.file.keep_days, cite="thienly.toml")]
    for profile in profiles().values():
        if profile.in_force(today):
            found += [
                _rule(entry.scope, floor=entry.min_days, cite=profile.cited(entry))
                for entry in profile.retention
                if entry.min_days
            ]
    found += [
        _rule(
            entry.scope,
            floor=entry.floor_days,
            target=entry.target_days,
            ceiling=entry.ceiling_days,
            cite=entry.document or "thienly.toml",
        )
        for entry in conf.file.retention
    ]
    return cast(list[dict[str, JSON]], settle(found))


def _rule(scope: str, *, floor: int = 0, target: int = 0, ceiling: int = 0, cite: str) -> dict[str, JSON]:
    return {"scope": scope, "floor_days": floor, "target_days": target, "ceiling_days": ceiling, "cite": cite}
