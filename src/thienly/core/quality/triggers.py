"""The database itself refuses to change a finished connection test, or to delete one.

As for the ledger's triggers: a later migration that alters this table on SQLite must run `create` again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "quality_connectiontest"
MESSAGE = "a finished connection test stands"

_POSTGRES = f"""
CREATE OR REPLACE FUNCTION connection_test_stands() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
  IF OLD.finished_at IS NOT NULL THEN RAISE EXCEPTION '{MESSAGE}'; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER connection_test_stands BEFORE UPDATE OR DELETE ON {TABLE}
  FOR EACH ROW EXECUTE FUNCTION connection_test_stands();
"""
_SQLITE = tuple(
    f"CREATE TRIGGER connection_test_no_{act.lower()} BEFORE {act} ON {TABLE} "
    f"WHEN OLD.finished_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for act in ("UPDATE", "DELETE")
)


def create(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for statement in (_POSTGRES,) if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that should be there and are not."""
    postgres = connection.vendor == "postgresql"
    wanted = (
        {"connection_test_stands"} if postgres else {"connection_test_no_update", "connection_test_no_delete"}
    )
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if postgres
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


def drop(connection: BaseDatabaseWrapper) -> None:
    """For reversing the migration, and for tests that empty the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS connection_test_stands ON {TABLE}")
        else:
            for act in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS connection_test_no_{act}")
