"""“Confirm that it is you”: the password or the second step once more, before something leaves the system.

Whoever has not proved who he is within the last five minutes does it first, and then comes back to what he
asked for (NB Đ5.10).
"""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.http import HttpRequest

APP = "thienly"

confirmed = reauthentication_required(app=APP)
"""For views that do nothing else."""


def require_confirmed(request: HttpRequest) -> None:
    """For views that export only sometimes. Raises allauth's ReauthenticationRequired, which leads there."""
    raise_if_reauthentication_required(request, app=APP)
