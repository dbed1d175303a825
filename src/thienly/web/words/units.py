"""Units, what a decision does to them, and why, in words."""

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from thienly.core.ledger.kinds import Kind
from thienly.core.regulation.shelf import profiles
from thienly.rules.reorganisation import Act, Attach, End, Found, Move, Pass, Rename


def kind_words(kind: str) -> str:
    words = {
        "government": _("People’s Committee"),
        "leadership": _("leadership"),
        "department": _("department"),
        "office": _("office"),
        "police": _("police"),
        "military": _("military"),
        "designated": _("designated unit"),
        "operations_centre": _("operations centre"),
        "regional_centre": _("regional centre"),
        "one_stop": _("one-stop office"),
        "agency": _("agency"),
        "enterprise": _("enterprise"),
        "contractor": _("contractor"),
        "pmu": _("project management unit"),
        "mass_organisation": _("mass organisation"),
        "party": _("Party body"),
        "station": _("station"),
        "private": _("private owner"),
        "team": _("team"),
    }
    return words.get(kind, kind)


KINDS = (
    "government",
    "department",
    "office",
    "police",
    "military",
    "designated",
    "operations_centre",
    "regional_centre",
    "one_stop",
    "agency",
    "enterprise",
    "contractor",
    "pmu",
    "mass_organisation",
    "party",
    "station",
)


def function_words(function: str) -> str:
    """As the regulations call it."""
    return functions_known().get(function, function)


def functions_known() -> dict[str, str]:
    """Ids of the unit types of every regulation, with their names."""
    language = get_language() or "vi"
    found: dict[str, str] = {}
    for rules in profiles().values():
        for unit in rules.unit_types:
            found.setdefault(unit.id, unit.label(language))
    return found


def act_words(act: Act, names: Mapping[str, str]) -> str:  # noqa: PLR0911 - one return for each kind of act
    """One act of a plan as a sentence. `names`: of units and sites, also of `new:<key>`."""

    def name(ref: str | None) -> str:
        return names.get(ref, ref) if ref else ""

    def all_of(refs: list[str]) -> str:
        return ", ".join(map(name, refs))

    match act:
        case Found() if act.parent:
            return _("%(unit)s is founded below %(parent)s.") % {"unit": act.name, "parent": name(act.parent)}
        case Found():
            return _("%(unit)s is founded.") % {"unit": act.name}
        case Rename():
            return _("%(unit)s is called %(name)s.") % {"unit": name(act.unit), "name": act.name}
        case Attach() if act.parent:
            return _("%(unit)s stands below %(parent)s.") % {
                "unit": name(act.unit),
                "parent": name(act.parent),
            }
        case Attach():
            return _("%(unit)s stands below no other unit.") % {"unit": name(act.unit)}
        case End() if not act.successors:
            return _("%(unit)s is abolished.") % {"unit": name(act.unit)}
        case End() if len(act.successors) == 1:
            return _("%(unit)s is merged into %(after)s, with everything.") % {
                "unit": name(act.unit),
                "after": all_of(act.successors),
            }
        case End():
            return _("%(unit)s is split between: %(after)s.") % {
                "unit": name(act.unit),
                "after": all_of(act.successors),
            }
        case Pass():
            text = _("The function “%(function)s” goes from %(unit)s to %(after)s.") % {
                "function": function_words(act.function),
                "unit": name(act.unit),
                "after": all_of(act.to),
            }
            if act.seats == "none":
                return f"{text} {_('Its people do not go on.')}"
            if act.seats:
                return f"{text} {_('Its people go on at %(unit)s.') % {'unit': name(act.seats)}}"
            return text
        case Move():
            return _("%(site)s, with its cameras, goes to %(unit)s.") % {
                "site": name(act.site),
                "unit": name(act.to),
            }


def unit_acts() -> dict[Kind, str]:
    """What happened to units and areas, to follow the actor's name."""
    acts = {
        Kind.UNIT_CHANGED: _("changed the unit %(what)s by a decision"),
        Kind.UNIT_ENDED: _("ended the unit %(what)s by a decision"),
        Kind.SITE_PASSED: _("handed the site %(what)s to another unit by a decision"),
        Kind.REORGANISATION_DECIDED: _("decided on a reorganisation: %(what)s"),
        Kind.REORGANISATION_APPLIED: _("put a reorganisation into effect: %(what)s"),
        Kind.AREAS_IMPORTED: _("entered areas: %(what)s"),
        Kind.SITE_PLACED: _("confirmed in which area the site %(what)s lies"),
        Kind.REMIT_GIVEN: _("gave an area or a place of a work to a unit: %(what)s"),
        Kind.REMIT_ENDED: _("ended an area or a place of a work of a unit: %(what)s"),
    }
    return acts
