"""What a regulation leaves open is settled by a document before anybody does what depends on it (F2)."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.models import Settlement
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.profile_sections import ApprovedAction, Parameter


@service
def settle(
    *, actor: Actor, profile: str, parameter: str, value: str, number: str, issued: date | None, issuer: str
) -> Settlement:
    """Writes down what a document decides. `value` has the shape of the parameter; earlier ones stay.

    Raises NotAllowed, OutsideScope (whoever administers the system does it); ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=None)
    rules = profiles().get(profile)
    asked = rules.parameter(parameter) if rules else None
    if rules is None or asked is None:
        message = _("No regulation that holds here leaves this open.")
        raise ValidationError({"parameter": [ValidationError(message, "unknown")]})
    value, number, issuer = normalise(value), normalise(number), normalise(issuer)
    _check(asked, value=value, number=number, issued=issued, issuer=issuer)
    assert issued is not None  # noqa: S101 - checked
    before = settlements(rules).get(parameter)
    made = Settlement.objects.create(
        profile=profile,
        parameter=parameter,
        value=value,
        number=number,
        issued=issued,
        issuer=issuer,
        account=actor.account,
        at=timezone.now(),
    )
    record(
        actor=actor,
        kind=Kind.PARAMETER_SETTLED,
        obj=made,
        object_label=f"{profile} · {asked.vi}",
        detail={
            "profile": profile,
            "parameter": parameter,
            "cite": rules.cited(asked),
            "before": {"value": before.value if before else asked.value},
            "after": {"value": value},
            "document": made.document,
        },
    )
    epoch.bump()
    return made


def settlements(rules: Profile) -> dict[str, Settlement]:
    """What documents have settled of this regulation, by parameter: the last of each."""
    found: dict[str, Settlement] = {}
    for row in Settlement.objects.filter(profile=rules.id).order_by("at", "id"):
        found[row.parameter] = row
    return found


def require_settled(*, profile: str, action: ApprovedAction) -> None:
    """Raises NotAllowed, with the articles, while a regulation leaves open what this act depends on."""
    rules = profiles().get(profile)
    closing = rules.closed(action) if rules else []
    if rules is None or not closing:
        return
    done = settlements(rules)
    reasons = [
        Reason(ReasonCode.LEFT_OPEN, rules.cited(one), {"parameter": one.vi, "profile": rules.id})
        for one in closing
        if one.id not in done
    ]
    if reasons:
        asked = Action(action) if action in Action._value2member_map_ else Action.APPROVE
        raise NotAllowed(
            action=asked, object_kind="regulation", object_id=rules.id, label=rules.id, reasons=reasons
        )


def require_settled_over(*, sector: str, action: ApprovedAction) -> None:
    """As `require_settled`, of every regulation in force over the cameras of a field. Raises NotAllowed."""
    today = timezone.localdate()
    for rules in profiles().values():
        if rules.in_force(today) and rules.profile.domain in ("all", sector):
            require_settled(profile=rules.id, action=action)


def _check(asked: Parameter, *, value: str, number: str, issued: date | None, issuer: str) -> None:
    errors: dict[str, list[ValidationError]] = {}
    if asked.activation:
        message = _("This is settled in thienly.toml, [[regulations]], before the regulation holds.")
        errors["value"] = [ValidationError(message, "activation")]
    elif not asked.accepts(value) or len(value) > 300:
        message = _("This value does not have the form that is wanted: %(shape)s.")
        errors["value"] = [ValidationError(message, "shape", {"shape": asked.shape})]
    if not 0 < len(number) <= 100:
        errors["number"] = [ValidationError(_("Give the number of the document."), "required")]
    if not 0 < len(issuer) <= 200:
        errors["issuer"] = [ValidationError(_("Say who issued the document."), "required")]
    if issued is None:
        errors["issued"] = [ValidationError(_("Give the date of the document."), "required")]
    elif issued > timezone.localdate():
        errors["issued"] = [ValidationError(_("The document is dated in the future."), "future")]
    if errors:
        raise ValidationError(errors)
