"""“Confirm that it is you”: the password or the second step once more, before something leaves the system.

Whoever has not proved who he is within the last five minutes does it first, and then comes back to what he
asked for (NB Đ5.10).
"""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    raise_if_reauthentication_required,
)
from django.http import HttpRequest

APP = "thienly"

confirmed = reauthentication_required(app=APP)
"""For views that do nothing else."""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether whoever asks has proved within the last five minutes who he is."""
    return bool(did_recently_reauthenticate(request))


def note_confirmed(request: HttpRequest, *, method: str) -> None:
    """The proof was given in the form itself, because one that carries a file cannot be asked for again."""
    record_authentication(request, request.user, method=method, reauthenticated=True)


def require_confirmed(request: HttpRequest) -> None:
    """For views that export only sometimes. Raises allauth's ReauthenticationRequired, which leads there."""
    raise_if_reauthentication_required(request, app=APP)
