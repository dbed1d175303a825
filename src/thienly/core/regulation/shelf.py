"""The regulations at hand, and those that hold in this installation; read once in each process.

At hand are those that come with the program and those in the installation's directory `profiles/`: a further
province is a further file. Which of them hold at first is said in `thienly.toml`, `[[regulations]]`; from
then on the database keeps it (`core.regulation.in_force`), and a change is a case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from thienly.conf import Conf, RegulationConf
from thienly.core.regulation.source import BrokenYamlError, load
from thienly.rules.combine import contradiction
from thienly.rules.profile import Profile
from thienly.rules.profile_text import BrokenTextError, parse_articles

FIRST = (RegulationConf(id="QN"),)
"""What holds where thienly.toml says nothing."""


class BrokenProfileError(ValueError):
    """A profile that cannot be read, or whose parts do not fit together; the message names the file."""


class UnknownRegulationError(ValueError):
    """`thienly.toml` names a regulation that cannot hold here; `vi` and `en` say why and what to do."""

    def __init__(self, vi: str, en: str) -> None:
        self.vi, self.en = (f"thienly.toml, [[regulations]]: {words}" for words in (vi, en))
        super().__init__(self.en)


@dataclass(frozen=True, slots=True)
class Book:
    """A profile with the words it rests on. `own`: it lies in the installation's directory.

    `text` and `words`: the two files as they are.
    """

    profile: Profile
    articles: Mapping[str, str]
    own: bool = False
    text: str = ""
    words: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.profile.id, self.profile.profile.version


@dataclass(frozen=True, slots=True)
class Shelf:
    """Books by id and version. `broken`: files of the installation that cannot be used, and why."""

    books: Mapping[tuple[str, int], Book] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def versions(self, name: str) -> list[Book]:
        """Every version of a regulation, the oldest first."""
        return [self.books[key] for key in sorted(self.books) if key[0] == name]

    def book(self, name: str, version: int = 0) -> Book | None:
        """0: the version that came with the program, else the first of the installation's own."""
        if version:
            return self.books.get((name, version))
        found = self.versions(name)
        return next((book for book in found if not book.own), found[0] if found else None)

    @property
    def ids(self) -> list[str]:
        return sorted({name for name, _ in self.books})


def read(text: str, *, name: str) -> Profile:
    """A profile from YAML. Raises BrokenProfileError."""
    try:
        return Profile.model_validate(load(text)[0])
    except (BrokenYamlError, ValidationError) as error:
        raise BrokenProfileError(f"{name}: {error}") from error


def fill(own: Path | None = None) -> Shelf:
    """What comes with the program, and what lies in `own`. Raises BrokenProfileError for what comes along."""
    books: dict[tuple[str, int], Book] = {}
    broken: dict[str, str] = {}
    for file in _files(files("thienly.profiles")):
        _add(books, _book(file, own=False), file.name)
    for file in _files(own) if own is not None and own.is_dir() else ():
        try:
            _add(books, _book(file, own=True), file.name)
        except BrokenProfileError as error:  # a draft must not bring the installation down
            broken[file.name] = str(error)
    return Shelf(MappingProxyType(books), MappingProxyType(broken))


def adopt(shelf: Shelf, chosen: tuple[RegulationConf, ...]) -> dict[str, Profile]:
    """The profiles that hold, with what the copy of a regulation lacked. Raises UnknownRegulationError."""
    held: dict[str, Profile] = {}
    for choice in chosen or FIRST:
        book = shelf.book(choice.id, choice.version)
        if book is None:
            wanted, known = f"{choice.id}@{choice.version or 1}", ", ".join(shelf.ids)
            why = "; ".join(shelf.broken.values())
            raise UnknownRegulationError(
                f"không có quy định {wanted}. Đang có: {known}. {why}".strip(),
                f"there is no regulation {wanted}. At hand: {known}. {why}".strip(),
            )
        if choice.id in held:
            raise UnknownRegulationError(
                f"{choice.id} được nêu hai lần; bỏ một.", f"{choice.id} stands twice; remove one."
            )
        held[choice.id] = _completed(book.profile, choice)
    _fit_together(list(held.values()))
    return held


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """What this installation has at hand. Raises BrokenProfileError."""
    return fill(Conf.load().data / "profiles")


