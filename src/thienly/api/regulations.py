"""The regulations at hand, as data: what each says, with its articles and their words."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from thienly.core.regulation import in_force
from thienly.core.regulation.activation import standing, stored_book
from thienly.core.regulation.models import Version
from thienly.core.regulation.shelf import Book, profiles, shelf
from thienly.core.text import normalise

router = Router(tags=["regulations"])


class HeadOut(Schema):
    id: str
    version: int
    title: str
    number: str | None = Field(description="null: missing in the copy held")
    date: dt.date | None
    issuer: str
    instrument: str
    temporary: bool
    domain: str = Field(description="the field of work whose cameras it governs, or all")
    effective_from: dt.date | None = Field(description="null: it cannot be in force before that is settled")
    effective_to: dt.date | None
    in_force: bool = Field(description="here, today")

    @classmethod
    def of(cls, book: Book) -> "HeadOut":
        held = profiles().get(book.profile.id)
        mine = held is not None and held.profile.version == book.profile.profile.version
        profile = held if held is not None and mine else book.profile
        head = profile.profile
        return cls(
            id=head.id,
            version=head.version,
            title=head.title_vi,
            number=head.number,
            date=head.date,
            issuer=head.issuer_vi,
            instrument=head.instrument,
            temporary=head.temporary,
            domain=head.domain,
            effective_from=head.effective_from,
            effective_to=head.effective_to,
            in_force=mine and profile.in_force(timezone.localdate()),
        )


class RegulationOut(HeadOut):
    sections: dict[str, list[dict[str, Any]]] = Field(
        description="every rule with `cite` (articles) and `basis` (explicit or derived)"
    )
    articles: dict[str, str] = Field(description="the words of the regulation by anchor, e.g. Đ6.1")


@router.get("", response=list[HeadOut])
def regulations(request: HttpRequest) -> list[HeadOut]:
    """Every regulation at hand in every version."""
    stored = map(stored_book, Version.objects.filter(decided_at__isnull=False, withdrawn_at=None))
    books = dict(shelf().books) | {book.key: book for book in stored}
    return [HeadOut.of(book) for _, book in sorted(books.items(), key=lambda pair: pair[0])]


class HeldOut(Schema):
    id: str
    version: int
    effective_from: dt.date | None
    effective_to: dt.date | None = Field(description="the first day on which it no longer holds")
    in_force: bool = Field(description="on the day that was asked for")


@router.get("/in-force", response=list[HeldOut])
def regulations_on(request: HttpRequest, day: dt.date | None = None) -> list[HeldOut]:
    """Which version of each regulation this installation obeys on a day, past or to come; default: today."""
    asked = day or timezone.localdate()
    return [
        HeldOut(
            id=name,
            version=profile.profile.version,
            effective_from=profile.profile.effective_from,
            effective_to=profile.profile.effective_to,
            in_force=profile.in_force(asked),
        )
        for name, profile in sorted(in_force.on(asked).items())
    ]


@router.get("/{regulation}", response=RegulationOut)
def regulation(request: HttpRequest, regulation: str, version: int = 0) -> RegulationOut:
    """One regulation whole. `version` 0: the one that holds here, else the one that came with the program."""
    regulation = normalise(regulation)
    held = profiles().get(regulation)
    number = version or (held.profile.version if held else 0)
    stored = next((row for row in standing(regulation) if row.number == number), None)
    book = stored_book(stored) if stored else shelf().book(regulation, number)
    if book is None:
        raise HttpError(404, "There is no such regulation.")
    sections = {
        section: [entry.model_dump(mode="json", by_alias=True) for entry in getattr(book.profile, section)]
        for section in type(book.profile).sections()
    }
    head = HeadOut.of(book).model_dump()
    return RegulationOut(**head, sections=sections, articles=dict(book.articles))
