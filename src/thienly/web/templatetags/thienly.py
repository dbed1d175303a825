"""`{% load thienly %}`: icons, moments, states."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from thienly.core.recording.hours import HOUR, HourShare
from thienly.core.registry.vocabulary import Sector
from thienly.rules.profile_entry import Named
from thienly.web.icons import DOTTED, FILLED, PATHS
from thienly.web.words.cases import case_kind_words
from thienly.web.words.states import state_words

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of `icons.PATHS`, hidden from screen readers. Raises KeyError."""
    extra = " filled" if name in FILLED else " dotted" if name in DOTTED else ""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        extra,
        PATHS[name],
    )


@register.filter
def item(values: Mapping[str, object], name: str) -> object:
    """What a mapping holds under a name that is only known in the template."""
    return values.get(name, "")


@register.filter
def article_url(cite: str) -> str:
    """Where the words stand that `QN Đ6.1, Đ17.1` cites; the list of regulations for anything else."""
    regulation, _space, articles = cite.partition(" ")
    if not articles or not regulation.isascii() or not regulation.isupper():
        return reverse("regulation")
    return f"{reverse('regulation-one', args=[regulation])}#{quote(articles.split(', ')[0])}"


@register.simple_tag
def label(entry: Named) -> str:
    """An entry of a regulation in the person's language."""
    return entry.label(get_language() or "vi")


@register.filter
def fingerprint(digits: str) -> str:
    """As makers print it: `0A:1B:…`."""
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()


@register.simple_tag
def moment(at: datetime | None) -> SafeString | str:
    """`14:20:05 · 17/11/2026` in the site's time."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(), local.strftime("%H:%M:%S · %d/%m/%Y")
    )


@register.simple_tag
def minute(at: datetime | None) -> SafeString | str:
    """`14:20` today, else `14:20 · 17/11/2026`."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    text = local.strftime("%H:%M") if today else local.strftime("%H:%M · %d/%m/%Y")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


@register.simple_tag
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in the largest fitting unit."""
    return (
        ""
        if at is None
        else _("%(span)s ago") % {"span": span_words(((now or timezone.now()) - at).total_seconds())}
    )


@register.filter
def sector(name: str) -> str:
    return str(dict(Sector.choices).get(name, name))


@register.filter
def case_kind(kind: str) -> str:
    """A kind of case in words."""
    return case_kind_words(kind)


@register.filter
def kept(values: dict[str, object], name: str) -> object:
    """The entry of that name, "" when there is none."""
    return values.get(name, "")


@register.filter
def span(seconds: float) -> str:
    return span_words(seconds)


@register.filter
def lasting(seconds: float) -> str:
    """A length of time in its two largest units: `1 day 9 hours`."""
    for unit, smaller in ((86400, 3600), (3600, 60), (60, 1)):
        if seconds >= unit:
            rest = int(seconds % unit)
            return span_words(seconds) + (f" {span_words(rest)}" if rest >= smaller else "")
    return span_words(seconds)


@register.simple_tag
def state(name: str) -> SafeString:
    """A state by shape, word and colour."""
    return format_html('<span class="state {}">{}{}</span>', name, icon(name), state_words(name))


def span_words(seconds: float) -> str:
    """A length of time in the largest fitting unit, at least one second."""
    whole = max(1, int(seconds))
    if whole < 60:
        return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": whole}
    if whole < 3600:
        return ngettext("%(n)s minute", "%(n)s minutes", whole // 60) % {"n": whole // 60}
    if whole < 86400:
        return ngettext("%(n)s hour", "%(n)s hours", whole // 3600) % {"n": whole // 3600}
    return ngettext("%(n)s day", "%(n)s days", whole // 86400) % {"n": whole // 86400}


@register.filter
def hour_x(index: int) -> str:
    """Where the n-th of 24 hours begins, in percent; never with a decimal comma."""
    return f"{index * 100 / 24:.4f}"


@register.simple_tag
def hour_title(hour: HourShare) -> str:
    start = timezone.localtime(hour.start)
    share = _("no camera") if hour.share is None else f"{100 * hour.share:.1f} %"
    return f"{start:%H:%M} – {start + HOUR:%H:%M} · {share}"


@register.simple_tag
def hour_bar(hour: HourShare) -> SafeString | str:
    """An hour's column, 72 px high: what is recorded from below, what is missing on top."""
    if hour.share is None:
        return ""
    missing = 72 * (1 - hour.share)
    return format_html(
        '<rect class="hour-full" x="8%" width="84%" y="{}" height="{}" rx="1"/>'
        '<rect class="hour-missing" x="8%" width="84%" y="0" height="{}" rx="1"/>',
        f"{missing:.1f}",
        f"{72 - missing:.1f}",
        f"{missing:.1f}" if missing > 0.3 else "0",
    )
