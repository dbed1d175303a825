"""Writers do not wait for the disk while others wait for them; who wrote waits for it before he goes on."""

import pytest
from django.db import connection, transaction

from thienly.core.access.actor import Actor
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.writer import record

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor.machine("test")


def ask(query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def as_in_life() -> None:
    """The tests' server does not flush; this connection asks for it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite flushes by its own rules")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")


def test_what_was_written_is_flushed_before_the_writer_goes_on() -> None:
    for _ in range(20):  # the server's own beat of 200 ms would hide one
        with transaction.atomic():
            record(actor=ACTOR, kind=Kind.INSTALLED)
            assert ask("SHOW synchronous_commit") == "off"  # the commit lets the next writer in at once
            with transaction.atomic():
                record(actor=ACTOR, kind=Kind.INSTALLED)
            written = ask("SELECT pg_current_wal_insert_lsn()")
        assert ask(f"SELECT pg_current_wal_flush_lsn() >= '{written}'") == "True"
        assert ask("SHOW synchronous_commit") == "on"


def test_an_entry_that_a_savepoint_took_back_leaves_the_commit_as_it_was() -> None:
    with transaction.atomic():
        with pytest.raises(RuntimeError), transaction.atomic():
            record(actor=ACTOR, kind=Kind.INSTALLED)
            raise RuntimeError
        assert ask("SHOW synchronous_commit") == "on"
        assert connection.run_on_commit == []
    assert not Entry.objects.exists()
