"""A regulation laid out for reading: each article with its words, and beside it the rules that rest on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from thienly.core.regulation.shelf import Book
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.profile_checks import of_law, passages
from thienly.rules.profile_diff import FIELDS, SECTIONS, Language
from thienly.rules.profile_entry import Entry
from thienly.web.words.parameters import DURATION, choice_words, duration_words
from thienly.web.words.reasons import action_words, scope_words
from thienly.web.words.rule_values import FOR_MACHINES, VALUES


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry in words. `also`: the other articles it rests on."""

    id: str
    section: str
    name: str
    explicit: bool
    facts: list[tuple[str, str]]
    also: list[str]
    function: str = ""  # the unit type whose units it concerns


@dataclass(frozen=True, slots=True)
class Passage:
    anchor: str
    words: str
    rules: list[Rule] = field(default_factory=list)


_SAID = {"id", "cite", "basis", "vi", "en", "note", "kind"}
_NAMED = ("unit_types", "site_types", "purposes", "roles", "parameters")


def language_now() -> Language:
    return "en" if (get_language() or "").startswith("en") else "vi"


def laid_out(book: Book) -> tuple[list[Passage], list[Rule]]:
    """The text in its order with its rules; and the rules that rest on other laws."""
    profile = book.profile
    names = names_of(profile)
    found = {anchor: Passage(anchor, words) for anchor, words in book.articles.items()}
    elsewhere: list[Rule] = []
    for section, _place, entry in profile.entries():
        rule = _rule(section, entry, profile, names)
        first = next((at[0][0] for cite in entry.cites if (at := passages(cite, book.articles))), "")
        if first:
            found[first].rules.append(rule)
        elif of_law(entry.cite) or not found:
            elsewhere.append(rule)
    return list(found.values()), elsewhere


def said(section: str, entry: Entry, profile: Profile) -> Rule:
    """One entry by itself."""
    return _rule(section, entry, profile, names_of(profile))


def _rule(section: str, entry: Entry, profile: Profile, names: Mapping[str, str]) -> Rule:
    number = 0 if language_now() == "vi" else 1
    told = entry.model_dump(mode="json", by_alias=True, exclude=_SAID)
    facts = [
        (FIELDS.get(key, (key, key))[number], value_said(key, value, names))
        for key, value in told.items()
        if value not in (None, "", [], {}, False) and (section == "parameters" or key not in FOR_MACHINES)
    ]
    name = getattr(entry, "vi", "")
    if name and hasattr(entry, "label"):
        name = entry.label(language_now())
    if section == "grants":
        facts, name = facts[1:], names.get(told["to"], told["to"])
    if undecided := told.get("undecided"):
        facts.append((FIELDS["actions"][number], value_said("", sorted(undecided), names)))
    if entry.note and language_now() == "en":  # notes are written in English
        facts.append((FIELDS["note"][number], entry.note))
    return Rule(
        id=entry.id,
        section=SECTIONS[section][number],
        name=name or names.get(str(told.get("unit", "")), entry.id),
        explicit=entry.basis == "explicit",
        facts=facts,
        also=entry.cites[1:],
        function=_function(section, told, profile),
    )


def _function(section: str, told: Mapping[str, Any], profile: Profile) -> str:
    if section == "roles":
        return str(told["unit"])
    if section == "grants":
        role = profile.role(told["to"])
        return role.unit if role else told["to"]
    return str(told.get("actor", "")) if section == "duties" else ""


def names_of(profile: Profile) -> dict[str, str]:
    language = language_now()
    return {entry.id: entry.label(language) for section in _NAMED for entry in getattr(profile, section)}


def value_said(  # noqa: PLR0911 - one return for each kind of value
    key: str, value: Any, names: Mapping[str, str]
) -> str:
    if isinstance(value, list):
        unordered = key in ("actions", "leaves", "never_with", "sites")
        return ", ".join(value_said(key, part, names) for part in (sorted(value) if unordered else value))
    if key == "limit":
        unit = value_said("", value["unit"], names)
        return f"{value['n']} {unit}" if value["n"] else unit
    if isinstance(value, dict):
        return ", ".join(f"{value_said(key, name, names)}: {part}" for name, part in value.items())
    if parts := DURATION.fullmatch(str(value)):
        return duration_words(int(parts[1]), parts[2])
    if key in ("value", "choices"):
        return choice_words(str(value))
    if key == "scope":
        return scope_words(value)
    if value in Action._value2member_map_:
        return action_words(value)
    if str(value) in names:
        return names[str(value)]
    if key in ("actor", "from") and value == "any":
        return "mọi đối tượng" if language_now() == "vi" else "everybody"
    both = VALUES.get(str(value))
    return (both[0] if language_now() == "vi" else both[1]) if both else str(value)
