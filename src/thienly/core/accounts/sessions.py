"""Sessions of an account: seen by their owner and by the administrator, locked, ended, and watched.

Django's session opens doors; the row beside it says where it comes from and since when. A session that has
no row (opened by other means than a page) is ended all the same: the unexpired ones are looked into.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import OutsideScope
from thienly.core.accounts.models import Account, OpenSession, SharingAlert
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.entrance import Seen, elsewhere
from thienly.rules.hashchain import JSON

FRESH_S = 30
"""Between two writes of when somebody was last seen."""
DEVICE_LETTERS = 200


def end_sessions(account: Account, *, keep: str = "") -> int:
    """Deletes every session of `account` but the one with the key `keep`; returns how many."""
    mine = [
        session.session_key
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.session_key != keep and session.get_decoded().get(SESSION_KEY) == str(account.pk)
    ]
    Session.objects.filter(session_key__in=mine).delete()
    OpenSession.objects.filter(account=account).exclude(key=keep).delete()
    return len(mine)


def opened(key: str) -> OpenSession | None:
    return OpenSession.objects.filter(key=key).first() if key else None


def arrive(*, actor: Actor, device: str, now: datetime) -> OpenSession | None:
    """The actor's session as it stood before this request; a new one, or one that has moved, is looked at.

    Two at once from different addresses, or one that moves from one address to another within a short while,
    are told in history and to whom it concerns.
    """
    if actor.account is None or not actor.session:
        return None
    row = opened(actor.session)
    if row is not None and row.account_id == actor.account.pk and row.address == actor.address:
        return row
    with transaction.atomic():
        return _arrived(actor, row, device, now)


def note_use(opened: OpenSession, *, active: bool, now: datetime) -> None:
    """Writes down, seldom, that a session is in use; `active`: a person did something, not a page by itself.

    Not to be called for one that is locked or idle: it would wake it.
    """
    if (now - (opened.active_at if active else opened.seen_at)).total_seconds() >= FRESH_S:
        later = {"seen_at": now} | ({"active_at": now} if active else {})
        OpenSession.objects.filter(pk=opened.pk).update(**later)


def _arrived(actor: Actor, row: OpenSession | None, device: str, now: datetime) -> OpenSession:
    """A session is new, or has moved to another address."""
    assert actor.account is not None  # noqa: S101 - asked before
    others = [Seen(one.address, one.seen_at) for one in sessions_of(actor.account)]
    if there := elsewhere(actor.address, others, now):
        recent = SharingAlert.objects.filter(
            account=actor.account, here=actor.address, there=there, answered_at=None
        )
        if not recent.exists():
            SharingAlert.objects.create(account=actor.account, at=now, here=actor.address, there=there)
            detail: dict[str, JSON] = {"here": actor.address, "there": there}
            record(actor=actor, kind=Kind.SESSIONS_TOGETHER, obj=actor.account, detail=detail, at=now)
    if row is not None and row.account_id == actor.account.pk:
        before = OpenSession.objects.get(pk=row.pk)
        OpenSession.objects.filter(pk=row.pk).update(address=actor.address, seen_at=now)
        return before
    made, _new = OpenSession.objects.update_or_create(
        key=actor.session,
        defaults={
            "account": actor.account,
            "address": actor.address,
            "device": device[:DEVICE_LETTERS],
            "began_at": now,
            "seen_at": now,
            "active_at": now,
            "locked_at": None,
        },
    )
    return made


def sessions_of(account: Account) -> list[OpenSession]:
    """Those that still open doors, the last used first."""
    rows = list(OpenSession.objects.filter(account=account))
    alive = set(
        Session.objects.filter(
            session_key__in=[row.key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    return [row for row in rows if row.key in alive]


@service
def end_session(*, actor: Actor, account: Account, id: UUID) -> None:
    """Ends one session, of oneself or as administrator of the account; its pictures end with it.

    Raises OutsideScope, NotAllowed; OutsideScope also for a session of another account, or none.
    """
    if not _own(actor, account):
        gate.require(actor=actor, action=Action.ADMIN_ACCOUNTS, obj=account)
    row = OpenSession.objects.filter(pk=id, account=account).first()
    if row is None:
        raise OutsideScope(
            action=Action.ADMIN_ACCOUNTS,
            object_kind="session",
            object_id=id.hex,
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    Session.objects.filter(session_key=row.key).delete()
    detail: dict[str, JSON] = {"address": row.address, "device": row.device, "own": _own(actor, account)}
    row.delete()
    record(actor=actor, kind=Kind.SESSION_ENDED, obj=account, detail=detail)
    epoch.bump()


@service
def end_other_sessions(*, actor: Actor) -> int:
    """Every session of the actor but this one; returns how many."""
    assert actor.account is not None  # noqa: S101 - pages let nobody else in
    ended = end_sessions(actor.account, keep=actor.session)
    detail: dict[str, JSON] = {"sessions_ended": ended, "own": True}
    record(actor=actor, kind=Kind.SESSION_ENDED, obj=actor.account, detail=detail)
    epoch.bump()
    return ended


@service
def lock(*, actor: Actor, idle: bool, now: datetime | None = None) -> None:
    """Shuts the actor's session until he says again who he is; pictures end. Once is enough."""
    now = now or timezone.now()
    if OpenSession.objects.filter(key=actor.session, locked_at=None).update(locked_at=now):
        record(actor=actor, kind=Kind.SESSION_LOCKED, obj=actor.account, detail={"idle": idle}, at=now)
        epoch.bump()


