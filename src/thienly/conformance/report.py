"""What the conformance test found: for a person in both languages, for a program as JSON."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

from thienly.doctor.finding import Both


class Outcome(StrEnum):
    PASSED = "passed"
    ADVICE = "advice"  # it fits, and could be better
    FAILED = "failed"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Check:
    """`name` is stable. `todo`: how to mend it, for what failed and for advice."""

    name: str
    outcome: Outcome
    text: Both
    todo: Both | None = None
    measured: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        return {
            "check": self.name,
            "outcome": self.outcome.value,
            "vi": self.text.vi,
            "en": self.text.en,
            "todo_vi": self.todo.vi if self.todo else "",
            "todo_en": self.todo.en if self.todo else "",
            "measured": self.measured,
        }


def passed(name: str, vi: str, en: str, **measured: object) -> Check:
    return Check(name, Outcome.PASSED, Both(vi, en), None, measured)


def untested(name: str, vi: str, en: str) -> Check:
    return Check(name, Outcome.UNTESTED, Both(vi, en))


def advice(name: str, text: Both, todo: Both, **measured: object) -> Check:
    return Check(name, Outcome.ADVICE, text, todo, measured)


def failed(name: str, text: Both, todo: Both, **measured: object) -> Check:
    return Check(name, Outcome.FAILED, text, todo, measured)


@dataclass(frozen=True, slots=True)
class Report:
    """`url` without credentials; `at` ISO 8601."""

    url: str
    at: str
    seconds: float
    checks: list[Check]

    @property
    def passed(self) -> bool:
        return all(check.outcome is not Outcome.FAILED for check in self.checks)

    def as_json(self) -> str:
        whole = {
            "url": self.url,
            "at": self.at,
            "seconds": self.seconds,
            "verdict": "pass" if self.passed else "fail",
            "checks": [check.as_dict() for check in self.checks],
        }
        return json.dumps(whole, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        marks = {
            Outcome.PASSED: "ĐẠT ",
            Outcome.ADVICE: "NÊN ",
            Outcome.FAILED: "HỎNG",
            Outcome.UNTESTED: "  – ",
        }
        lines = [f"{self.url} · {self.at} · {self.seconds:.0f} s"]
        for check in self.checks:
            lines.append(f"[{marks[check.outcome]}] {check.name:<14} {check.text.vi}")
            lines.append(f"{'':22} {check.text.en}")
            if check.todo is not None:
                lines.append(f"{'':20} → {check.todo.vi}")
                lines.append(f"{'':20} → {check.todo.en}")
        wrong = [check.name for check in self.checks if check.outcome is Outcome.FAILED]
        if wrong:
            lines.append(f"KHÔNG ĐẠT · FAIL: {', '.join(wrong)}")
        else:
            lines.append("ĐẠT · PASS")
        return "\n".join(lines)
