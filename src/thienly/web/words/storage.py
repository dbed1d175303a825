"""Places where recordings are kept, and what is wrong with them, in the reader's words."""

from django.utils.translation import gettext as _

from thienly.core.storage.tiers import Alarm, TierView
from thienly.rules.copies import Trouble
from thienly.web.templatetags.thienly import span_words


def trouble_words(code: str) -> str:
    """One sentence for who runs the system: what is wrong, and what to do."""
    words = {
        Trouble.AWAY: _(
            "The store does not answer. Nothing is lost: copying goes on by itself when it is back."
        ),
        Trouble.REFUSED: _("The store refuses the account. Check access_key and the secret in the key file."),
        Trouble.NO_BUCKET: _("The bucket does not exist. Make it, or correct its name in thienly.toml."),
        Trouble.FULL: _("The store is full or its quota is used up. Ask the provider for more room."),
        Trouble.LYING: _(
            "The store says that it keeps recordings and gives back something else. Do not trust it: nothing "
            "leaves our disks on its word. Ask the provider."
        ),
        Trouble.NO_SECRET: _(
            "The key file of the store is missing, empty or readable by others (it needs mode 0600)."
        ),
        Trouble.NO_KEY: _(
            "The encryption key footage.key is missing or another one. Put the right one back."
        ),
        Trouble.NOT_CONFIGURED: _("thienly.toml no longer names this store, and recordings lie there."),
        Trouble.LOST: _("A recording that was kept there is missing."),
        Trouble.FAILED: _("The store refuses the request. The recorder's log says why."),
    }
    return words[Trouble(code)] if code in Trouble._value2member_map_ else code


def purpose_words(purpose: str) -> str:
    return {"disk": _("recorder's disk"), "archive": _("archive"), "backup": _("backup")}.get(
        purpose, purpose
    )


def step_words(step: str) -> str:
    """Where a restore test failed."""
    words = {
        "fetch": _("it could not be fetched"),
        "verify": _("it is not what was recorded"),
        "signature": _("its signature is wrong"),
        "decode": _("it shows no picture"),
    }
    return words.get(step, step)


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
