"""What makes a function a service: one transaction, and a refusal that is recorded although it rolls back."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from thienly.core.access.actor import Actor
from thienly.core.access.refusal import Refused
from thienly.core.ledger.writer import record_refusal

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside_a_service", default=False)


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Runs `function(*, actor: Actor, …)` in one transaction.

    A service called by another joins its transaction. The outermost one records a refusal of the gate in a
    transaction of its own, because the refused one leaves nothing behind.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get():
            with transaction.atomic():
                return function(*args, **kwargs)
        token = _inside.set(True)
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except Refused as refused:
            actor = kwargs["actor"]
            assert isinstance(actor, Actor)  # noqa: S101 - a programming error, never data
            with transaction.atomic():
                record_refusal(actor=actor, refused=refused)
            raise
        finally:
            _inside.reset(token)

    return run
