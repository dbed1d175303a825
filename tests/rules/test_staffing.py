"""Posts that a regulation names and nobody holds."""

from datetime import date

import pytest

from thienly.core.regulation.shelf import shelf
from thienly.rules.profile import Profile
from thienly.rules.staffing import lacking

DAY = date(2026, 11, 25)


def regulation(name: str) -> Profile:
    book = shelf().book(name)
    assert book is not None
    head = book.profile.profile
    begun = head.model_copy(update={"effective_from": head.effective_from or date(2024, 1, 1)})
    return book.profile.model_copy(update={"profile": begun})


RULES = {name: regulation(name) for name in ("QN", "NB")}


def told(functions: list[str], held: dict[tuple[str, str], int]) -> list[tuple[str, int, int, str]]:
    found = lacking(functions=functions, held=held, profiles=RULES, day=DAY)
    return [(lack.role, lack.have, lack.want, lack.cite) for lack in found]


@pytest.mark.req_part("QN-109")
def test_exactly_one_leader_is_in_charge_of_contact() -> None:
    assert told(["camera_manager"], {}) == [("cam_contact", 0, 1, "QN Đ20.1")]
    assert told(["camera_manager"], {("QN", "cam_contact"): 1}) == []
    # A member of another role does not fill the post, nor does the same name in another regulation.
    assert told(["data_user"], {("QN", "cam_contact"): 1, ("NB", "user_contact"): 1}) == [
        ("user_contact", 0, 1, "QN Đ21.1")
    ]


def test_a_district_has_three_accounts_and_a_commune_two() -> None:
    assert [role for role, *_ in told(["ubnd_huyen"], {})] == [
        "district_leader",
        "district_head",
        "district_specialist",
    ]
    one = told(["ubnd_xa"], {("NB", "commune_leader"): 1})
    assert one == [("commune_specialist", 0, 1, "NB Đ6.3c")]


def test_a_unit_without_such_a_function_lacks_nobody() -> None:
    assert told(["central_manager"], {}) == []
    assert lacking(functions=["camera_manager"], held={}, profiles=RULES, day=date(2010, 1, 1)) == []
