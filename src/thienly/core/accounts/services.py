"""Accounts are issued by assignment, changed, suspended and restored; nobody signs himself up."""

import re
import secrets

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.limits import require_places_of
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.identity import name_person
from thienly.core.accounts.models import Account
from thienly.core.accounts.passwords import keep_password, weak
from thienly.core.accounts.sessions import end_sessions
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.core.units.models import Unit
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - no letter that looks like another
PREFERENCES = {"language", "theme"}


@service
def create_account(
    *,
    actor: Actor,
    username: str,
    full_name: str,
    password: str,
    title: str = "",
    phone: str = "",
    language: str = "vi",
    unit: Unit | None = None,
    person_number: str = "",
) -> Account:
    """Issues an account. `unit` is the one that issues it; None: the installation.

    The account has no right until it holds a seat. `person_number`: whose it is (core.accounts.identity);
    an account that a process makes, such as the first one, names its person at the first sign-in.
    Raises OutsideScope, NotAllowed, ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=unit)
    account = Account(
        username=normalise(username).lower(),
        full_name=normalise(full_name),
        title=normalise(title),
        phone=normalise(phone),
        language=language,
    )
    errors = _wrong(account) | weak(account, password)
    if person_number or actor.kind != "machine":
        try:
            name_person(account, person_number)
        except ValidationError as error:
            errors |= error.error_dict
    if not USERNAME.fullmatch(account.username):
        text = _("2 to 40 small letters, digits, dots, hyphens; it begins with a letter or digit.")
        errors["username"] = [ValidationError(text, "form")]
    elif Account.objects.filter(username__iexact=account.username).exists():
        errors["username"] = [ValidationError(_("Another account has this user name."), "duplicate")]
    if errors:
        raise ValidationError(errors)
    account.folded = _folded(account)
    keep_password(account, password, issued=actor.kind != "machine")
    account.save(force_insert=True)
    record(
        actor=actor,
        kind=Kind.ACCOUNT_CREATED,
        obj=account,
        detail={
            "username": account.username,
            "title": account.title,
            "unit": unit.name if unit else None,
            "person_last": account.person_last,
        },
    )
    return account


@service
def change_account(*, actor: Actor, account: Account, **changes: str) -> Account:
    """Changes full_name, title, phone, language or theme; the last two everybody changes for himself.

    Raises OutsideScope, NotAllowed; ValidationError by field; TypeError for another field.
    """
    if unknown := changes.keys() - {"full_name", "title", "phone"} - PREFERENCES:
        raise TypeError(f"not a field to change: {', '.join(sorted(unknown))}")
    if not (_oneself(actor, account) and changes.keys() <= PREFERENCES):
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=account)
    account = Account.objects.get(pk=account.pk)
    difference: dict[str, JSON] = {}
    for name, value in changes.items():
        before, after = getattr(account, name), normalise(value)
        if before != after:
            setattr(account, name, after)
            difference[name] = {"before": before, "after": after}
    if errors := _wrong(account):
        raise ValidationError(errors)
    if difference:
        account.folded = _folded(account)
        account.save(update_fields=[*difference, "folded"])
        record(actor=actor, kind=Kind.ACCOUNT_CHANGED, obj=account, detail=difference)
    return account


@service
def set_password(*, actor: Actor, account: Account, password: str) -> None:
    """Sets one's own password (the caller has checked the old one) or, as administrator, another person's.

    Every other session of the account ends. Raises OutsideScope, NotAllowed, ValidationError (password).
    """
    own = _oneself(actor, account)
    if not own:
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=account)
    account = Account.objects.get(pk=account.pk)
    if account.machine:
        message = _("Nobody signs in with the account of a machine.")
        raise ValidationError({"password": [ValidationError(message, "machine")]})
    if errors := weak(account, password):
        raise ValidationError(errors)
    keep_password(account, password, issued=not own and actor.kind != "machine")
    account.save(update_fields=["password", "password_set_at", "password_issued"])
    ended = end_sessions(account, keep=actor.session if own else "")
    record(actor=actor, kind=Kind.PASSWORD_CHANGED, obj=account, detail={"own": own, "sessions_ended": ended})
    epoch.bump()


@service
def suspend(*, actor: Actor, account: Account, reason: str) -> Account:
    """Ends every session and stream of the account and lets nobody sign in with it. Nobody suspends himself.

    The administrator of the account does it, or the head of a unit in which it sits (QN Đ11.3); only the
    former restores it.

    Raises OutsideScope, NotAllowed, ValidationError (reason).
    """
    by_head = gate.decide(actor=actor, action=Action.SUSPEND_ACCOUNTS, obj=account).allow
    account = _to_administer(actor, account, Action.SUSPEND_ACCOUNTS if by_head else Action.ADMIN_ACCOUNTS)
    reason = normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    if account.suspended_at is None:
        account.suspended_at, account.is_active = timezone.now(), False
        account.save(update_fields=["suspended_at", "is_active"])
        ended = end_sessions(account)
        detail: dict[str, JSON] = {"reason": reason, "sessions_ended": ended}
        record(actor=actor, kind=Kind.ACCOUNT_SUSPENDED, obj=account, detail=detail)
        epoch.bump()
    return account


@service
def restore(*, actor: Actor, account: Account, reason: str = "") -> Account:
    """Lets the person sign in again; seats that still last count again. Raises OutsideScope, NotAllowed."""
    account = _to_administer(actor, account)
    if account.suspended_at is not None:
        require_places_of(account)
        since = account.suspended_at
        account.suspended_at, account.is_active = None, True
        account.save(update_fields=["suspended_at", "is_active"])
        detail: dict[str, JSON] = {"reason": normalise(reason), "suspended_since": since.isoformat()}
        record(actor=actor, kind=Kind.ACCOUNT_RESTORED, obj=account, detail=detail)
        epoch.bump()
    return account


def new_password() -> str:
    """A password to hand over once: four groups of four, about 79 bits."""
    groups = ("".join(secrets.choice(PASSWORD_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _to_administer(actor: Actor, account: Account, action: Action = Action.ADMIN_ACCOUNTS) -> Account:
    """The row as it is now. Raises OutsideScope, NotAllowed (also for oneself)."""
    gate.require(actor=actor, action=action, obj=account)
    if _oneself(actor, account):
        raise NotAllowed(
            action=action,
            object_kind="account",
            object_id=account.id.hex,
            label=str(account),
            reasons=[Reason(ReasonCode.OWN_CASE)],
        )
    return Account.objects.get(pk=account.pk)


def _oneself(actor: Actor, account: Account) -> bool:
    return actor.account is not None and actor.account.pk == account.pk


def _folded(account: Account) -> str:
    return fold(f"{account.username} {account.full_name}")


def _wrong(account: Account) -> dict[str, list[ValidationError]]:
    """What the columns themselves forbid."""
    errors: dict[str, list[ValidationError]] = {}
    if not account.full_name:
        errors["full_name"] = [ValidationError(_("Give the person's full name."), "required")]
    try:
        account.clean_fields(exclude=["username", "password", "folded", *errors])
    except ValidationError as error:
        errors |= error.error_dict
    return errors
