"""Facts on the stream become rows, whatever happens to the steward, the bus or a fact."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.core.recording.scene import camera, closed, gap, status
from tests.nats import nats_server
from tests.steward.house import House, eventually, stop
from thienly.bus import subjects
from thienly.bus.client import Bus
from thienly.bus.messages import Fact
from thienly.core.ledger.models import Entry
from thienly.core.recording.models import CameraState, Coverage, Gap
from thienly.core.registry.models import Camera
from thienly.rules.coverage import count


def recorded(camera: Camera) -> int:
    return sum(count(bytes(row.seconds)) for row in Coverage.objects.filter(camera=camera))


async def _waiting(bus: Bus) -> int:
    """Facts that the steward has not acknowledged."""
    info = await bus.js.consumer_info(subjects.FACTS_STREAM, subjects.STEWARD_CONSUMER)
    return (info.num_pending or 0) + (info.num_ack_pending or 0)


async def _delivered(bus: Bus) -> int:
    """Facts that a steward holds and has not acknowledged."""
    return (await bus.js.consumer_info(subjects.FACTS_STREAM, subjects.STEWARD_CONSUMER)).num_ack_pending or 0


@contextmanager
def writing_locked() -> Iterator[None]:
    """Whoever wants to write coverage waits for the end of the block."""
    with transaction.atomic():  # which alone suffices on SQLite
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {Coverage._meta.db_table} IN EXCLUSIVE MODE")
        yield


def test_facts_become_rows_and_are_then_acknowledged(home: House) -> None:
    one = camera()
    home.publish(status(one, "recording", 0), closed(one, 0, 60), gap(one, "g", 60, 90), closed(one, 90, 150))
    with home.steward() as process:
        eventually(lambda: recorded(one) == 120)
        assert CameraState.objects.get(camera=one).state == "recording"
        assert Gap.objects.get().reason == "stalled"
        eventually(lambda: home.on_bus(_waiting) == 0)
        assert stop(process) == 0
    assert "steward_stopped" in home.log


def test_a_fact_that_makes_no_sense_does_not_hold_up_those_behind_it(home: House) -> None:
    one = camera()

    async def rubbish(bus: Bus) -> None:
        await bus.publish_raw_fact(subjects.fact("segment", "r1", one.id.hex), b"not json", "rubbish-1")
        await bus.publish_raw_fact(subjects.fact("nonsense", "r1", one.id.hex), b"{}", "rubbish-2")
        await bus.publish_fact(closed(one, 60, 0))
        other = closed(one, 60, 120)
        await bus.publish_raw_fact(subjects.fact("segment", "r9", one.id.hex), other.encode(), "of-another")

    home.on_bus(rubbish)
    home.publish(closed(one, 0, 60))
    with home.steward():
        eventually(lambda: recorded(one) == 60)
        eventually(lambda: home.on_bus(_waiting) == 0)
    assert home.log.count("fact_refused") == 4


def test_a_steward_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(home: House) -> None:
    cameras = [camera(f"C-{n}") for n in range(5)]
    minutes = 200
    facts: list[Fact] = [closed(one, m * 60, m * 60 + 60) for m in range(minutes) for one in cameras]
    facts += [gap(one, f"g-{one.code}", minutes * 60, minutes * 60 + 30) for one in cameras]
    home.publish(*facts)
    process = home.start()
    try:
        with writing_locked():
            eventually(lambda: home.on_bus(_delivered) > 0)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    finally:
        process.kill()
    assert not Coverage.objects.exists()
    with home.steward():
        expected = [minutes * 60] * len(cameras)
        eventually(lambda: [recorded(one) for one in cameras] == expected, within_s=60)
        eventually(lambda: home.on_bus(_waiting) == 0, within_s=60)
        eventually(lambda: Entry.objects.filter(kind="gap.recorded").count() == len(cameras))
    assert Gap.objects.count() == len(cameras)
    assert Coverage.objects.count() == len(cameras) * 4


def test_the_bus_killed_and_started_again_is_found_again_and_no_fact_is_lost(home: House) -> None:
    one = camera()
    with home.steward() as process:
        home.publish(closed(one, 0, 60))
        eventually(lambda: recorded(one) == 60)
        home.kill_bus()
        with nats_server(home.data / "nats"):
            home.publish(closed(one, 60, 120))
            eventually(lambda: recorded(one) == 120, within_s=30)
            assert process.poll() is None
            assert stop(process) == 0
    assert not Gap.objects.exists()


def test_a_database_that_is_away_for_a_while_costs_no_fact(home: House) -> None:
    one = camera()
    table = Coverage._meta.db_table
    with home.steward() as process:
        eventually(lambda: "steward_started" in home.log)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            home.publish(closed(one, 0, 60))
            eventually(lambda: "database_away" in home.log)
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
        eventually(lambda: recorded(one) == 60)
        assert process.poll() is None


@pytest.mark.skipif(os.environ.get("THIENLY_TEST_DB") != "postgres", reason="SQLite has no server to cut off")
def test_connections_that_the_database_server_cut_are_made_again(home: House) -> None:
    one = camera()
    with home.steward() as process:
        for minute in range(4):
            home.publish(closed(one, minute * 60, minute * 60 + 60))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        eventually(lambda: recorded(one) == 240)
        assert process.poll() is None


def test_the_steward_has_no_secret_in_its_command(home: House) -> None:
    with home.steward() as process:
        eventually(lambda: "steward_started" in home.log)
        listed = subprocess.run(
            ["ps", "-o", "args=", "-p", str(process.pid)], capture_output=True, check=True
        )
        assert home.login.password not in listed.stdout.decode()
    assert home.login.password not in home.log
