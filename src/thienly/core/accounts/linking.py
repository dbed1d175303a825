"""Which subject of the province's own sign-in is which account. Signing in there makes nobody."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.conf_accounts import SingleSignOnConf
from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.accounts.sessions import end_sessions
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.actions import Action

SUBJECT_LETTERS = 191


def providers() -> list[SingleSignOnConf]:
    """Those of thienly.toml."""
    return list(settings.CONF.file.single_sign_on)


def links_of(account: Account) -> list[SocialAccount]:
    return list(SocialAccount.objects.filter(user=account).order_by("provider"))


@service
def link_identity(*, actor: Actor, account: Account, provider: str, subject: str) -> None:
    """From now on whoever proves there to be `subject` signs in as `account`: the person himself, after his
    password, or the administrator. Raises OutsideScope, NotAllowed; ValidationError (provider, subject)."""
    _require(actor, account)
    subject = normalise(subject)
    errors: dict[str, list[ValidationError]] = {}
    if account.machine or provider not in {one.name for one in providers()}:
        errors["provider"] = [ValidationError(_("This sign-in is not set up here."), "unknown")]
    if not 0 < len(subject) <= SUBJECT_LETTERS:
        message = _("Give the identifier (sub) of the person at this provider.")
        errors["subject"] = [ValidationError(message, "required")]
    elif SocialAccount.objects.filter(provider=provider, uid=subject).exclude(user=account).exists():
        message = _("This identity belongs to another account.")
        errors["subject"] = [ValidationError(message, "duplicate")]
    elif SocialAccount.objects.filter(provider=provider, user=account).exclude(uid=subject).exists():
        message = _("The account has another identity at this provider; remove that first.")
        errors["subject"] = [ValidationError(message, "another")]
    if errors:
        raise ValidationError(errors)
    _row, new = SocialAccount.objects.get_or_create(user=account, provider=provider, uid=subject)
    if new:
        record(
            actor=actor,
            kind=Kind.IDENTITY_LINKED,
            obj=account,
            detail={"provider": provider, "subject": subject},
        )


@service
def unlink_identity(*, actor: Actor, account: Account, provider: str) -> None:
    """Nobody comes in by that way any more; sessions end. Raises OutsideScope, NotAllowed."""
    _require(actor, account)
    provider = normalise(provider)
    rows = SocialAccount.objects.filter(user=account, provider=provider)
    subject = rows.values_list("uid", flat=True).first()
    if subject is None:
        return
    rows.delete()
    own = actor.account is not None and actor.account.pk == account.pk
    ended = end_sessions(account, keep=actor.session if own else "")
    record(
        actor=actor,
        kind=Kind.IDENTITY_UNLINKED,
        obj=account,
        detail={"provider": provider, "subject": subject, "sessions_ended": ended},
    )
    epoch.bump()


def _require(actor: Actor, account: Account) -> None:
    if actor.account is None or actor.account.pk != account.pk:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=account)