@lru_cache(maxsize=1)
def first() -> Mapping[str, Profile]:
    """What holds when an installation begins: what `thienly.toml` names, with the versions at hand.

    Raises BrokenProfileError, UnknownRegulationError.
    """
    return MappingProxyType(adopt(shelf(), tuple(Conf.load().file.regulations)))


class _Profiles:
    def __call__(self) -> Mapping[str, Profile]:
        """Every profile that holds here today, by its id; whether it is in force is asked of it for a day.

        Asks the database at most once a second. Raises BrokenProfileError, UnknownRegulationError.
        """
        from thienly.core.regulation import in_force  # noqa: PLC0415 - `thienly profile` has no database

        return in_force.today()

    def cache_clear(self) -> None:
        from thienly.core.regulation import in_force  # noqa: PLC0415 - as above

        first.cache_clear()
        in_force.forget()


profiles = _Profiles()


def refusal(conf: Conf) -> str:
    """Why the regulations of thienly.toml cannot hold, in both languages; "" when they can."""
    try:
        adopt(fill(conf.data / "profiles"), tuple(conf.file.regulations))
    except UnknownRegulationError as error:
        return f"{error.vi}\n{error.en}"
    return ""


def _fit_together(held: list[Profile]) -> None:
    """Raises UnknownRegulationError when two of them cannot both be kept, with both articles."""
    scopes = [entry.scope.partition(":") for profile in held for entry in profile.retention]
    clash = contradiction(
        held,
        sectors=sorted(
            {"", *(name for kind, _, name in scopes if kind == "sector")}
            | {profile.profile.domain for profile in held}
        ),
        sites=sorted({"", *(name for kind, _, name in scopes if kind == "site")}),
    )
    if clash is not None:
        raise UnknownRegulationError(
            f"hai quy định mâu thuẫn, {clash.vi}; bỏ một quy định hoặc dùng phiên bản đã sửa.",
            f"two regulations contradict each other, {clash}; leave one out or take a corrected version.",
        )


def _completed(profile: Profile, choice: RegulationConf) -> Profile:
    head = profile.profile
    if head.effective_from is not None:
        if choice.effective_from and choice.effective_from != head.effective_from.isoformat():
            day = head.effective_from
            raise UnknownRegulationError(
                f"{head.id} có hiệu lực từ {day}; bỏ effective_from.",
                f"{head.id} is in force since {day}; leave out effective_from.",
            )
        return profile
    if not choice.effective_from or not choice.document.strip():
        raise UnknownRegulationError(
            f"bản lưu của {head.id} không có ngày có hiệu lực; ghi effective_from (như 2024-02-01) và "
            "document (số, ngày của văn bản).",
            f"the copy of {head.id} does not say from when it is in force; write effective_from (like "
            "2024-02-01) and document (number and date of the document).",
        )
    day = date.fromisoformat(choice.effective_from)
    return profile.model_copy(update={"profile": head.model_copy(update={"effective_from": day})})


def _add(books: dict[tuple[str, int], Book], book: Book, name: str) -> None:
    if book.key in books:
        raise BrokenProfileError(f"{name}: a second profile {book.key[0]}, version {book.key[1]}")
    books[book.key] = book


def _book(file: Traversable, *, own: bool) -> Book:
    try:
        text = file.read_text(encoding="utf-8")
        profile = read(text, name=file.name)
        beside = file.parent / f"{file.stem}.txt" if isinstance(file, Path) else None
        words = beside.read_text(encoding="utf-8") if beside and beside.is_file() else ""
        articles = parse_articles(words)
    except (OSError, UnicodeDecodeError, BrokenTextError) as error:
        raise BrokenProfileError(f"{file.name}: {error}") from error
    return Book(profile, MappingProxyType(articles), own=own, text=text, words=words)


def _files(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _files(item)
        elif item.name.endswith(".yaml"):
            yield item
