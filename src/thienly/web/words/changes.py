"""What one version of a regulation says that the other does not, as a person reads it: names, no codes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from thienly.rules.profile import Profile
from thienly.rules.profile_diff import FIELDS, SECTIONS, Change, Sort
from thienly.web.words.rules import language_now, names_of, value_said

DAYS = ("date", "effective_from", "effective_to")


def change_words(changes: list[Change], *profiles: Profile) -> list[tuple[Change, str]]:
    """Each change with its sentence. `profiles`: the versions, the later last."""
    names: dict[str, str] = {}
    for profile in profiles:
        names |= names_of(profile)
    return [(change, _sentence(change, names)) for change in changes]


def _sentence(change: Change, names: Mapping[str, str]) -> str:
    number = 0 if language_now() == "vi" else 1
    title = " ".join(filter(None, (SECTIONS[change.section][number], _named(change, names))))
    said = {
        Sort.ADDED: _("Added: %(title)s"),
        Sort.REMOVED: _("Removed: %(title)s"),
        Sort.CHANGED: _("Changed: %(title)s"),
    }[change.sort] % {"title": title}
    cite = f" ({change.cite})" if change.cite else ""
    parts = [
        _("%(field)s from “%(before)s” to “%(after)s”")
        % {
            "field": FIELDS.get(name, (name, name))[number],
            "before": _said(name, before, names),
            "after": _said(name, after, names),
        }
        for name, before, after in change.values
    ]
    return f"{said}{cite}" + (f": {'; '.join(parts)}" if parts else "")


def _named(change: Change, names: Mapping[str, str]) -> str:
    """What the entry is called; rights by whom they are given to, others without a name by their unit."""
    if change.entry is None:
        return ""
    if label := getattr(change.entry, "label", None):
        return f"“{label(language_now())}”"
    told = change.entry.model_dump(mode="json", by_alias=True)
    whose = str(told.get("to" if change.section == "grants" else "unit", "") or "")
    return f"“{names.get(whose, whose)}”" if whose else ""


def _said(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value in (None, "", [], {}):
        return _("nothing")
    if name in DAYS:
        return date_format(date.fromisoformat(str(value)), "d/m/Y")
    return value_said(name, value, names)
