"""What a regulation leaves open is read and settled in words, not in codes."""

from django.utils import translation

from tests.web.conftest import People
from thienly.core.regulation.models import Settlement
from thienly.core.regulation.shelf import shelf
from thienly.web.words.parameters import choice_words, choices_of, duration_words, interval_words, value_words


def test_every_value_that_the_regulations_suggest_reads_as_words() -> None:
    with translation.override("vi"):
        for book in shelf().books.values():
            for one in book.profile.parameters:
                for value in filter(None, (one.value, one.proposal, *one.choices)):
                    said = value_words(one, value)
                    coded = one.kind in ("duration", "choice", "yes_no")
                    assert (said != value) is coded, (one.id, said)
        assert [duration_words(n, u) for n, u in ((30, "D"), (6, "M"))] == ["30 ngày", "6 tháng"]
        assert [interval_words(days) for days in (186, 366, 30)] == ["6 tháng", "1 năm", "30 ngày"]
        assert choice_words("warn_then_close") == "cảnh báo, sau đó đóng"


def test_a_time_is_settled_as_a_number_with_its_unit_and_a_choice_among_words(people: People) -> None:
    admin = people.admin()
    page = admin.get("/regulation/QN/").content.decode()
    assert "P90D" not in page and "90 ngày" in page and '<option value="enforce">' in page
    given = {"number": "12/QĐ-UBND", "issued": "2026-03-02", "issuer": "UBND tỉnh"}
    for parameter, value in (
        ("par-retention-min", {"value": "45", "unit": "D"}),
        ("par-legacy-gates", {"value": "enforce"}),
        ("par-password-age", {"value": "0", "unit": "D"}),
    ):
        admin.post("/regulation/QN/settle/", given | value | {"parameter": parameter})
    settled = dict(Settlement.objects.values_list("parameter", "value"))
    assert settled == {"par-retention-min": "P45D", "par-legacy-gates": "enforce"}
    assert "45 ngày" in admin.get("/regulation/QN/").content.decode()


def test_yes_and_no_are_offered_as_words() -> None:
    yes_no = next(
        one for book in shelf().books.values() for one in book.profile.parameters if one.kind == "yes_no"
    )
    with translation.override("en"):
        assert choices_of(yes_no) == [("yes", "yes"), ("no", "no")]
