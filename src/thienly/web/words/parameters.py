"""What a regulation leaves open, as people say it: values in words, and how one is asked for."""

import re
from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from thienly.rules.profile_sections import Parameter

DURATION = re.compile(r"P(\d+)([DWMY])")


def value_words(parameter: Parameter, value: str | None) -> str:
    """`value` has the shape of the parameter; "" for none."""
    if not value:
        return ""
    if parameter.kind == "duration" and (parts := DURATION.fullmatch(value)):
        return duration_words(int(parts[1]), parts[2])
    if parameter.kind in ("choice", "yes_no"):
        return choice_words(value)
    if parameter.kind == "date":
        return date_format(date.fromisoformat(value), "d/m/Y")
    return value


def duration_words(n: int, unit: str) -> str:
    """`unit`: D, W, M or Y, as in ISO 8601."""
    words = {
        "D": ngettext("%(n)s day", "%(n)s days", n),
        "W": ngettext("%(n)s week", "%(n)s weeks", n),
        "M": ngettext("%(n)s month", "%(n)s months", n),
        "Y": ngettext("%(n)s year", "%(n)s years", n),
    }
    return words[unit] % {"n": n}


def interval_words(days: int) -> str:
    """Of what `days_of` made of a duration, which counts months and years at their longest."""
    for unit, length in (("Y", 366), ("M", 31)):
        if days % length == 0:
            return duration_words(days // length, unit)
    return duration_words(days, "D")


def choice_words(value: str) -> str:
    words = {
        "yes": _("yes"),
        "no": _("no"),
        "warn": _("warn only"),
        "warn_then_close": _("warn, then close"),
        "close": _("close at once"),
        "enforce": _("enforce"),
    }
    return words.get(value, value)


def choices_of(parameter: Parameter) -> list[tuple[str, str]]:
    """Value and words, where one of a few is to be chosen."""
    values = ["yes", "no"] if parameter.kind == "yes_no" else parameter.choices
    return [(value, choice_words(value)) for value in values]


def units_of_time() -> list[tuple[str, str]]:
    return [("D", _("days")), ("W", _("weeks")), ("M", _("months")), ("Y", _("years"))]


def given_value(parameter: Parameter | None, given: Mapping[str, str]) -> str:
    """From a form: `value`, for a time with its unit in `unit`."""
    value = given.get("value", "").strip()
    timed = parameter is not None and parameter.kind == "duration" and value.isdecimal()
    return f"P{int(value)}{given.get('unit', 'D')}" if timed else value
