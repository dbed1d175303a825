"""Between transactional tests the database is emptied: only the tables in which there is something.

Django's own way empties all of them, and then lays content types and permissions anew; those stay here. The
ledger's triggers rightly refuse to be emptied: the test runner alone may lift them, for as long as it takes.
"""

from functools import cache

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

from tests.guard import setting_the_scene
from thienly.core.ledger import triggers
from thienly.core.quality import triggers as tests_stand

FROM_MIGRATIONS = {"django_content_type", "auth_permission"}


def install() -> None:
    """Called once by conftest, after Django is set up."""

    def teardown(case: TransactionTestCase) -> None:
        for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            empty(connections[name])

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]


def empty(connection: BaseDatabaseWrapper) -> None:
    """Waits for transactions that others have open, as a TRUNCATE would."""
    with setting_the_scene(), transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        tables = _tables(connection.alias)
        if connection.vendor == "postgresql":
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
        # Models' tables are plain words: nothing needs quoting.
        each = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)  # noqa: S608
        cursor.execute(" UNION ALL ".join(each))
        filled = [row[0] for row in cursor.fetchall()]
        lifted = [
            kind
            for kind, guarded in ((triggers, triggers.TABLES), (tests_stand, (tests_stand.TABLE,)))
            if connection.vendor == "sqlite" and not set(guarded).isdisjoint(filled)
        ]
        for kind in lifted:
            kind.drop(connection)
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        for kind in lifted:
            kind.create(connection)


@cache
def _tables(alias: str) -> list[str]:
    names = connections[alias].introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - FROM_MIGRATIONS)
