"""The five regulations as a court will read them: every clause has its entries, every entry its clause."""

from collections.abc import Iterable

import pytest

from thienly.core.regulation.shelf import Book, shelf
from thienly.rules.profile_checks import of_law, passages

SILENT = {
    "BDM": {"Đ1", "Đ2", "Đ3"},
    "BDP": {"I", "I.1", "II", "II.7"},
    "DN": {"Đ1", "Đ1.2", "Đ2", "Đ3", "Đ4", "Đ6", "Đ7", "Đ8"},
    "NB": {"Đ2", "Đ2.1", "Đ4", "Đ5", "Đ6", "Đ6.3", "Đ8", "Đ9", "Đ10", "Đ11"},
    "QN": {"Đ1", "Đ1.1", "Đ3", "Đ3.1", "Đ3.2", "Đ3.3", "Đ3.8", "Đ3.9", "Đ4", "Đ5", "Đ6", "Đ8", "Đ9", "Đ10"}
    | {"Đ11", "Đ12", "Đ14", "Đ15", "Đ16", "Đ19"},
}
"""Headings, scope and definitions: they rule nothing by themselves."""

OF_THE_COVER = ("QĐ", "tiêu đề")

BOOKS = list(shelf().books.values())


def cited(book: Book) -> set[str]:
    return {
        anchor
        for _section, _place, entry in book.profile.entries()
        for cite in entry.cites
        for anchor, _words in passages(cite, book.articles)
    }


def named(books: Iterable[Book]) -> list[str]:
    return [book.profile.id for book in books]


@pytest.mark.parametrize("book", BOOKS, ids=named(BOOKS))
def test_every_clause_of_the_text_has_an_entry(book: Book) -> None:
    rules = {anchor for anchor in book.articles if not anchor.startswith(OF_THE_COVER)}
    assert rules - cited(book) == SILENT[book.profile.id] - cited(book)
    assert rules - cited(book) <= SILENT[book.profile.id]


@pytest.mark.parametrize("book", BOOKS, ids=named(BOOKS))
def test_every_entry_rests_on_words_that_stand_in_the_text(book: Book) -> None:
    for _section, _place, entry in book.profile.entries():
        for cite in entry.cites:
            found = passages(cite, book.articles)
            assert found or (of_law(cite) and entry.basis == "derived"), (entry.id, cite)
            assert all(words for _anchor, words in found)


@pytest.mark.parametrize("book", BOOKS, ids=named(BOOKS))
def test_words_that_a_note_quotes_stand_in_the_articles_that_it_cites(book: Book) -> None:
    """Notes quote the text between single quotes; `…` leaves words out."""
    for _section, _place, entry in book.profile.entries():
        said = " ".join(words for cite in entry.cites for _anchor, words in passages(cite, book.articles))
        for quote in entry.note.split("'")[1::2]:
            for part in quote.split("…"):
                assert part.strip().casefold() in said.casefold(), (entry.id, part)


def test_what_the_texts_say_in_numbers_is_what_the_profiles_say() -> None:
    at = {book.profile.id: book.profile for book in BOOKS}
    assert {q.id: (q.max, q.cite) for q in at["NB"].quotas} == {
        "q-district": (3, "Đ6.3b"),
        "q-commune": (2, "Đ6.3c"),
    }
    assert {c.id: (c.limit.n, c.limit.unit, c.cite) for c in at["QN"].clocks if c.limit.n} == {
        "c-update": (10, "working_day", "Đ8.1"),
        "c-connect": (10, "working_day", "Đ12.2"),
        "c-repair": (5, "working_day", "Đ14.2"),
        "c-subject": (2, "working_day", "NĐ 356/2025/NĐ-CP"),  # of the law, in every profile
    }
    every = {r.id: (r.every, r.cite) for p in at.values() for r in p.recurrences if r.every != "parameter"}
    assert every["r-maintain"] == ("P6M", "Đ14.1") and every["r-security"] == ("P6M", "Đ11.5")
    assert every["r-q-tthcc"] == ("P3M", "Đ6.1")
    assert [r.before_day for r in at["NB"].recurrences if r.before_day] == [25, 25]
    assert [(r.min, r.cite) for r in at["DN"].retention] == [("P7D", "Đ6.2")]
    assert [q.max for q in at["QN"].quotas] == [1, 1]


def test_what_the_texts_leave_to_somebody_unnamed_is_closed_until_he_is_named() -> None:
    at = {book.profile.id: book.profile for book in BOOKS}
    assert [p.cite for p in at["BDM"].closed("extract")] == ["Đ2.2 g2"]
    assert not at["BDM"].closed("provide")  # Đ2.2 g3 names the department
    assert at["BDP"].closed("extract") and at["BDP"].closed("provide")
    assert [p.cite for p in at["QN"].closed("provide")] == ["Đ21.3"] and not at["QN"].closed("extract")
    assert not at["DN"].closed("extract") and not at["DN"].closed("provide")  # Đ5 names who decides
