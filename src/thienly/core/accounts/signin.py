"""What happens at the door stands in history. The sign-in adapter of the pages calls these."""

from collections.abc import Mapping

from django.db import transaction

from thienly.core.access.actor import Actor
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.text import normalise
from thienly.rules.hashchain import JSON

DEVICE_LENGTH = 200  # characters of a browser's own description that are kept


def record_sign_in(*, actor: Actor, methods: tuple[str, ...] = ("password",), device: str = "") -> None:
    """`methods`: proofs given, e.g. password and totp. `device`: how the browser describes itself."""
    _by(actor, Kind.SIGNED_IN, {"methods": list(methods)} | _device(device))


def record_sign_out(*, actor: Actor, device: str = "") -> None:
    _by(actor, Kind.SIGNED_OUT, _device(device))


def record_sign_in_failed(*, actor: Actor, username: str, device: str = "") -> None:
    """`actor` is anonymous, with the address."""
    _about(actor, Kind.SIGN_IN_FAILED, username, device)


def record_shut_out(*, actor: Actor, username: str, device: str = "") -> None:
    """Somebody with the right password, in a network from which nobody may do anything."""
    _about(actor, Kind.SIGN_IN_FAILED, username, device, why="network_zone")


def record_locked_out(*, actor: Actor, username: str, device: str = "") -> None:
    """An attempt that was refused unread, because too many had failed before."""
    _about(actor, Kind.LOCKED_OUT, username, device)


def record_mfa_changed(*, actor: Actor, what: str) -> None:
    """`what`: added or removed, and the kind of factor, e.g. `totp_added`."""
    _by(actor, Kind.MFA_CHANGED, {"what": what})


def _by(actor: Actor, kind: Kind, detail: Mapping[str, JSON]) -> None:
    with transaction.atomic():
        record(actor=actor, kind=kind, obj=actor.account, detail=detail)


def _about(actor: Actor, kind: Kind, username: str, device: str, why: str = "") -> None:
    """A name that no account has is not kept: people type their password into the wrong field."""
    account = Account.objects.filter(username__iexact=normalise(username)).first()
    detail: dict[str, JSON] = {"known": account is not None}
    detail |= {"why": why} if why else {}
    with transaction.atomic():
        record(actor=actor, kind=kind, obj=account, object_kind="account", detail=detail | _device(device))


def _device(text: str) -> dict[str, JSON]:
    return {"device": text[:DEVICE_LENGTH]} if text else {}
