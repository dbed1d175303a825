"""The database refuses to rewrite history, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from thienly.core.access.actor import Actor
from thienly.core.ledger.checkpoints import sign_checkpoint
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Checkpoint, Entry
from thienly.core.ledger.writer import record

pytestmark = pytest.mark.django_db

REWRITES = [
    "UPDATE ledger_entry SET actor_label = 'somebody else'",
    "DELETE FROM ledger_entry",
    "UPDATE ledger_checkpoint SET hash = ''",
    "DELETE FROM ledger_checkpoint",
]
OF_ONE_DATABASE = {
    "postgresql": [
        "TRUNCATE ledger_entry",
        "TRUNCATE ledger_checkpoint",
        "INSERT INTO ledger_entry TABLE ledger_entry ON CONFLICT (seq) DO UPDATE SET actor_label = 'x'",
    ],
    "sqlite": [
        "REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
        "INSERT OR REPLACE INTO ledger_checkpoint SELECT * FROM ledger_checkpoint",
    ],
}


@pytest.fixture(autouse=True)
def history() -> None:
    record(actor=Actor.machine("test"), kind=Kind.INSTALLED)
    sign_checkpoint(now=timezone.now())


@pytest.mark.parametrize("statement", REWRITES)
def test_raw_sql_cannot_rewrite_history(statement: str) -> None:
    refused(statement)


def test_nor_can_the_ways_only_this_database_has() -> None:
    for statement in OF_ONE_DATABASE[connection.vendor]:
        refused(statement)


def test_nor_can_the_models() -> None:
    entry = Entry.objects.get()
    entry.actor_label = "somebody else"
    for act in (entry.save, entry.delete, Checkpoint.objects.all().delete, Entry.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Entry.objects.get().actor_label == "test"


def test_writing_on_is_possible() -> None:
    assert record(actor=Actor.machine("test"), kind=Kind.UNIT_CREATED).seq == 2
    assert sign_checkpoint(now=timezone.now())


def refused(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert (Entry.objects.count(), Checkpoint.objects.count()) == (1, 1)
