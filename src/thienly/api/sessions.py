"""One's own sessions: from where, since when; and ending one."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status

from thienly.api.session import actor_of
from thienly.core.accounts import sessions
from thienly.core.accounts.models import OpenSession

router = Router(tags=["sessions"])
NONE = UUID(int=0)


class SessionOut(Schema):
    id: str
    address: str
    device: str
    began_at: datetime
    seen_at: datetime
    locked: bool
    this: bool

    @classmethod
    def of(cls, row: OpenSession, key: str) -> "SessionOut":
        return cls(
            id=row.id.hex,
            address=row.address,
            device=row.device,
            began_at=row.began_at,
            seen_at=row.seen_at,
            locked=row.locked_at is not None,
            this=row.key == key,
        )


@router.get("", response=list[SessionOut])
def own_sessions(request: HttpRequest) -> list[SessionOut]:
    """Those that still open doors, the last used first."""
    actor = actor_of(request)
    rows = sessions.sessions_of(actor.account) if actor.account else []
    return [SessionOut.of(row, actor.session) for row in rows]


@router.delete("/{session_id}", response={204: None})
def session_end(request: HttpRequest, session_id: str) -> Status[None]:
    """Ends it; its pictures end with it. 404 for a session of somebody else."""
    actor = actor_of(request)
    assert actor.account is not None  # noqa: S101 - the session says so
    sessions.end_session(actor=actor, account=actor.account, id=_id(session_id))
    return Status(204, None)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NONE
