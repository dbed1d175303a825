"""Each way in which a service of the platform goes away is noticed, and told with its cause."""

from datetime import timedelta

import pytest

from tests.core.availability.scene import BEGIN, KINDS, ROUND, Platform, told
from thienly.core.availability.measuring import lost_services, say_stopping
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NEWS = (Kind.SERVICE_LOST, Kind.SERVICE_BACK)


def running() -> Platform:
    platform = Platform()
    platform.run(ROUND * 2)
    return platform


def test_every_service_is_measured_from_its_first_sign_of_life_and_told_once() -> None:
    platform = running()
    platform.run(ROUND * 3)
    assert sorted(told()) == [
        ("watched", name, "") for name in ("bus", "database", "gateway", "recorder:r1", "steward")
    ]


def test_a_recorder_that_falls_silent_is_an_event_and_its_return_says_whether_it_was_a_new_process() -> None:
    platform = running()
    platform.run(MINUTE, recorder=False)
    lost = Entry.objects.get(kind=Kind.SERVICE_LOST)
    assert (lost.object_id, lost.detail["cause"]) == ("recorder:r1", "no_sign")
    assert lost.detail["since"] == (BEGIN + ROUND * 2).isoformat()
    assert timedelta() < lost.at - (BEGIN + ROUND * 2) < timedelta(minutes=2)
    assert [row.name for row in lost_services()] == ["recorder:r1"]
    platform.run(ROUND, started=platform.now)
    platform.run(MINUTE, recorder=False)
    platform.run(ROUND, started=platform.now - MINUTE - ROUND)
    assert [cause for _, _, cause in told(Kind.SERVICE_BACK)] == ["restarted", "cut_off"]
    assert not lost_services().exists()


def test_what_is_shorter_than_the_signs_of_life_is_no_outage() -> None:
    platform = running()
    platform.run(ROUND * 2, recorder=False, gateway=False, bus=False)
    platform.run(ROUND)
    assert told(*NEWS) == []


def test_while_the_bus_is_away_recorders_are_not_blamed_and_have_time_to_be_heard_again() -> None:
    platform = running()
    platform.run(MINUTE, bus=False)
    platform.run(ROUND * 2, recorder=False)  # the bus is back; the recorder connects again
    platform.run(ROUND * 2)
    assert told(*NEWS) == [("lost", "bus", "no_sign"), ("back", "bus", "")]


def test_pages_that_do_not_answer_are_an_outage_of_the_gateway() -> None:
    platform = running()
    platform.run(MINUTE, gateway=False)
    platform.run(ROUND)
    assert told(*NEWS) == [("lost", "gateway", "no_sign"), ("back", "gateway", "")]


@pytest.mark.parametrize(
    ("cause", "asked", "same", "booted"),
    [
        ("killed", False, False, False),
        ("stopped", True, False, False),
        ("machine", False, False, True),
        ("cut_off", False, True, False),
    ],
)
def test_the_measurer_tells_its_own_absence_when_it_is_back(
    cause: str, asked: bool, same: bool, booted: bool
) -> None:
    platform = running()
    if asked:
        say_stopping()
    away = platform.now
    platform.now += timedelta(hours=3)
    platform.began_at = platform.hears_since = platform.now
    platform.process = platform.process if same else "steward-2"
    platform.booted_at = platform.now - MINUTE if booted else platform.booted_at
    platform.round()
    assert told(*NEWS) == [("lost", "steward", cause), ("back", "steward", "")]
    lost, back = Entry.objects.filter(kind__in=NEWS).order_by("seq")
    assert (lost.detail["since"], back.detail["until"]) == (away.isoformat(), platform.now.isoformat())


def test_a_database_that_did_not_take_anything_is_an_outage_of_its_own() -> None:
    platform = running()
    platform.database_failed_at = platform.now + ROUND
    platform.now += timedelta(minutes=5)
    platform.hears_since = platform.now
    platform.round()
    platform.run(ROUND * 2)
    assert told(*NEWS) == [("lost", "database", "no_sign"), ("back", "database", "")]
    assert len(told(*KINDS)) == 7
