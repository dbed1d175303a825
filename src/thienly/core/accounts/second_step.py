"""Taking the second step from somebody who has lost it: by the administrator, with a reason."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.accounts.models import Account
from thienly.core.accounts.sessions import end_sessions
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action


@service
def reset_second_step(*, actor: Actor, account: Account, reason: str) -> int:
    """Removes every authenticator and recovery code and ends the sessions; returns how many factors.

    The person enrols again at the next sign-in where the role wants it. Nobody does it for himself.
    Raises OutsideScope, NotAllowed; ValidationError (reason).
    """
    gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=account)
    if actor.account is not None and actor.account.pk == account.pk:
        raise NotAllowed(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="account",
            object_id=account.id.hex,
            label=str(account),
            reasons=[Reason(ReasonCode.OWN_CASE)],
        )
    reason = normalise(reason)
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    factors = Authenticator.objects.filter(user=account)
    removed = sorted(factors.values_list("type", flat=True))
    factors.delete()
    ended = end_sessions(account)
    record(
        actor=actor,
        kind=Kind.MFA_RESET,
        obj=account,
        detail={"methods": list(removed), "reason": reason[:300], "sessions_ended": ended},
    )
    epoch.bump()
    return len(removed)
