"""`thienly profile lint | show | diff`, without a database: a lawyer's laptop will do."""

from collections.abc import Callable
from pathlib import Path

from thienly.core.regulation.lint import lint
from thienly.core.regulation.shelf import BrokenProfileError, Shelf, read
from thienly.rules.profile import Profile
from thienly.rules.profile_diff import SECTIONS, diff
from thienly.rules.profile_entry import Entry

Say = Callable[[str], None]


def lint_files(paths: list[Path], *, say: Say) -> int:
    """Exit code: 0 without errors, 1 with."""
    findings = [finding for path in paths for finding in lint(path)]
    for finding in findings:
        say(str(finding))
    errors = sum(not finding.warning for finding in findings)
    say(
        f"{len(paths)} tệp, {errors} lỗi, {len(findings) - errors} cảnh báo / "
        f"{len(paths)} files, {errors} errors, {len(findings) - errors} warnings"
    )
    return 1 if errors else 0


def show(name: str, *, shelf: Shelf, say: Say) -> int:
    """Prints what a regulation says, each entry with its article. `name`: QN, QN@2, or a file."""
    try:
        profile = _find(name, shelf)
    except BrokenProfileError as error:
        say(str(error))
        return 1
    head = profile.profile
    say(f"{head.id}  {head.title_vi}")
    day = f"{head.date:%d/%m/%Y}" if head.date else "? (thiếu ngày / no date)"
    say(f"    {head.number or '? (thiếu số / no number)'} · {day} · {head.issuer_vi}")
    start = f"{head.effective_from:%d/%m/%Y}" if head.effective_from else "?"
    say(f"    hiệu lực từ / in force since {start} · phiên bản / version {head.version}")
    section = ""
    for name_, _place, entry in profile.entries():
        if name_ != section:
            section = name_
            say(f"\n{SECTIONS[name_][0]} / {SECTIONS[name_][1]}")
        basis = "" if entry.basis == "explicit" else " (suy ra / derived)"
        say(f"  {entry.id}  [{entry.cite}]{basis}  {summary(entry)}")
    return 0


def show_diff(before: str, after: str, *, shelf: Shelf, say: Say) -> int:
    """Prints the differences in both languages. Exit code: 0 without any, 1 with, 2 when unreadable."""
    try:
        changes = diff(_find(before, shelf), _find(after, shelf))
    except BrokenProfileError as error:
        say(str(error))
        return 2
    for change in changes:
        say(f"{change.words('vi')}\n    {change.words('en')}")
    if not changes:
        say("Không có khác biệt. / No differences.")
    return 1 if changes else 0


def summary(entry: Entry) -> str:
    """What an entry says beside its name and its article, as it stands in the file."""
    told = entry.model_dump(mode="json", by_alias=True, exclude={"id", "cite", "basis", "note", "en"})
    words = []
    for field, value in told.items():
        if value in (None, "", [], {}, False):
            continue
        text = ", ".join(sorted(map(str, value))) if isinstance(value, list) else str(value)
        words.append(text if field == "vi" else f"{field}: {text}")
    return " · ".join(words)


def _find(name: str, shelf: Shelf) -> Profile:
    path = Path(name)
    if path.suffix == ".yaml":
        try:
            return read(path.read_text(encoding="utf-8"), name=name)
        except (OSError, UnicodeDecodeError) as error:
            raise BrokenProfileError(f"{name}: {error}") from error
    wanted, _, version = name.partition("@")
    book = shelf.book(wanted, int(version or 0)) if version.isdecimal() or not version else None
    if book is None:
        known = ", ".join(f"{one}@{number}" for one, number in sorted(shelf.books))
        raise BrokenProfileError(
            f"{name}: không có quy định này; đang có {known}, hoặc một tệp .yaml\n"
            f"{name}: there is no such regulation; at hand are {known}, or a .yaml file"
        )
    return book.profile
