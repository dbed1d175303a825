"""The write guard: a test fails when a transaction changed a governed table and wrote no history.

It sees every statement of every connection of the test process, also those of the live server's threads,
and judges each outermost transaction when it commits: what a savepoint rolled back does not count, the
transaction that pytest-django lays around a test does not count as one. A builder that needs rows without
telling their history says so with `setting_the_scene()`. Other processes (a steward that a test started) are
not seen.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from thienly.core.access import memory
from thienly.core.ledger.models import Entry

# What machines report many times a minute, and counters without meaning of their own: the acts behind them
# (a gap, a change of state, an appointment) have their own entries.
NOT_GOVERNED = {
    "recording_recorderstate",
    "recording_camerastate",
    "recording_coverage",
    "recording_coverageday",  # added up from coverage and gaps
    "recording_oldestproof",  # what a recorder proves every day; a broken promise has its own entry
    "recording_factseen",
    "recording_gap",  # long ones are told by core.recording.telling
    "access_accessepoch",
    "availability_servicestate",  # what counts are the entries about it
    "accounts_opensession",  # when somebody was last seen; signing in, locking, ending have their entries
    "quality_linkday",
    "quality_arrivalday",
    "quality_access",  # beside the row that closes the stream in the ledger
    "pictures_picturestate",  # what recorders measure every minute; findings have their own entries
    "storage_diskstate",
    "storage_tier",
    "storage_tierhour",
}
WRITE = re.compile(
    r'\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+"?(\w+)', re.I
)
CHAINED = re.compile(r"\s*SELECT [\w, ]+ FROM ledger_append\(", re.I)  # how an entry is written on PostgreSQL
LAST_LOGIN = re.compile(r'\s*UPDATE "accounts_account" SET "last_login" = [^,]+ WHERE', re.I)


@cache
def governed_tables() -> frozenset[str]:
    """Every table of the product's own apps but the ledger itself and `NOT_GOVERNED`."""
    tables: set[str] = set()
    for app in apps.get_app_configs():
        if app.name.startswith("thienly.") and app.label != "ledger":
            tables |= {model._meta.db_table for model in app.get_models(include_auto_created=True)}
    return frozenset(tables - NOT_GOVERNED)


@dataclass
class Frame:
    """What one atomic block has done so far."""

    writes: list[str] = field(default_factory=list)
    told: bool = False


_frames: WeakKeyDictionary[BaseDatabaseWrapper, list[Frame]] = WeakKeyDictionary()
_breaches: list[str] = []
_setting_the_scene: ContextVar[bool] = ContextVar("setting_the_scene", default=False)


@contextmanager
def setting_the_scene() -> Iterator[None]:
    """Rows written inside are the world before the test: only for builders and fixtures."""
    token = _setting_the_scene.set(True)
    try:
        yield
    finally:
        _setting_the_scene.reset(token)
        memory.forget()  # rows laid without a service move no epoch


@contextmanager
def expected_breaches() -> Iterator[list[str]]:
    """Gives the breaches of the block instead of failing the test: for the guard's own tests."""
    before = len(_breaches)
    seen: list[str] = []
    yield seen
    seen += _breaches[before:]
    del _breaches[before:]


def _watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    result = execute(sql, params, many, context)
    if CHAINED.match(sql):
        _note(context["connection"], Entry._meta.db_table, sql)
    match = WRITE.match(sql)
    if match and context["cursor"].rowcount != 0 and not LAST_LOGIN.match(sql):
        _note(context["connection"], match[1], sql)
    return result


def _note(connection: BaseDatabaseWrapper, table: str, sql: str) -> None:
    frames = _frames.setdefault(connection, [])
    if table == Entry._meta.db_table:
        if frames:
            frames[-1].told = True
    elif table in governed_tables() and not _setting_the_scene.get():
        if frames:
            frames[-1].writes.append(sql)
        else:
            _breaches.append(f"outside any transaction: {sql[:160]}")


def _close(connection: BaseDatabaseWrapper, *, kept: bool) -> None:
    frames = _frames[connection]
    frame = frames.pop()
    if not kept:
        return
    if frames:
        frames[-1].writes += frame.writes
        frames[-1].told |= frame.told
    elif frame.writes and not frame.told:
        _breaches.extend(f"no ledger entry in the same transaction: {sql[:160]}" for sql in frame.writes)


_enter, _exit = transaction.Atomic.__enter__, transaction.Atomic.__exit__


def _guarded_enter(self: transaction.Atomic) -> None:
    _enter(self)
    if not self._from_testcase:
        _frames.setdefault(transaction.get_connection(self.using), []).append(Frame())


def _guarded_exit(
    self: transaction.Atomic,
    exc_type: type[BaseException] | None,
    exc_value: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    connection = transaction.get_connection(self.using)
    kept = exc_type is None and not connection.needs_rollback and not connection.closed_in_transaction
    try:
        _exit(self, exc_type, exc_value, traceback)
    except BaseException:
        kept = False
        raise
    finally:
        if not self._from_testcase:
            _close(connection, kept=kept)


def _join(connection: BaseDatabaseWrapper, **_: object) -> None:
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)


def install() -> None:
    """Called once by conftest, after Django is set up."""
    transaction.Atomic.__enter__ = _guarded_enter  # type: ignore[method-assign]
    transaction.Atomic.__exit__ = _guarded_exit  # type: ignore[method-assign]
    connection_created.connect(_join, dispatch_uid="write guard", weak=False)
    for connection in connections.all(initialized_only=True):
        _join(connection)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fails the test whose set-up or body broke the rule."""
    try:
        return (yield)
    finally:
        breaches = _breaches.copy()
        _breaches.clear()
        if breaches:
            pytest.fail(
                "written without history (use a service; in a builder: tests.guard.setting_the_scene()):\n  "
                + "\n  ".join(breaches),
                pytrace=False,
            )
