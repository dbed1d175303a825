"""What somebody must still do before anything else; the strictest of several rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from thienly.rules.entrance import Duty, Policy, Seen, Standing, days_left, elsewhere, next_duty

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
FREE = Standing(
    password_set_at=NOW - timedelta(days=10),
    issued=False,
    by_password=True,
    has_second_step=True,
    acknowledged=True,
    active_at=NOW - timedelta(minutes=1),
)
STRICT = Policy(password_days=90, idle_minutes=15, second_step=True)


@pytest.mark.parametrize(
    ("change", "duty"),
    [
        ({}, None),
        ({"acknowledged": False}, Duty.ACKNOWLEDGE),
        ({"has_second_step": False, "acknowledged": False}, Duty.SECOND_STEP),
        ({"issued": True, "has_second_step": False}, Duty.PASSWORD),
        ({"password_set_at": NOW - timedelta(days=90)}, Duty.PASSWORD),
        ({"password_set_at": NOW - timedelta(days=90) + timedelta(seconds=1)}, None),
        ({"password_set_at": NOW - timedelta(days=900), "by_password": False}, None),
        ({"active_at": NOW - timedelta(minutes=15), "issued": True}, Duty.UNLOCK),
        ({"active_at": NOW - timedelta(minutes=14, seconds=59)}, None),
        ({"active_at": None}, None),
        ({"locked": True}, Duty.UNLOCK),
    ],
)
def test_one_thing_is_asked_at_a_time_in_order(change: dict[str, object], duty: Duty | None) -> None:
    assert next_duty(replace(FREE, **change), STRICT, NOW) is duty  # type: ignore[arg-type]  # fields by name


def test_without_rules_only_the_declaration_is_asked() -> None:
    bare = replace(FREE, has_second_step=False, active_at=NOW - timedelta(days=1))
    assert next_duty(bare, Policy(), NOW) is None
    assert next_duty(replace(bare, acknowledged=False), Policy(), NOW) is Duty.ACKNOWLEDGE


def test_of_several_numbers_the_strictest_holds_and_says_where_it_stands() -> None:
    policy = Policy(password_length=10, idle_minutes=15)
    policy = policy.at_least("password_days", 90, "QN Đ11.3").at_least("password_days", 60, "NB Đ6.1")
    policy = policy.at_least("password_days", 180, "BDM Đ2.1").at_least("password_length", 8, "X Đ1")
    policy = policy.at_least("idle_minutes", 30, "X Đ2").at_least("password_length", 12, "X Đ3")
    assert (policy.password_days, policy.password_length, policy.idle_minutes) == (60, 12, 15)
    assert policy.cites == {"password_days": "NB Đ6.1", "password_length": "X Đ3"}


def test_two_addresses_within_a_short_while_are_two_at_once() -> None:
    lately, long_ago = NOW - timedelta(minutes=5), NOW - timedelta(hours=2)
    assert elsewhere("192.0.2.1", [Seen("192.0.2.9", lately)], NOW) == "192.0.2.9"
    assert elsewhere("192.0.2.1", [Seen("192.0.2.1", lately)], NOW) == ""
    assert elsewhere("192.0.2.1", [Seen("192.0.2.9", long_ago)], NOW) == ""
    assert elsewhere("", [Seen("192.0.2.9", lately)], NOW) == ""
    assert elsewhere("192.0.2.1", [Seen("", lately)], NOW) == ""


def test_days_until_the_password_must_be_changed() -> None:
    assert days_left(NOW - timedelta(days=80), STRICT, NOW) == 10
    assert days_left(NOW - timedelta(days=100), STRICT, NOW) == 0
    assert days_left(NOW, Policy(), NOW) is None
