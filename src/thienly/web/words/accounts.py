"""Words of accounts: how they stand; in history what was done at the door, and the facts kept with it."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from thienly.core.accounts.finding import State
from thienly.core.ledger.kinds import Kind


def account_acts() -> dict[Kind, str]:
    return {
        Kind.MFA_RESET: _("reset the second step of %(what)s"),
        Kind.ACKNOWLEDGED: _("accepted the responsibility for the account and the regulations"),
        Kind.IDENTITY_LINKED: _("linked an identity of single sign-on with the account of %(what)s"),
        Kind.IDENTITY_UNLINKED: _("removed an identity of single sign-on from the account of %(what)s"),
        Kind.SESSION_ENDED: _("ended sessions of %(what)s"),
        Kind.SESSION_LOCKED: _("locked the page"),
        Kind.SESSION_UNLOCKED: _("unlocked the page"),
        Kind.UNLOCK_FAILED: _("failed to unlock the page"),
        Kind.SESSIONS_TOGETHER: _("used the account of %(what)s at two addresses at once"),
        Kind.SESSIONS_EXPLAINED: _("explained the use at two addresses at once"),
        Kind.KEY_ISSUED: _("issued a key to a machine: %(what)s"),
        Kind.KEY_USED: _("asked the interface with a key"),
        Kind.KEY_REVOKED: _("revoked the key of a machine: %(what)s"),
        Kind.KEY_REFUSED: _("showed a key that opens nothing") + ": %(what)s",
    }


def account_names() -> dict[str, str]:
    return {
        "actions": _("May do"),
        "here": _("Address"),
        "there": _("Other address"),
        "idle": _("By itself, for nobody touched it"),
        "method": _("Request"),
        "path": _("Asked for"),
        "person_last": _("Personal identification number ends with"),
        "provider": _("Provider"),
        "sha256": _("Hash of the text"),
        "subject": _("Identifier at the provider"),
        "address": _("Address"),
        "texts": _("Texts accepted"),
        "version": _("Version"),
    }


def account_values() -> dict[str, str]:
    return {
        "totp": _("authenticator app"),
        "webauthn": _("security key"),
        "recovery_codes": _("recovery code"),
        "socialaccount": _("single sign-on"),
        "revoked": pgettext("key", "revoked"),
        "expired": pgettext("key", "expired"),
        "suspended": _("suspended"),
    }


def account_state_words(state: State) -> str:
    return {
        State.NO_ROLE: _("without a role"),
        State.NEVER: _("never signed in"),
        State.NO_SECOND_STEP: _("without a second step"),
        State.SUSPENDED: pgettext("account", "suspended"),
        State.MACHINE: _("machines"),
    }[state]
