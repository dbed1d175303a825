"""What a regulation asks of a body, by its functions."""

import pytest

from thienly.core.regulation import shelf
from thienly.rules.owed import is_bound, owed_by
from thienly.rules.profile import Profile


def rules(name: str) -> Profile:
    book = shelf.shelf().book(name)
    assert book is not None
    return book.profile


def test_what_is_asked_by_name_comes_first_and_everybody_s_duties_follow() -> None:
    owed = owed_by(rules("BDM"), ["so_tttt"])
    names = [one.entry.id for one in owed]
    assert names[:3] == ["d-guide", "d-operate", "d-train"]
    assert {"d-supervise", "d-account"} <= set(names)
    assert "d-police-assign" not in names


def test_what_is_asked_of_a_post_is_asked_of_its_unit() -> None:
    for name in ("BDM", "BDP", "QN", "NB", "DN"):
        book = rules(name)
        posts = {role.id: role.unit for role in book.roles}
        for clock in book.clocks:
            if clock.actor in posts:
                owed = [one.entry for one in owed_by(book, [posts[clock.actor]])]
                assert clock in owed


@pytest.mark.parametrize("name", ["BDM", "BDP", "QN", "NB", "DN"])
def test_every_body_that_must_carry_it_out_has_a_duty_and_a_stranger_has_none(name: str) -> None:
    book = rules(name)
    for bound in book.bound:
        assert owed_by(book, [bound.unit]), bound.unit
        assert is_bound(book, [bound.unit]) == f"{name} {bound.cite}"
    assert owed_by(book, ["hoi_chu_thap_do"]) == []
    assert is_bound(book, ["hoi_chu_thap_do"]) == ""
