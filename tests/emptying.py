"""Between transactional tests Django empties the database, which the ledger's triggers rightly refuse.

The test runner alone may lift them, for as long as the emptying takes.
"""

from collections.abc import Sequence

from django.db.backends.base.operations import BaseDatabaseOperations

from tests.guard import setting_the_scene
from thienly.core.ledger import triggers
from thienly.core.quality import triggers as tests_stand


def install() -> None:
    """Called once by conftest, after Django is set up."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def empty_with_triggers_lifted(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        triggers.drop(operations.connection)
        tests_stand.drop(operations.connection)
        try:
            with setting_the_scene():
                empty(operations, statements)
        finally:
            triggers.create(operations.connection)
            tests_stand.create(operations.connection)

    BaseDatabaseOperations.execute_sql_flush = empty_with_triggers_lifted  # type: ignore[method-assign,assignment]
