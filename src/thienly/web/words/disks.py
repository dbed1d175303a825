"""What is wrong with disks, as sentences for who keeps the system."""

from datetime import datetime
from math import floor

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from thienly.core.recording.words import problem_words
from thienly.core.storage.disks import Alarm, DiskAlarm, disk_alarms


def disk_rows(now: datetime) -> list[dict[str, str]]:
    """Worst first: `head` says what, `under` where and what to do."""
    return [
        {
            "kind": alarm.kind.value,
            "head": _head(alarm),
            "under": f"{alarm.disk.recorder} · {alarm.disk.disk}. {_advice(alarm)}",
        }
        for alarm in disk_alarms(now)
    ]


def _head(alarm: DiskAlarm) -> str:
    if alarm.kind is Alarm.BROKEN:
        return _("Recordings younger than the prescribed minimum had to be deleted.")
    if alarm.kind is Alarm.FAILED:
        return _("A disk is not written: %(why)s.") % {"why": problem_words(str(alarm.problem))}
    if alarm.kind is Alarm.BARE:
        return _("A disk with recordings is not encrypted, as thienly.toml says it is.")
    days = floor(alarm.days or 0)
    if days < 1:
        return _("Within a day recordings younger than the prescribed minimum will have to be deleted.")
    return ngettext(
        "In %(n)d day recordings younger than the prescribed minimum will have to be deleted.",
        "In %(n)d days recordings younger than the prescribed minimum will have to be deleted.",
        days,
    ) % {"n": days}


def _advice(alarm: DiskAlarm) -> str:
    if alarm.kind is Alarm.FAILED:
        return _(
            "Its cameras are written to another disk while there is one. Look at its mount and its health."
        )
    if alarm.kind is Alarm.BARE:
        return _(
            "Recording goes on. Set the disk up anew with LUKS; until then whoever takes it can read it."
        )
    return _("Add a disk, or move cameras to another recorder.")
