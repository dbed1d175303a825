"""How long a class is kept: the longest promise wins, the installation keeps longer and never shorter."""

import pytest
from pydantic import ValidationError

from thienly.core.regulation.shelf import first, shelf
from thienly.rules.profile import Profile, Retention
from thienly.rules.retention import Keep
from thienly.rules.retention_class import BelowFloor, Kept, Override, check, kept

CLASSES = [("mining", "mine"), ("one_stop", "one_stop"), ("security", "public_place")]
DN = Retention(id="ret-7d", scope="all", min="P7D", max=None, basis="explicit", cite="Đ6.2")


def regulation(name: str, *rules: Retention) -> Profile:
    """A profile with no other rules than these."""
    known = first()["QN"]
    head = known.profile.model_copy(update={"id": name})
    return known.model_copy(update={"profile": head, "retention": list(rules)})


def days(
    sector: str, site: str, *overrides: Override, by: tuple[Profile, ...] = (), default: int = 7
) -> tuple[int, int, int, str]:
    found: Kept = kept(sector=sector, site=site, profiles=by, overrides=overrides, default=default)
    keep: Keep = found.keep
    return keep.floor, keep.target, keep.ceiling, found.cite


@pytest.mark.req_part("DN-021")
def test_seven_days_of_da_nang_are_the_floor_of_every_camera() -> None:
    dn = regulation("DN", DN)
    assert days("one_stop", "one_stop", by=(dn,), default=3) == (7, 7, 7, "DN Đ6.2")
    assert days("mining", "mine", by=(dn,), default=30) == (7, 30, 30, "DN Đ6.2")


def test_the_seven_days_of_dong_nai_bind_one_stop_shops_and_nothing_else() -> None:
    book = shelf().book("DN")
    assert book is not None
    assert days("one_stop", "one_stop", by=(book.profile,), default=3) == (7, 7, 7, "DN Đ6.2")
    assert days("mining", "mine", by=(book.profile,), default=3) == (0, 3, 3, "")


def test_where_no_regulation_gives_a_number_nothing_is_promised() -> None:
    assert days("mining", "mine", by=(first()["QN"],), default=7) == (0, 7, 7, "")


@pytest.mark.req_part("QN-074")
def test_the_number_that_quang_ninh_leaves_to_a_document_is_named_with_the_document() -> None:
    qn = first()["QN"]
    prescribed = Override("all", floor=15, document="QĐ 12/2026/QĐ-UBND")
    assert days("mining", "mine", prescribed, by=(qn,)) == (15, 15, 15, "QĐ 12/2026/QĐ-UBND")
    check(classes=CLASSES, profiles=[qn], overrides=[prescribed])
    with pytest.raises(ValueError, match="document"):
        check(classes=CLASSES, profiles=[qn], overrides=[Override("all", floor=15)])


def test_of_several_regulations_the_longest_promise_wins_for_its_class_only() -> None:
    other = regulation(
        "XX", Retention(id="ret-mine", scope="site:mine", min="P3M", max=None, basis="explicit", cite="Đ9")
    )
    both = (regulation("DN", DN), other)
    assert days("mining", "mine", by=both)[0::3] == (93, "XX Đ9")
    assert days("mining", "depot", by=both)[0::3] == (7, "DN Đ6.2")


def test_what_is_said_of_a_place_goes_before_its_field_and_before_all() -> None:
    said = (
        Override("all", target=10, ceiling=20),
        Override("sector:mining", target=30, ceiling=60),
        Override("site:mine", ceiling=90),
    )
    assert days("mining", "mine", *said)[:3] == (0, 90, 90)
    assert days("mining", "depot", *said)[:3] == (0, 30, 60)
    assert days("health", "hospital", *said)[:3] == (0, 10, 20)


@pytest.mark.parametrize(
    "override",
    [
        Override("all", target=5),
        Override("sector:mining", ceiling=6),
        Override("site:mine", floor=3, document="9/QĐ"),
    ],
)
def test_an_installation_that_would_keep_less_than_is_promised_is_refused_with_the_article(
    override: Override,
) -> None:
    with pytest.raises(BelowFloor, match=r"DN Đ6\.2") as refused:
        check(classes=CLASSES, profiles=[regulation("DN", DN)], overrides=[override])
    assert refused.value.scope == override.scope and refused.value.floor == 7
    check(classes=CLASSES, profiles=[], overrides=[override])  # where nothing is promised it may


def test_keeping_longer_is_not_refused() -> None:
    longer = [Override("all", target=30, ceiling=90), Override("site:mine", floor=20, document="9/QĐ")]
    check(classes=CLASSES, profiles=[regulation("DN", DN)], overrides=longer)


@pytest.mark.parametrize(
    "override",
    [Override("mines", target=9), Override("site:", target=9), Override("all", target=9, ceiling=8)],
)
def test_an_override_that_makes_no_sense_is_refused(override: Override) -> None:
    with pytest.raises(ValueError, match=override.scope):
        check(classes=CLASSES, profiles=[], overrides=[override])


@pytest.mark.parametrize("wrong", [{"min": "7 days"}, {"scope": "mines"}, {"min": "P0D"}])
def test_a_profile_whose_retention_cannot_be_read_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Retention.model_validate(
            {"id": "r", "scope": "all", "min": "P7D", "max": None, "basis": "explicit", "cite": "Đ1"} | wrong
        )
