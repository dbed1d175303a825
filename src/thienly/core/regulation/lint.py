"""`thienly profile lint FILE`: everything that is wrong with a profile, with its line, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from thienly.core.regulation.source import BrokenYamlError, line_of, load
from thienly.rules.profile import Profile
from thienly.rules.profile_checks import Place, Problem, contradictions, unknown_articles
from thienly.rules.profile_text import BrokenTextError, parse_articles


@dataclass(frozen=True, slots=True)
class Finding:
    """`file` as it was given, `line` from 1. A warning does not keep a profile from being used."""

    file: str
    line: int
    vi: str
    en: str
    warning: bool = False

    def __str__(self) -> str:
        sort = "cảnh báo / warning" if self.warning else "lỗi / error"
        return f"{self.file}:{self.line}: {sort}: {self.vi}\n    {self.en}"


def lint(path: Path) -> list[Finding]:
    """Errors first by their line; [] when all is well. The text is looked for beside the profile."""
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        return [
            Finding(name, 1, f"không đọc được tệp: {reason}", f"the file cannot be read: {reason}"),
        ]
    return lint_text(text, name=name, articles=lambda: _text(path.with_suffix(".txt")))


Articles = tuple[dict[str, str] | None, list[Finding]]


def lint_text(text: str, *, name: str, articles: Callable[[], Articles]) -> list[Finding]:
    """As `lint`, of a text that is not a file. `articles`: the words of the regulation, and what is wrong
    with them."""
    try:
        data, lines = load(text)
    except BrokenYamlError as error:
        return [Finding(name, error.line, error.vi, error.en)]
    try:
        profile = Profile.model_validate(data, context={"alone": True})
    except ValidationError as error:
        found = [_schema(name, details, lines) for details in error.errors()]
        return sorted(found, key=lambda finding: finding.line)
    problems = contradictions(profile)
    known, of_text = articles()
    if known is not None:
        problems += unknown_articles(profile, known)
    found = [_at(name, problem, lines) for problem in problems]
    found += of_text
    return sorted(found, key=lambda finding: finding.line) + _incomplete(name, profile, lines)


def _at(name: str, problem: Problem, lines: Mapping[Place, int]) -> Finding:
    return Finding(name, line_of(problem.place, lines), problem.vi, problem.en)


def words_of(words: str, *, name: str) -> Articles:
    """The articles of a text that is not a file."""
    if not words.strip():
        return None, [_without_words(name)]
    try:
        return parse_articles(words), []
    except BrokenTextError as error:
        return None, [Finding(name, error.line, error.vi, error.en)]


def _text(path: Path) -> Articles:
    try:
        return parse_articles(path.read_text(encoding="utf-8")), []
    except BrokenTextError as error:
        return None, [Finding(str(path), error.line, error.vi, error.en)]
    except (OSError, UnicodeDecodeError):
        return None, [_without_words(str(path))]


def _without_words(name: str) -> Finding:
    return Finding(
        name,
        1,
        "thiếu toàn văn của quy định, không kiểm tra được điều viện dẫn; hãy chép vào tệp này",
        "the words of the regulation are missing, so citations cannot be checked; write them here",
    )


def _incomplete(name: str, profile: Profile, lines: Mapping[Place, int]) -> list[Finding]:
    head = profile.profile
    words = {
        "number": ("số của văn bản", "the number of the document"),
        "date": ("ngày của văn bản", "the date of the document"),
        "effective_from": ("ngày có hiệu lực", "the day from which it is in force"),
    }
    return [
        Finding(
            name,
            line_of(("profile", field), lines),
            f"thiếu {vi}; phải bổ sung trước khi áp dụng",
            f"{en} is missing; it must be known before the profile is used",
            warning=True,
        )
        for field, (vi, en) in words.items()
        if getattr(head, field) is None
    ]


_SAID: dict[str, tuple[str, str]] = {
    "missing": ("thiếu {field}; hãy ghi thêm", "{field} is missing; write it"),
    "extra_forbidden": (
        "không có mục {field}; sửa tên hoặc bỏ (chữ có dấu phẩy phải đặt trong nháy kép)",
        "there is no {field}; correct the name or leave it out (words with a comma want quotes)",
    ),
    "string_type": ("{field} phải là chữ; đặt trong nháy kép", "{field} must be text; put it in quotes"),
    "string_pattern_mismatch": (
        "{field}: “{input}” không đúng dạng; mẫu: {pattern}",
        "{field}: “{input}” does not have the right form; pattern: {pattern}",
    ),
    "string_too_short": ("{field} để trống; hãy ghi", "{field} is empty; write it"),
    "enum": ("{field}: không có “{input}”; chọn {expected}", "{field}: no “{input}”; one of {expected}"),
    "literal_error": (
        "{field}: không có “{input}”; chọn {expected}",
        "{field}: no “{input}”; one of {expected}",
    ),
    "date_from_datetime_parsing": (
        "{field}: “{input}” không phải ngày; viết như 2025-02-20",
        "{field}: “{input}” is no date; write it like 2025-02-20",
    ),
    "list_type": ("{field} phải là danh sách; viết [a, b]", "{field} must be a list; write [a, b]"),
    "bool_parsing": ("{field} phải là true hoặc false", "{field} must be true or false"),
    "bool_type": ("{field} phải là true hoặc false", "{field} must be true or false"),
    "invalid_key": (
        "khóa “{input}” không phải là chữ (on, yes, no được YAML đọc là đúng/sai); đặt trong nháy kép",
        "the key “{input}” is no text (YAML reads on, yes, no as true or false); put it in quotes",
    ),
    "model_type": (
        "{field} phải là một mục có các khóa, viết {{id: …, cite: …}}",
        "{field} must be an entry with keys, written {{id: …, cite: …}}",
    ),
}


def _schema(name: str, details: ErrorDetails, lines: Mapping[Place, int]) -> Finding:
    place: Place = tuple(details["loc"])
    vi, en = _SAID.get(details["type"], ("{field}: {message}", "{field}: {message}"))
    context = details.get("ctx") or {}
    facts = {
        "field": _words_of(place),
        "input": str(details["input"])[:60],
        "pattern": context.get("pattern", ""),
        "expected": context.get("expected", ""),
        "message": details["msg"],
    }
    return Finding(name, line_of(place, lines), vi.format(**facts), en.format(**facts))


def _words_of(place: Place) -> str:
    """`grants[3].scope`; the top is the file itself."""
    words = ""
    for step in place:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words or "tệp / file"
