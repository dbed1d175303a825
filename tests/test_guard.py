"""The write guard fails a service that changes the world without telling history, and no other."""

import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from tests import guard
from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.units.models import Unit

MACHINE = Actor.machine("test")


def _unit(name: str) -> Unit:
    return Unit.objects.create(name=name, folded=name, kind="department", valid_from=date(2026, 1, 1))


@service
def careless(*, actor: Actor) -> None:
    _unit("without history")


@service
def careful(*, actor: Actor) -> None:
    record(actor=actor, kind=Kind.UNIT_CREATED, obj=_unit("with history"))


@service
def careless_inside_careful(*, actor: Actor) -> None:
    careless(actor=actor)
    record(actor=actor, kind=Kind.UNIT_CREATED)


@service
def forgets_its_history(*, actor: Actor) -> None:
    _unit("told, then untold")
    try:
        with transaction.atomic():
            record(actor=actor, kind=Kind.UNIT_CREATED)
            raise RuntimeError
    except RuntimeError:
        pass


@pytest.mark.django_db
def test_a_service_that_writes_without_the_ledger_is_caught() -> None:
    with guard.expected_breaches() as breaches:
        careless(actor=MACHINE)
    assert len(breaches) == 1
    assert "units_unit" in breaches[0]


@pytest.mark.django_db(transaction=True)
def test_it_is_caught_as_well_where_the_test_has_no_transaction_of_its_own() -> None:
    with guard.expected_breaches() as breaches:
        careless(actor=MACHINE)
        careful(actor=MACHINE)
    assert len(breaches) == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_caught_in_another_thread() -> None:
    def run() -> None:
        careless(actor=MACHINE)
        connections.close_all()

    with guard.expected_breaches() as breaches:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(20)
    assert len(breaches) == 1


@pytest.mark.django_db
def test_a_service_that_tells_its_act_passes_also_around_a_helper_that_does_not() -> None:
    with guard.expected_breaches() as breaches:
        careful(actor=MACHINE)
        careless_inside_careful(actor=MACHINE)
    assert breaches == []


@pytest.mark.django_db
def test_an_entry_of_the_transaction_before_does_not_excuse_the_next() -> None:
    with guard.expected_breaches() as breaches:
        careful(actor=MACHINE)
        careless(actor=MACHINE)
    assert len(breaches) == 1


@pytest.mark.django_db
def test_an_entry_that_was_rolled_back_excuses_nothing() -> None:
    with guard.expected_breaches() as breaches:
        forgets_its_history(actor=MACHINE)
    assert len(breaches) == 1


@pytest.mark.django_db
def test_a_write_that_was_rolled_back_needs_no_entry() -> None:
    with guard.expected_breaches() as breaches:
        with pytest.raises(RuntimeError), transaction.atomic():
            _unit("never was")
            raise RuntimeError
        with transaction.atomic():
            _unit("never was either")
            transaction.set_rollback(True)
    assert breaches == []


@pytest.mark.django_db
def test_a_write_outside_any_transaction_and_raw_sql_are_caught() -> None:
    with guard.setting_the_scene():
        _unit("a")
    with guard.expected_breaches() as breaches:
        Unit.objects.update(name="b")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE units_unit SET name = 'c'")
            cursor.execute("DELETE FROM units_unit WHERE name = 'nobody'")
    assert len(breaches) == 2
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_setting_the_scene_needs_no_history_and_neither_does_the_last_login() -> None:
    with guard.setting_the_scene():
        account = Account.objects.create(username="trucban", full_name="Trần Thị Bình", folded="")
    with guard.expected_breaches() as breaches:
        account.last_login = datetime.now(UTC)
        account.save(update_fields=["last_login"])
        account.title = "trực ban"
        account.save(update_fields=["last_login", "title"])
    assert len(breaches) == 1


def test_the_guard_fails_the_test_itself() -> None:
    here = Path(__file__).parent
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{here}/careless.py"],
        cwd=here.parent,
        # Not this process's installation: the inner one makes its own, as conftest does for every run.
        env={k: v for k, v in os.environ.items() if not k.startswith(("THIENLY_", "DJANGO_SETTINGS"))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 failed" in result.stdout
    assert "written without history" in result.stdout
