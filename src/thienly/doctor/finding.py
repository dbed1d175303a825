"""What a check found: one line for a person, one object for a program."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """Its value is the exit code."""

    OK = 0
    WARNING = 1
    FAULT = 2


class Both(NamedTuple):
    """One sentence in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: a stable name. `todo`: what a person does about it; none when all is well."""

    check: str
    level: Level
    text: Both
    todo: Both | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "check": self.check,
            "level": self.level.name.lower(),
            "vi": self.text.vi,
            "en": self.text.en,
            "todo_vi": self.todo.vi if self.todo else "",
            "todo_en": self.todo.en if self.todo else "",
        }


def ok(check: str, vi: str, en: str) -> Finding:
    return Finding(check, Level.OK, Both(vi, en))


def warning(check: str, vi: str, en: str, todo_vi: str, todo_en: str) -> Finding:
    return Finding(check, Level.WARNING, Both(vi, en), Both(todo_vi, todo_en))


def fault(check: str, vi: str, en: str, todo_vi: str, todo_en: str) -> Finding:
    return Finding(check, Level.FAULT, Both(vi, en), Both(todo_vi, todo_en))