def is_locked(*, actor: Actor) -> bool:
    row = opened(actor.session)
    return row is not None and row.locked_at is not None


@service
def unlock(*, actor: Actor, method: str, now: datetime | None = None) -> None:
    """`method`: the proof that the caller has checked."""
    now = now or timezone.now()
    OpenSession.objects.filter(key=actor.session).update(locked_at=None, seen_at=now, active_at=now)
    record(actor=actor, kind=Kind.SESSION_UNLOCKED, obj=actor.account, detail={"methods": [method]}, at=now)


@service
def record_unlock_failed(*, actor: Actor) -> None:
    record(actor=actor, kind=Kind.UNLOCK_FAILED, obj=actor.account)


def alerts_of(account: Account, *, answered: bool | None = None, most: int = 20) -> list[SharingAlert]:
    """The last alerts; `answered` False: only those that the person has not explained."""
    rows = SharingAlert.objects.filter(account=account)
    if answered is not None:
        rows = rows.filter(answered_at__isnull=not answered)
    return list(rows[:most])


@service
def explain_alert(*, actor: Actor, id: UUID, mine: bool, reason: str = "") -> None:
    """The person says whether both sessions were his; if not, every other one ends at once.

    Raises OutsideScope for another person's alert; ValidationError when it is answered already.
    """
    alert = SharingAlert.objects.select_for_update().filter(pk=id, account=actor.account).first()
    if alert is None:
        raise OutsideScope(
            action=Action.INSPECT_META,
            object_kind="alert",
            object_id=id.hex,
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    if alert.answered_at is not None:
        raise ValidationError(_("This has been answered already."), "answered")
    alert.answered_at, alert.mine = timezone.now(), mine
    alert.save(update_fields=["answered_at", "mine"])
    assert actor.account is not None  # noqa: S101 - the alert is his
    ended = 0 if mine else end_sessions(actor.account, keep=actor.session)
    detail: dict[str, JSON] = {
        "here": alert.here,
        "there": alert.there,
        "own": mine,
        "reason": normalise(reason)[:300],
        "sessions_ended": ended,
    }
    record(actor=actor, kind=Kind.SESSIONS_EXPLAINED, obj=actor.account, detail=detail)
    epoch.bump()


def _own(actor: Actor, account: Account) -> bool:
    return actor.account is not None and actor.account.pk == account.pk
