"""Documents are stored, read, used inside their scope, revoked."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from thienly.core.access.actor import Actor
from thienly.core.access.document import Document, Errors
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.documents import files
from thienly.core.documents.models import StoredDocument
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.registry.models import Camera
from thienly.core.service import service
from thienly.core.text import fold, normalise
from thienly.rules.access import Reason, ReasonCode
from thienly.rules.actions import Action
from thienly.rules.document_scope import Outside, outside


@dataclass(frozen=True, slots=True)
class ScopeFields:
    """What the document may be used for; what is empty limits nothing."""

    cameras: Sequence[Camera] = ()
    start: datetime | None = None
    end: datetime | None = None
    purpose: str = ""
    recipient: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that comes with a request or a decision. See `store`."""

    words: Document
    file: files.Taken | None = None
    certified: bool = False
    scope: ScopeFields | None = None


@contextmanager
def attached(actor: Actor, new: NewDocument | None) -> Iterator[StoredDocument | None]:
    """Stores the document for what is done inside; when that fails its file goes as its row does.

    Raises as `store`.
    """
    if new is None:
        yield None
        return
    stored = store(actor=actor, words=new.words, file=new.file, certified=new.certified, scope=new.scope)
    try:
        yield stored
    except BaseException:
        files.forget(stored.id)
        raise


@service
def store(
    *,
    actor: Actor,
    words: Document,
    file: files.Taken | None,
    certified: bool = False,
    scope: ScopeFields | None = None,
) -> StoredDocument:
    """Keeps a document; the file under its id. `certified`: a true copy, says whoever uploads it.

    Everybody signed in may; a document gives nothing by itself. Raises ValidationError by field.
    """
    if actor.account is None or actor.limits is not None:
        raise _nobody()
    words, now, limits = words.tidy(), timezone.now(), scope or ScopeFields()
    errors: Errors = words.wrong()
    if file is not None and not certified:
        message = _("Confirm that the file is a true copy of the document.")
        errors["certified"] = [ValidationError(message, "required")]
    if limits.until is not None and words.issued is not None and limits.until < words.issued:
        errors["until"] = [ValidationError(_("It ends before it begins, or is over already."), "order")]
    if limits.start is not None and limits.end is not None and limits.end <= limits.start:
        errors["scope_end"] = [ValidationError(_("The end comes after the beginning."), "invalid")]
    if errors:
        raise ValidationError(errors)
    assert words.issued is not None  # noqa: S101 - checked just now
    document = StoredDocument(
        number=words.number,
        folded=fold(f"{words.number} {words.issuer}")[:300],
        issued=words.issued,
        issuer=words.issuer,
        signatory=words.signatory,
        name=file.name if file else "",
        media=file.media if file else "",
        sha256=file.sha256 if file else "",
        size=len(file.data) if file else 0,
        certified=certified and file is not None,
        start=limits.start,
        end=limits.end,
        purpose=limits.purpose,
        recipient=normalise(limits.recipient)[:200],
        until=limits.until,
        stored_by=actor.account,
        stored_at=now,
    )
    document.save(force_insert=True)
    document.cameras.set(limits.cameras)
    record(
        actor=actor,
        kind=Kind.DOCUMENT_STORED,
        obj=document,
        object_kind="document",
        detail=words.told() | {"name": document.name, "sha256": document.sha256, "bytes": document.size},
        at=now,
    )
    if file is not None:
        files.keep(document.id, file.data)
    return document


@service
def revoke(*, actor: Actor, id: UUID | str, reason: str) -> StoredDocument:
    """Ends the use of a document from now on; what was done by it stays done. By whoever stored it.

    Raises OutsideScope, alike for another's; ValidationError.
    """
    document = own_document(actor=actor, id=id)
    reason, now = normalise(reason)[:300], timezone.now()
    if document.revoked_at is not None:
        raise ValidationError(_("This document is revoked already."), "answered")
    if not reason:
        raise ValidationError({"reason": [ValidationError(_("Say why."), "required")]})
    document.revoked_at, document.revoked_by, document.revoked_reason = now, actor.account, reason
    document.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    record(
        actor=actor,
        kind=Kind.DOCUMENT_REVOKED,
        obj=document,
        object_kind="document",
        detail={"document": str(document), "reason": reason},
        at=now,
    )
    return document


@service
def own_document(*, actor: Actor, id: UUID | str) -> StoredDocument:
    """A document that the actor has stored. Raises OutsideScope, alike for another's and for none."""
    try:
        own = StoredDocument.objects.filter(stored_by=actor.account)
        document = own.select_for_update().filter(pk=UUID(str(id))).first()
    except ValueError:
        document = None
    if document is None or actor.account is None:
        raise unknown(id)
    return document


@service
def read(*, actor: Actor, document: StoredDocument) -> bytes:
    """The file, for who may read a matter that rests on it: the caller has asked. Raises OutsideScope when
    there is none, or it is not what it was."""
    data = files.read(document.id, document.sha256) if document.media else None
    if data is None:
        raise unknown(document.id)
    record(
        actor=actor,
        kind=Kind.DOCUMENT_READ,
        obj=document,
        object_kind="document",
        detail={"document": str(document), "sha256": document.sha256},
    )
    return data


def own_documents(actor: Actor) -> list[StoredDocument]:
    """Those that the actor has stored and that still count, to be used again; the last first."""
    today = timezone.localdate()
    rows = StoredDocument.objects.filter(stored_by=actor.account, revoked_at=None)
    return [one for one in rows[:50] if one.until is None or one.until >= today]


def outside_reasons(
    document: StoredDocument,
    *,
    cameras: Collection[str],
    start: datetime,
    end: datetime,
    purpose: str,
    recipient: str,
    today: date,
) -> list[str]:
    """Why the document does not carry this, in words."""
    words = {
        Outside.REVOKED: gettext("it is revoked"),
        Outside.EXPIRED: gettext("it has expired"),
        Outside.CAMERAS: gettext("it is for other cameras"),
        Outside.TIME: gettext("it is for footage of another time"),
        Outside.PURPOSE: gettext("it is for another purpose"),
        Outside.RECIPIENT: gettext("it is for another recipient"),
    }
    found = outside(
        document.scope(),
        cameras=cameras,
        start=start,
        end=end,
        purpose=purpose,
        recipient=fold(recipient),
        today=today,
    )
    return [words[one] for one in found]


def usable(
    document: StoredDocument,
    *,
    cameras: Collection[str],
    start: datetime,
    end: datetime,
    purpose: str,
    recipient: str,
    field: str,
) -> None:
    """Raises ValidationError at `field` when the document does not carry this."""
    why = outside_reasons(
        document,
        cameras=cameras,
        start=start,
        end=end,
        purpose=purpose,
        recipient=recipient,
        today=timezone.localdate(),
    )
    if why:
        message = _("The document %(document)s cannot be used for this: %(why)s.")
        facts = {"document": str(document), "why": ", ".join(why)}
        raise ValidationError({field: [ValidationError(message, "outside", facts)]})


def unknown(id: UUID | str) -> OutsideScope:
    return OutsideScope(
        action=Action.EXTRACT,
        object_kind="document",
        object_id=str(id)[:64],
        label="",
        reasons=[Reason(ReasonCode.UNKNOWN)],
    )


def _nobody() -> NotAllowed:
    return NotAllowed(
        action=Action.EXTRACT,
        object_kind="document",
        object_id="",
        label="",
        reasons=[Reason(ReasonCode.NO_SEAT)],
    )
