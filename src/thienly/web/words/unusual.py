"""What was unusual about somebody's viewing, in words."""

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from thienly.rules.unusual import Pattern


def unusual_words(detail: Mapping[str, object]) -> str:
    """All that was found of a day, in one line."""
    found = detail.get("found")
    words = {
        Pattern.MORE_THAN_BEFORE: _("%(count)s openings, %(usual)s a day before"),
        Pattern.MORE_THAN_COLLEAGUES: _("%(count)s openings, colleagues %(usual)s"),
        Pattern.SAME_CAMERA: _("%(camera)s %(count)s times"),
        Pattern.OTHER_HOURS: _("%(count)s openings at hours at which he never looked before"),
    }
    parts = [words[Pattern(one["pattern"])] % one for one in found] if isinstance(found, list) else []
    if day := detail.get("day"):
        parts.append(date_format(date.fromisoformat(str(day)), "d/m/Y"))
    return "; ".join(parts)
