"""One request and all it did: its answer, what it wrote, what history says of it."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse

from tests.guard import WRITE
from tests.walk.world import CAMERA_PASSWORD, World
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

OF_LOOKING = re.compile(r"ledger_|django_session$|accounts_opensession$")
"""Tables that may change when somebody only looks, or is refused: history, and the session's own clock."""
CREDENTIALS = re.compile(r"rtsps?://[^/\s\"'<>]*@")
HASH = re.compile(r"scrypt\$\d")
CHANCE = re.compile(r"[A-Za-z0-9]{64}|\b(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
"""Tokens, and the time of day that every page shows."""
CITE = re.compile(r"Đ\d+")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    refusals: int  # rows of history about a refusal
    written: frozenset[str]  # tables that changed, those of `OF_LOOKING` left out

    @property
    def word(self) -> str:
        """As `expected.TABLE` says it."""
        place = self.headers.get("Location", "")
        if self.status == 302 and place.startswith("/signin/again/"):
            return "again"
        if self.status == 302 and place.startswith("/signin/"):
            return "in"
        return str(self.status)

    def without_chance(self, id_: str) -> tuple[int, dict[str, str], str]:
        """What somebody could tell apart: without the id he asked for, tokens and the time of day."""
        headers = {
            name: value.replace(id_, "ID") for name, value in self.headers.items() if name != "Content-Length"
        }
        return self.status, headers, CHANCE.sub("·", self.body.replace(id_, "ID"))


def observed(send: Callable[[], HttpResponse]) -> Answer:
    """Sends, looks, and takes everything back that was written."""
    cache.clear()  # allauth counts requests there
    before = Entry.objects.filter(kind=Kind.REFUSED).count()
    with _taken_back(), _writes() as written:
        response = send()
        body = b"".join(response) if response.streaming else response.content
        refusals = Entry.objects.filter(kind=Kind.REFUSED).count() - before
    headers = dict(response.headers.items())
    text = body.decode()
    if text and headers.get("Content-Type", "").startswith("application/json"):
        text = json.dumps(json.loads(text), ensure_ascii=False)  # as a person reads it
    return Answer(response.status_code, headers, text, refusals, frozenset(written))


def faults_of(answer: Answer, world: World) -> list[str]:
    """What no answer at all may be or hold."""
    faults = [f"{answer.status}"] if answer.status >= 500 else []
    if "default-src 'none'" not in answer.headers.get("Content-Security-Policy", ""):
        faults.append("no Content-Security-Policy")
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        faults.append("no nosniff")
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        faults.append("may be cached")
    secrets = [CAMERA_PASSWORD, *world.sessions.values()]
    secrets += [place.camera.sealed_password for place in (world.port, world.mine)]
    if any(secret in answer.body for secret in secrets):
        faults.append("a secret")
    if CREDENTIALS.search(answer.body) or HASH.search(answer.body):
        faults.append("credentials")
    return faults


@contextmanager
def _taken_back() -> Iterator[None]:
    block = transaction.atomic()
    block._from_testcase = True  # the write guard goes on judging what happens inside
    with block:
        yield
        transaction.set_rollback(True)


@contextmanager
def _writes() -> Iterator[set[str]]:
    written: set[str] = set()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        match = WRITE.match(sql)
        if match and context["cursor"].rowcount != 0 and not OF_LOOKING.match(match[1]):
            written.add(match[1])
        return result

    with connection.execute_wrapper(watch):
        yield written
