"""Places where recordings are kept, and what is wrong with them, in the reader's words."""

from datetime import datetime

from django.utils.translation import gettext as _

from thienly.core.storage.tiers import Alarm, TierView, tiers
from thienly.core.storage.words import step_words, trouble_words
from thienly.web.templatetags.thienly import span_words


def purpose_words(purpose: str) -> str:
    return {"disk": _("recorder's disk"), "archive": _("archive"), "backup": _("backup")}.get(
        purpose, purpose
    )


def alarm_sentences(view: TierView, now_s: float) -> list[str]:
    """`now_s`: Unix seconds."""
    told = view.told
    waits = span_words(now_s - view.oldest.timestamp()) if view.oldest else ""
    words = {
        Alarm.SILENT: _("The recorder is silent; this is what it said last."),
        Alarm.TROUBLE: trouble_words(told.trouble),
        Alarm.BEHIND: _("Copying is behind: the oldest recording has waited for %(span)s.") % {"span": waits},
        Alarm.TEST_FAILED: _("The last restore test failed: %(step)s.")
        % {"step": step_words(view.last_test.step) if view.last_test else ""},
        Alarm.TEST_OVERDUE: _("The restore test is overdue."),
        Alarm.LOST: _("%(n)s recordings that were kept there are missing.") % {"n": told.lost},
        Alarm.DAMAGED: _("%(n)s recordings are not copied: the file on the recorder's disk was changed.")
        % {"n": told.damaged},
        Alarm.NO_PLACE: _("Where it stands and who answers for it is not stated in thienly.toml."),
        Alarm.ABROAD: _("It does not lie in Viet Nam (%(country)s).") % {"country": told.country},
    }
    return [words[alarm] for alarm in view.alarms]


_AT_HOME = frozenset(
    {Alarm.TROUBLE, Alarm.BEHIND, Alarm.TEST_FAILED, Alarm.TEST_OVERDUE, Alarm.LOST, Alarm.DAMAGED}
)
"""What wants somebody today; that a place is not stated stands on its own page."""


def store_rows(now: datetime) -> list[dict[str, str]]:
    """For the home page: each alarm of a store in one sentence, `under`: of which. About who may know them
    the caller has asked."""
    return [
        {
            "kind": alarm.value,
            "head": sentence,
            "under": f"{purpose_words(view.told.purpose)} {view.told.store} · {view.recorder}",
        }
        for view in tiers(now=now)
        if view.told.store
        for alarm, sentence in zip(view.alarms, alarm_sentences(view, now.timestamp()), strict=True)
        if alarm in _AT_HOME
    ]
