"""Two versions of a regulation, compared in words."""

import pytest

from thienly.core.regulation.shelf import shelf
from thienly.rules.actions import Action
from thienly.rules.profile import Profile
from thienly.rules.profile_diff import FIELDS, SECTIONS, Sort, diff
from thienly.rules.profile_sections import Limit

BOOKS = list(shelf().books.values())


def quang_ninh(**sections: object) -> Profile:
    book = shelf().book("QN")
    assert book is not None
    return book.profile.model_copy(update=sections)


@pytest.mark.parametrize("book", BOOKS, ids=[book.profile.id for book in BOOKS])
def test_a_version_does_not_differ_from_itself(book: object) -> None:
    profile = book.profile  # type: ignore[attr-defined]
    assert diff(profile, profile.model_copy(deep=True)) == []


@pytest.mark.req_part("QN-102", "NB-064")
def test_a_shorter_deadline_is_one_change_and_told_in_both_languages() -> None:
    before = quang_ninh()
    clocks = list(before.clocks)
    place = next(number for number, clock in enumerate(clocks) if clock.id == "c-repair")
    clocks[place] = clocks[place].model_copy(update={"limit": Limit(n=3, unit="working_day")})
    (change,) = diff(before, quang_ninh(clocks=clocks))
    assert change.sort is Sort.CHANGED and change.cite == "Đ14.2"
    assert change.words("vi") == (
        "Sửa thời hạn c-repair (Đ14.2): thời hạn từ “n 5, unit working_day” thành “n 3, unit working_day”"
    )
    assert change.words("en") == (
        "Changed: deadline c-repair (Đ14.2): limit from “n 5, unit working_day” to “n 3, unit working_day”"
    )


def test_what_is_added_and_what_is_taken_away_is_named_with_its_article() -> None:
    before = quang_ninh()
    after = quang_ninh(grants=[g for g in before.grants if g.id != "g-ioc"])
    assert [c.words("vi") for c in diff(before, after)] == ["Bỏ quyền g-ioc (Đ6.3, Đ3.4, Đ9.1)"]
    assert [c.words("en") for c in diff(after, before)] == ["Added: right g-ioc (Đ6.3, Đ3.4, Đ9.1)"]


def test_the_order_of_a_list_is_no_change_but_a_further_action_is() -> None:
    before = quang_ninh()
    approvals = [a.model_copy(update={"approver": a.approver[::-1]}) for a in before.approvals]
    assert diff(before, quang_ninh(approvals=approvals)) == []
    grants = list(before.grants)
    grants[0] = grants[0].model_copy(update={"actions": grants[0].actions | {Action.EXTRACT}})
    (change,) = diff(before, quang_ninh(grants=grants))
    assert "extract" in change.fields[0][2] and "extract" not in change.fields[0][1]


def test_the_number_of_the_document_and_its_day_are_compared_too() -> None:
    before = quang_ninh()
    head = before.profile.model_copy(update={"number": "5/2027/QĐ-UBND", "version": 2})
    (change,) = diff(before, quang_ninh(profile=head))
    assert change.section == "profile"
    assert {name for name, _, _ in change.fields} == {"number", "version"}
    assert "5/2027/QĐ-UBND" in change.words("vi")


def test_every_section_and_every_common_field_has_a_name_in_both_languages() -> None:
    assert set(Profile.sections()) | {"profile"} == set(SECTIONS)
    assert all(vi and en for vi, en in [*SECTIONS.values(), *FIELDS.values()])
