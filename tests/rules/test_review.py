"""When a review of rights is due, and who answers for a right."""

from datetime import UTC, date, datetime

from thienly.core.regulation.shelf import first, shelf
from thienly.rules.review import REVIEW, duty, may_decide, next_due, quarter_of

TODAY = date(2026, 11, 25)


def test_the_interval_is_the_regulations_or_what_a_document_settles() -> None:
    qn = first()["QN"]
    unsettled = duty([(qn, {})], TODAY)
    assert unsettled is not None and unsettled.every == 6 * 31
    assert unsettled.cite == "QN Đ6.4; QN Đ17.1"
    settled = duty([(qn, {"par-review-every": "P90D"})], TODAY)
    assert settled is not None and settled.every == 90


def test_of_several_regulations_the_shortest_counts_and_of_those_not_in_force_none() -> None:
    qn = first()["QN"]
    nb = shelf().book("NB")
    assert nb is not None  # its copy does not say from when: it is not in force
    assert duty([(nb.profile, {"par-review-every": "P30D"})], TODAY) is None
    head = nb.profile.profile.model_copy(update={"effective_from": date(2024, 2, 1)})
    held = nb.profile.model_copy(update={"profile": head})
    both = duty([(qn, {}), (held, {"par-review-every": "P30D"})], TODAY)
    assert both is not None and both.every == 30 and "NB Đ6.1, Đ10.2" in both.cite


def test_nobody_answers_for_his_own_right_whatever_he_is() -> None:
    for responsible in (True, False):
        for administers in (True, False):
            said = may_decide(deciding="a", holder="a", responsible=responsible, administers=administers)
            assert said == "own"
    assert may_decide(deciding="a", holder="b", responsible=True, administers=False) == ""
    assert may_decide(deciding="a", holder="b", responsible=False, administers=True) == ""
    assert may_decide(deciding="a", holder="b", responsible=False, administers=False) == "not_responsible"


def test_the_next_one_is_counted_from_the_last_or_from_when_the_regulations_hold_here() -> None:
    since, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert next_due(last=None, since=since, every=31) == datetime(2026, 2, 1, tzinfo=UTC)
    assert next_due(last=last, since=since, every=31) == datetime(2026, 4, 1, tzinfo=UTC)
    assert quarter_of(TODAY) == "2026-Q4" and quarter_of(date(2026, 3, 31)) == "2026-Q1"


def test_what_has_lapsed_can_still_be_answered_for() -> None:
    assert REVIEW.transition(state="lapsed", action="complete").to == "completed"
    assert "lapsed" not in REVIEW.closed
