"""Requests that were not sent yet."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.accounts.models import Account
from thienly.core.extraction.models import RequestDraft
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.service import service
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.hashchain import JSON

MOST_DRAFTS = 20


@service
def save_draft(*, actor: Actor, fields: Mapping[str, JSON], draft_id: str = "") -> RequestDraft:
    """Keeps a form as it is filled in. Raises ValidationError when there are too many."""
    account, now = person_of(actor), timezone.now()
    draft = fetch_draft(actor=actor, id=draft_id) if draft_id else None
    if draft is None:
        if RequestDraft.objects.filter(account=account).count() >= MOST_DRAFTS:
            raise ValidationError(_("You have many drafts already; send or discard one first."), "many")
        draft = RequestDraft.objects.create(account=account, fields=dict(fields), updated_at=now)
    else:
        draft.fields, draft.updated_at = dict(fields), now
        draft.save(update_fields=["fields", "updated_at"])
    _tell_draft(actor, draft, "saved", now)
    return draft


@service
def discard_draft(*, actor: Actor, id: str) -> None:
    draft = fetch_draft(actor=actor, id=id)
    _tell_draft(actor, draft, "discarded", timezone.now())
    draft.delete()


@service
def fetch_draft(*, actor: Actor, id: str) -> RequestDraft:
    """Raises OutsideScope, alike for another's draft and for none."""
    try:
        draft = RequestDraft.objects.filter(pk=UUID(id), account=actor.account).first()
    except ValueError:
        draft = None
    if draft is None:
        raise OutsideScope(
            action=Action.EXTRACT,
            object_kind="draft",
            object_id=id[:64],
            label="",
            reasons=[Reason(ReasonCode.UNKNOWN)],
        )
    return draft


def drafts_of(actor: Actor) -> QuerySet[RequestDraft]:
    return RequestDraft.objects.filter(account=actor.account)


def _tell_draft(actor: Actor, draft: RequestDraft, what: str, now: datetime) -> None:
    record(
        actor=actor,
        kind=Kind.EXTRACTION_DRAFTED,
        object_kind="draft",
        object_id=draft.id.hex,
        detail={"step": what},
        at=now,
    )


def person_of(actor: Actor) -> Account:
    """Raises NotAllowed for machines: a request has somebody who answers for it."""
    if actor.account is None or actor.limits is not None:
        raise NotAllowed(
            action=Action.EXTRACT,
            object_kind="installation",
            object_id="",
            label="",
            reasons=[Reason(ReasonCode.NO_SEAT)],
        )
    return actor.account
