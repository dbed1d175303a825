"""The order to extract: everything that whoever carries it out, and whoever proves it later, must know.

It is laid down when the last approval of the extraction is had, and read by `core.extraction.ordering`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from thienly.rules.extraction import Gate, Sort, Urgency


@dataclass(frozen=True, slots=True)
class Stretch:
    """Footage of one camera, [start, end), and the unit that manages it."""

    camera: str  # id, 32 hex digits
    code: str
    name: str
    site: str
    unit: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """`post`: the role in the regulation's words, `unit`: where; empty for somebody outside."""

    account: str  # id, 32 hex digits; "" for somebody without an account
    name: str
    post: str
    unit: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document. `file`: its id in the store of documents, "" where only its data were entered."""

    number: str
    issued: date | None
    issuer: str
    signatory: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """One approval that was had, by the article that wants it."""

    gate: Gate
    cite: str
    by: Person
    at: datetime
    form: str  # rules.profile_sections.Form
    paper: Paper | None


@dataclass(frozen=True, slots=True)
class Order:
    """`release`: whether the copy may be handed to the recipient. `own`: it stays in the asker's unit and
    needs no permission; `waits`, `forbidden`: nobody is given it. `standing`: articles by which the asker
    extracts of his own right. `justify_by`: an emergency that is still to be justified."""

    case: str  # id, 32 hex digits
    number: str  # 12/2026
    stretches: tuple[Stretch, ...]
    sort: Sort
    urgency: Urgency
    purpose: str  # id in the regulation
    purpose_words: str
    purpose_cite: str
    why: str
    basis: str
    sound: bool
    asked_by: Person
    entered_by: Person | None  # the officer, where somebody outside asks
    performed_by: Person
    recipient: str
    agreed: tuple[Agreed, ...]
    application: Paper | None
    standing: tuple[str, ...]
    articles: tuple[str, ...]
    regulations: tuple[tuple[str, int], ...]  # id and version
    sent_at: datetime
    ordered_at: datetime
    justify_by: datetime | None
    release: Literal["own", "waits", "allowed", "forbidden"]
