"""The database itself refuses to rewrite history: triggers on entries and checkpoints, for both databases.

A later migration that alters these tables on SQLite rebuilds them, and with that loses their triggers: it
must run `create` again.
"""

from typing import Literal

from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = ("ledger_entry", "ledger_checkpoint")
KEY = "seq"
MESSAGE = "history is append-only"

POSTGRES_FUNCTION = f"""
CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{MESSAGE}: % on %', TG_OP, TG_TABLE_NAME; END $$
"""


def create(connection: BaseDatabaseWrapper) -> None:
    _run(connection, "create")


def drop(connection: BaseDatabaseWrapper) -> None:
    """For reversing the migration, and for tests that play the attacker or empty the database."""
    _run(connection, "drop")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers that should be there and are not."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {row[0] for row in cursor.fetchall()}
    statements = _postgres if connection.vendor == "postgresql" else _sqlite
    return sorted({name for table in TABLES for name in statements(table)} - there)


def _run(connection: BaseDatabaseWrapper, what: Literal["create", "drop"]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and what == "create":
            cursor.execute(POSTGRES_FUNCTION)
        for table in TABLES:
            statements = _postgres(table) if connection.vendor == "postgresql" else _sqlite(table)
            for name, statement in statements.items():
                if what == "create":
                    cursor.execute(statement)
                else:
                    on = f" ON {table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _postgres(table: str) -> dict[str, str]:
    act = "EXECUTE FUNCTION ledger_append_only()"
    return {
        f"{table}_keep": f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {act}",
        f"{table}_whole": f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
    }


def _sqlite(table: str) -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    # INSERT OR REPLACE deletes the old row without firing delete triggers, hence the third one.
    taken = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {KEY} = NEW.{KEY})"  # noqa: S608 - constants
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {taken} {refuse}",
    }
