"""The second half of an installation: tables and first rows."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone, translation

from thienly.core.access.actor import Actor
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account
from thienly.core.accounts.services import create_account
from thienly.core.ledger.checkpoints import sign_checkpoint
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation.activation import adopt_first
from thienly.core.setup.answers import Answers
from thienly.core.setup.install import OUTCOME
from thienly.core.setup.sentences import DATABASE_TAKEN, Refusal, Sentence, WrongAnswers, explain_field
from thienly.core.units.services import create_unit


def populate(answers: Answers, *, now: datetime) -> None:
    """Migrates, then makes unit, administrator and seat in one transaction. Raises Refusal."""
    call_command("migrate", verbosity=0, interactive=False)
    if Account.objects.exists():
        raise Refusal(DATABASE_TAKEN)
    actor = Actor.machine("init")
    with transaction.atomic():
        record(actor=actor, kind=Kind.INSTALLED, object_kind="installation", detail={"demo": answers.demo})
        adopt_first(now=now)
        with _named("unit"):
            unit = create_unit(
                actor=actor,
                name=answers.unit.name,
                kind=answers.unit.kind,
                functions=answers.functions,
                valid_from=timezone.localdate(now),
                document=answers.document,
            )
        with _named("administrator"):
            account = create_account(
                actor=actor,
                username=answers.administrator.username,
                full_name=answers.administrator.full_name,
                password=answers.administrator.password.get_secret_value(),
                title=answers.administrator.title,
            )
            appoint(
                actor=actor,
                account=account,
                unit=unit,
                profile=answers.regulation,
                role=answers.role.id,
                document=answers.document,
            )
    sign_checkpoint(now=timezone.now())


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Turns a service's errors into sentences that name the setting."""
    try:
        yield
    except ValidationError as error:
        fields = getattr(error, "error_dict", {"": [error]})
        raise WrongAnswers(
            *(_told(f"{where}.{name}".strip("."), e) for name, es in fields.items() for e in es)
        ) from error


def _told(where: str, error: ValidationError) -> Sentence:
    with translation.override("en"):
        message = " ".join(error.messages)
    return explain_field(where, code=error.code or "", params=error.params or {}, message=message)


def main() -> None:
    """Answers come as JSON on standard input; what is wrong goes to the outcome file.

    Not to standard output, which belongs to whoever logs.
    """
    answers = Answers.model_validate_json(sys.stdin.read())
    outcome: dict[str, object] = {"sentences": [], "answers_wrong": False}
    try:
        populate(answers, now=timezone.now())
    except Refusal as refusal:
        outcome = {"sentences": refusal.sentences, "answers_wrong": isinstance(refusal, WrongAnswers)}
    connections.close_all()  # SQLite folds its log into the database file, which is about to be moved
    (settings.CONF.data / OUTCOME).write_text(json.dumps(outcome), encoding="utf-8")
