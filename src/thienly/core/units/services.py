"""Founding units."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.shelf import profiles
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.core.units.models import Unit
from thienly.rules.actions import Action


@service
def create_unit(
    *,
    actor: Actor,
    name: str,
    kind: str,
    functions: Sequence[str] = (),
    parent: Unit | None = None,
    valid_from: date,
    valid_to: date | None = None,
    document: str = "",
) -> Unit:
    """A unit below `parent`, or a root. `functions` are ids of unit types in any profile.

    Raises OutsideScope, NotAllowed; ValidationError by field.
    """
    gate.require(actor=actor, action=Action.ADMIN_SYSTEM, obj=parent)
    name, document = normalise(name), normalise(document)
    errors: dict[str, list[ValidationError]] = {}
    if not name:
        errors["name"] = [ValidationError(_("Give the unit a name."), "required")]
    elif Unit.objects.filter(parent=parent, folded=fold(name), valid_to=None).exists():
        errors["name"] = [ValidationError(_("There is already a unit of this name here."), "duplicate")]
    if unknown := sorted(set(functions) - known_functions()):
        message = _("No regulation knows the function %(names)s.")
        errors["functions"] = [ValidationError(message, "unknown", {"names": ", ".join(unknown)})]
    if parent is not None and parent.valid_to is not None and parent.valid_to <= valid_from:
        message = _("%(unit)s exists no more: choose its successor.")
        errors["parent"] = [ValidationError(message, "ended", {"unit": parent.name})]
    if valid_to is not None and valid_to <= valid_from:
        errors["valid_to"] = [ValidationError(_("The last day lies before the first."), "order")]
    if errors:
        raise ValidationError(errors)
    unit = Unit(
        name=name,
        folded=fold(name),
        kind=kind,
        functions=list(functions),
        parent=parent,
        valid_from=valid_from,
        valid_to=valid_to,
        document=document,
    )
    unit.path = f"{parent.path if parent else ''}{unit.id.hex}/"
    unit.save(force_insert=True)
    record(
        actor=actor,
        kind=Kind.UNIT_CREATED,
        obj=unit,
        detail={
            "kind": kind,
            "functions": list(functions),
            "parent": parent.name if parent else None,
            "valid_from": valid_from.isoformat(),
            "valid_to": valid_to.isoformat() if valid_to else None,
            "document": document,
        },
    )
    epoch.bump()
    return unit


@service
def known_unit(*, actor: Actor, id: UUID | str) -> Unit:
    """The unit, when the actor may know it. Raises OutsideScope."""
    try:
        wanted = UUID(str(id))
    except ValueError:
        wanted = UUID(int=0)
    known = gate.visible(actor=actor, model=Unit).select_related("parent").filter(pk=wanted).first()
    # What nobody may know is refused by the gate itself, alike for ids that never were.
    return known or gate.fetch(actor=actor, action=Action.INSPECT_META, model=Unit, id=id)


def known_functions() -> frozenset[str]:
    """Ids of the unit types of every profile."""
    return frozenset(unit.id for profile in profiles().values() for unit in profile.unit_types)
