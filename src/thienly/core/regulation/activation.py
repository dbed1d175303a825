"""A version of a regulation comes into force: proposed by one person, approved by another with a document.

Whoever administers the system does both. A draft is checked as `thienly profile lint` checks a file; nothing
of one with an error is kept.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from thienly.core import hints
from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.cases import engine
from thienly.core.cases.models import Case
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.writer import record
from thienly.core.regulation import in_force, shelf
from thienly.core.regulation.lint import lint_text, words_of
from thienly.core.regulation.models import Version
from thienly.core.regulation.preview import Preview, weigh
from thienly.core.service import service
from thienly.core.text import normalise
from thienly.rules.activation import ACTIVATION, Validity, follows
from thienly.rules.profile import Profile
from thienly.rules.profile_text import parse_articles

LONGEST_TEXT = 1_000_000
_STEWARD = Actor.machine("steward")


@dataclass(frozen=True, slots=True)
class Document:
    number: str
    issued: date | None
    issuer: str


def standing(profile: str) -> list[Version]:
    """The versions of a regulation that were put in force and not taken back, the oldest first."""
    found = Version.objects.filter(profile=profile, decided_at__isnull=False, withdrawn_at=None)
    return list(found.select_related("case").order_by("number"))


def stored_book(row: Version) -> shelf.Book:
    """A version with its words. Raises BrokenProfileError."""
    articles = parse_articles(row.words)
    return shelf.Book(shelf.read(row.text, name=str(row)), articles, text=row.text, words=row.words)


@service
def propose(*, actor: Actor, text: str, words: str = "", begins: date | None) -> Version:
    """Opens the case of a draft. `text`: YAML; `words`: the regulation, where they have changed.

    Raises NotAllowed; ValidationError by field: what lint finds, a version or day that does not follow those
    that hold, regulations that contradict each other, or that nobody could administer the system any more.
    """
    now, today = timezone.now(), timezone.localdate()
    engine.require_opening(actor=actor, kind=ACTIVATION.kind)
    profile, words = _checked(text, words)
    head = profile.profile
    day = begins or max(today, head.effective_from or today)
    if day < today:
        message = _("It cannot begin on a day that is past: what was obeyed then stays.")
        raise ValidationError({"begins": [ValidationError(message, "past")]})
    if head.effective_from and day < head.effective_from:
        message = _("The text itself is in force from %(day)s only; nothing of it counts before.")
        told = {"day": f"{head.effective_from:%d/%m/%Y}"}
        raise ValidationError({"begins": [ValidationError(message, "early", told)]})
    _require_following(profile, day)
    _require_possible(profile, day, now)
    title = f"{head.id}@{head.version} {head.title_vi}"
    case = engine.open_case(actor=actor, kind=ACTIVATION.kind, title=title)
    version = Version.objects.create(
        profile=head.id,
        number=head.version,
        text=text,
        words=words,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        begins=day,
        settled_from=day if head.effective_from is None else None,
        case=case,
        made_at=now,
    )
    _tell(Kind.REGULATION_PROPOSED, version, actor=actor, now=now)
    return version


@service
def approve(*, actor: Actor, case_id: UUID | str, version: int, document: Document) -> Version:
    """Puts the draft in force from its day on. `version`: of the case, as the actor saw it.

    Raises NotAllowed (whoever proposed it), engine.Conflict, rules.cases.IllegalStep; ValidationError: no
    document, a day that is past, or another version that was approved meanwhile.
    """
    now = timezone.now()
    engine.require_opening(actor=actor, kind=ACTIVATION.kind)  # before anything is written
    epoch.bump()  # its row makes two approvals queue
    case = engine.step(
        actor=actor, case_id=case_id, action="approve", version=version, note=_said(document), by_service=True
    )
    draft = Version.objects.select_related("case").get(case=case)
    if errors := _wrong(document):
        raise ValidationError(errors)
    assert draft.begins is not None  # noqa: S101 - only what held at the beginning has no day
    if draft.begins < timezone.localdate(now):
        message = _("The day on which it was to begin is past. Withdraw it and propose it again.")
        raise ValidationError({"begins": [ValidationError(message, "past")]})
    profile = shelf.read(draft.text, name=str(draft))
    _require_following(profile, draft.begins)
    _require_possible(profile, draft.begins, now)
    draft.decided_at, draft.document = now, _said(document)
    draft.save(update_fields=["decided_at", "document"])
    _tell(Kind.REGULATION_APPROVED, draft, actor=actor, now=now)
    hints.desired_changed()
    _look_again()
    return draft


@service
def refuse(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Case:
    """Raises as `engine.step`."""
    return engine.step(actor=actor, case_id=case_id, action="refuse", version=version, note=note)


@service
def withdraw(*, actor: Actor, case_id: UUID | str, version: int, note: str) -> Version:
    """Takes back a draft, or an approved version whose day has not come.

    Raises NotAllowed, engine.Conflict, rules.cases.IllegalStep, ValidationError (note; its day has come).
    """
    now = timezone.now()
    engine.require_opening(actor=actor, kind=ACTIVATION.kind)
    epoch.bump()
    case = engine.step(
        actor=actor, case_id=case_id, action="withdraw", version=version, note=note, by_service=True
    )
    draft = Version.objects.select_related("case").get(case=case)
    if draft.decided_at and draft.begins and draft.begins <= timezone.localdate(now):
        message = _("It has begun; what follows it is another version.")
        raise ValidationError({"begins": [ValidationError(message, "begun")]})
    draft.withdrawn_at = now
    draft.save(update_fields=["withdrawn_at"])
    _tell(Kind.REGULATION_WITHDRAWN, draft, actor=actor, now=now)
    _look_again()
    return draft


def preview(draft: Version, *, now: datetime) -> Preview:
    """What changes with the draft on its day. Raises BrokenProfileError."""
    day = draft.begins or timezone.localdate(now)
    return weigh(_as_it_will_hold(shelf.read(draft.text, name=str(draft)), day), day, now=now)


@transaction.atomic
def adopt_first(*, now: datetime) -> int:
    """Writes down what `thienly.toml` names as what holds here, once for all; how many regulations.

    Called when an installation is made and by the steward, so that one that was made before has them too.
    """
    if Version.objects.filter(decided_at__isnull=False).exists():
        return 0
    chosen = {one.id: one for one in (settings.CONF.file.regulations or shelf.FIRST)}
    books = shelf.shelf()
    for name, profile in shelf.first().items():
        book = books.book(name, profile.profile.version)
        assert book is not None  # noqa: S101 - `first` was made of it
        settled = book.profile.profile.effective_from is None
        made = Version.objects.create(
            profile=name,
            number=profile.profile.version,
            text=book.text,
            words=book.words,
            sha256=hashlib.sha256(book.text.encode()).hexdigest(),
            settled_from=profile.profile.effective_from if settled else None,
            document=chosen[name].document,
            made_at=now,
            decided_at=now,
        )
        _tell(Kind.REGULATION_ADOPTED, made, actor=_STEWARD, now=now)
    _look_again()
    return len(shelf.first())


def enter(*, now: datetime) -> int:
    """Takes note of approved versions whose day has come, so that open pictures are asked about again; how
    many. The gate itself goes by the date. Called by the steward."""
    due = Version.objects.filter(case__state="approved", begins__lte=timezone.localdate(now))
    entered = 0
    for version in due.select_related("case"):
        try:
            _enter(version, now)
        except engine.Conflict:
            continue
        entered += 1
    return entered


@service
def _entered(*, actor: Actor, version: Version, now: datetime) -> None:
    assert version.case is not None  # noqa: S101 - it was found by its case
    engine.step_by_clock(actor=actor, case=version.case, action="enter", now=now)
    _tell(Kind.REGULATION_ENTERED, version, actor=actor, now=now)
    epoch.bump()
    hints.desired_changed()
    _look_again()


def _enter(version: Version, now: datetime) -> None:
    _entered(actor=_STEWARD, version=version, now=now)


def _checked(text: str, words: str) -> tuple[Profile, str]:
    """The profile, and the words that its articles were looked for in. Raises ValidationError."""
    if not 0 < len(text) <= LONGEST_TEXT or len(words) > LONGEST_TEXT or "\0" in text + words:
        message = _("Choose the file of the regulation, YAML, at most 1 MB.")
        raise ValidationError({"text": [ValidationError(message, "required")]})
    words = words.strip() or _known_words(text)
    findings = lint_text(text, name="yaml", articles=lambda: words_of(words, name="txt"))
    number = 0 if (get_language() or "vi").startswith("vi") else 1
    errors = [
        ValidationError(
            gettext("%(file)s, line %(line)s: %(words)s")
            % {"file": one.file, "line": one.line, "words": (one.vi, one.en)[number]},
            "lint",
        )
        for one in findings
        if not one.warning
    ]
    if errors:
        raise ValidationError({"text": errors})
    return shelf.read(text, name="yaml"), words


def _known_words(text: str) -> str:
    """The words that this installation has of the regulation already."""
    try:
        name = shelf.read(text, name="yaml").id
    except shelf.BrokenProfileError:
        return ""
    known = standing(name)
    book = shelf.shelf().book(name)
    return known[-1].words if known and known[-1].words else book.words if book else ""


def _require_following(profile: Profile, day: date) -> None:
    head = profile.profile
    known = standing(head.id)
    others = [Validity(row.number, row.begins, row.document) for row in known]
    if not others and (held := in_force.today().get(head.id)):
        others = [Validity(held.profile.version, None)]
    if in_the_way := follows(number=head.version, begins=day, others=others):
        message = _(
            "%(name)s version %(number)s holds already (from %(day)s; %(document)s). Two versions "
            "cannot hold on one day: give this one a higher number and a later day."
        )
        first = in_the_way.begins
        told = {
            "name": head.id,
            "number": in_the_way.number,
            "day": f"{first:%d/%m/%Y}" if first else gettext("the beginning"),
            "document": in_the_way.document or gettext("without a document"),
        }
        raise ValidationError({"begins": [ValidationError(message, "overlap", told)]})


def _require_possible(profile: Profile, day: date, now: datetime) -> None:
    found = weigh(_as_it_will_hold(profile, day), day, now=now, only_problems=True)
    if found.problems:
        told = [ValidationError(str(one), "contradiction") for one in found.problems]
        raise ValidationError({"text": told})


def _as_it_will_hold(profile: Profile, day: date) -> Profile:
    head = profile.profile
    return profile.model_copy(update={"profile": head.model_copy(update={"effective_from": day})})


def _look_again() -> None:
    """After the transaction: what is not committed yet must not be obeyed by others."""
    transaction.on_commit(in_force.forget)


def _wrong(document: Document) -> dict[str, list[ValidationError]]:
    errors: dict[str, list[ValidationError]] = {}
    if not 0 < len(normalise(document.number)) <= 100:
        errors["number"] = [ValidationError(_("Give the number of the document."), "required")]
    if not 0 < len(normalise(document.issuer)) <= 200:
        errors["issuer"] = [ValidationError(_("Say who issued the document."), "required")]
    if document.issued is None:
        errors["issued"] = [ValidationError(_("Give the date of the document."), "required")]
    elif document.issued > timezone.localdate():
        errors["issued"] = [ValidationError(_("The document is dated in the future."), "future")]
    return errors


def _said(document: Document) -> str:
    day = f"{document.issued:%d/%m/%Y}" if document.issued else ""
    parts = (normalise(document.number), day, normalise(document.issuer))
    return ", ".join(part for part in parts if part)[:400]


def _tell(kind: Kind, version: Version, *, actor: Actor, now: datetime) -> None:
    record(
        actor=actor,
        kind=kind,
        obj=version,
        object_kind="regulation",
        detail={
            "profile": version.profile,
            "version": version.number,
            "sha256": version.sha256,
            "begins": version.begins.isoformat() if version.begins else None,
            "document": version.document,
        },
        at=now,
    )
