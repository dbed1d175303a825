"""What a person adds to a plan in the wizard, as acts in JSON; what is missing is told beside its field."""

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

JSONAct = dict[str, object]


def acts_from(given: QueryDict, *, keys: set[str]) -> list[JSONAct]:
    """POST `act` and the fields of its kind. `keys`: of the units that the plan founds already.

    Raises ValidationError by field.
    """
    makers = {
        "merge": _merge,
        "split": _split,
        "abolish": _abolish,
        "rename": _rename,
        "attach": _attach,
        "pass": _pass,
        "found": _found,
        "move": _move,
    }
    maker = makers.get(given.get("act", ""))
    if maker is None:
        raise ValidationError({"act": [_("Choose what happens.")]})
    return maker(given, keys)


def _merge(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    """Several units end with one successor, an existing or a new one."""
    units = _several(given, "units")
    acts: list[JSONAct] = []
    into = given.get("into", "")
    if not into:
        acts = _found(given, keys)
        into = f"new:{acts[0]['key']}"
    for unit in units:
        if unit != into:
            acts.append({"act": "end", "unit": unit, "successors": [into]})
    return acts


def _split(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    return [{"act": "end", "unit": _one(given, "unit"), "successors": _several(given, "successors")}]


def _abolish(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    return [{"act": "end", "unit": _one(given, "unit"), "successors": []}]


def _rename(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    return [{"act": "rename", "unit": _one(given, "unit"), "name": _name(given)}]


def _attach(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    parent = given.get("parent", "") or None
    return [{"act": "attach", "unit": unit, "parent": parent} for unit in _several(given, "units")]


def _pass(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    unit, _bar, function = _one(given, "held").partition("|")
    return [
        {
            "act": "pass",
            "unit": unit,
            "function": function,
            "to": _several(given, "to"),
            "seats": given.get("seats", ""),
        }
    ]


def _found(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    number = 1
    while f"u{number}" in keys:
        number += 1
    return [
        {
            "act": "found",
            "key": f"u{number}",
            "name": _name(given),
            "kind": given.get("kind", "") or "department",
            "functions": given.getlist("functions"),
            "parent": given.get("parent", "") or None,
        }
    ]


def _move(given: QueryDict, keys: set[str]) -> list[JSONAct]:
    """Also several at once: `site` and `to` in pairs, where `to` is empty nothing is said."""
    pairs = zip(given.getlist("site"), given.getlist("to"), strict=False)
    moves: list[JSONAct] = [{"act": "move", "site": site, "to": to} for site, to in pairs if site and to]
    if not moves:
        raise ValidationError({"to": [_("Choose a unit.")]})
    return moves


def _one(given: QueryDict, name: str) -> str:
    value = given.get(name, "")
    if not value:
        raise ValidationError({name: [_("Choose one.")]})
    return value


def _several(given: QueryDict, name: str) -> list[str]:
    values = [value for value in given.getlist(name) if value]
    if not values:
        raise ValidationError({name: [_("Choose at least one.")]})
    return values


def _name(given: QueryDict) -> str:
    name = " ".join(given.get("name", "").split())
    if not name:
        raise ValidationError({"name": [_("Give the unit a name.")]})
    return name[:200]
