"""What is wrong with a store, and where a restore failed, in the reader's words: for pages and commands."""

from django.utils.translation import gettext as _

from thienly.rules.copies import Trouble


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


def step_words(step: str) -> str:
    """Where a restore test failed."""
    words = {
        "fetch": _("it could not be fetched"),
        "verify": _("it is not what was recorded"),
        "signature": _("its signature is wrong"),
        "decode": _("it shows no picture"),
    }
    return words.get(step, step)
