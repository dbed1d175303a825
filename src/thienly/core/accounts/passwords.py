"""Passwords: how strong, how old, and none twice; the numbers come from `policy`."""

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.accounts.models import Account, PastPassword
from thienly.core.accounts.policy import live_seats, policy_of
from thienly.rules.entrance import Policy

WEAK = {
    "password_too_short": _("The password is too short: at least %(min_length)d characters."),
    "password_too_common": _("This password is among those that are tried first."),
    "password_too_similar": _("The password is too much like the name of the person or the account."),
}


def password_policy(account: Account) -> Policy:
    """For an account that is not saved yet: what the installation wants of everybody."""
    return policy_of([] if account._state.adding else live_seats(account, timezone.now()))


def weak(account: Account, password: str) -> dict[str, list[ValidationError]]:
    """What speaks against a new password; a reused one is told apart from a weak one."""
    policy = password_policy(account)
    told: list[ValidationError] = []
    try:
        validate_password(password, account)
    except ValidationError as error:
        # Django's own sentences are in the language of the moment; ours wait for that of the reader.
        told = [
            ValidationError(WEAK.get(e.code or "", e.message), e.code, e.params)
            for e in error.error_list
            if e.code != "password_too_short"
        ]
    if len(password) < policy.password_length:
        short = {"min_length": policy.password_length}
        told.insert(0, ValidationError(WEAK["password_too_short"], "password_too_short", short))
    if not told and was_used(account, password, policy):
        told = [ValidationError(_("You have used this password before; choose another one."), "reused")]
    return {"password": told} if told else {}


def was_used(account: Account, password: str, policy: Policy) -> bool:
    if account._state.adding:
        return False
    past = account.past_passwords.values_list("hash", flat=True)[: policy.password_history]
    return any(check_password(password, known) for known in [account.password, *past] if known)


def keep_password(account: Account, password: str, *, issued: bool) -> None:
    """Sets the password on `account`, which the caller saves, and remembers the one before.

    `issued`: somebody else has chosen it, so that it is changed at the next sign-in.
    """
    now = timezone.now()
    if not account._state.adding and account.has_usable_password():
        PastPassword.objects.create(account=account, hash=account.password, until=now)
        most = password_policy(account).password_history
        kept = list(account.past_passwords.values_list("pk", flat=True)[:most])
        account.past_passwords.exclude(pk__in=kept).delete()
    account.set_password(password)
    account.password_set_at, account.password_issued = now, issued
