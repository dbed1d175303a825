"""What was measured in a picture, beside what is asked of it, for a reader who is no engineer."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from thienly.core.pictures.words import picture_words
from thienly.rules.hours import Hours
from thienly.rules.picture import Limits, Measures
from thienly.rules.picture_class import PictureRule


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    value: str
    asked: str
    good: bool


def measure_rows(measured: Measures, limits: Limits) -> list[Row]:
    luma, dark, glare = _number(measured.luma), _number(limits.dark_luma), _number(limits.glare_luma)
    rows = [
        Row(
            _("Brightness, of 255"),
            luma,
            _("%(least)s to %(most)s") % {"least": dark, "most": glare},
            limits.dark_luma <= measured.luma <= limits.glare_luma,
        )
    ]
    if measured.same is not None:
        least = 1 - limits.gone_share
        rows.append(
            Row(_("Usual view still seen"), _percent(measured.same), _more(least), measured.same > least)
        )
    if measured.sharp is not None:
        good = measured.sharp >= limits.sharp_ratio
        rows.append(
            Row(_("Sharpness beside usual"), _percent(measured.sharp), _more(limits.sharp_ratio), good)
        )
    if measured.most_moving is not None:
        moved = measured.most_moving > limits.still_luma
        asked = _("more than %(number)s") % {"number": _number(limits.still_luma)}
        rows.append(
            Row(_("Largest change since the check before"), _number(measured.most_moving), asked, moved)
        )
    return rows


def limit_words(rule: PictureRule) -> dict[str, str]:
    """What is looked for, when, and by which document."""
    if rule.limits is None:
        return {}
    return {
        "hours": hours_words(rule.hours),
        "hours_cite": rule.hours_cite,
        "light_cite": rule.light_cite,
        "checks": ", ".join(picture_words(check) for check in sorted(rule.limits.checks)),
    }


def hours_words(hours: str) -> str:
    """As an official writes them."""
    if Hours.parse(hours) == Hours.parse("always"):
        return _("at all hours")
    days = {
        "mon": _("Mon"),
        "tue": _("Tue"),
        "wed": _("Wed"),
        "thu": _("Thu"),
        "fri": _("Fri"),
        "sat": _("Sat"),
        "sun": _("Sun"),
    }
    words = " ".join(hours.lower().split())
    for day, name in days.items():
        words = words.replace(day, name)
    return words.replace("-", "–")


def _number(value: float) -> str:
    return number_format(value, decimal_pos=0)


def _percent(share: float) -> str:
    return f"{number_format(max(0.0, share) * 100, decimal_pos=0)} %"


def _more(share: float) -> str:
    return _("more than %(number)s") % {"number": _percent(share)}
