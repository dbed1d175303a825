"""What would change, before it is saved: a draft seat, or a draft of a regulation. Nothing is saved.

Cameras are counted and named only as far as the asker himself may know them.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.facts import seat_facts, seats_with_facts, unit_facts
from thienly.core.access.refusal import Reason, Refused
from thienly.core.access.scopes import condition
from thienly.core.access.services import appoint
from thienly.core.access.why import note, whom
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.lint import Finding, lint
from thienly.core.regulation.shelf import profiles, read, shelf
from thienly.core.service import service
from thienly.core.units.models import Unit
from thienly.rules.access import idle_reason
from thienly.rules.profile import Profile
from thienly.rules.scope import Reach, SeatFacts
from thienly.rules.why import Changed, Held, changes

MOST_LISTED = 200
MOST_LETTERS = 400_000
DRAFT = "dự thảo"
EARLIEST, LATEST = 1900, 2200  # years


@dataclass(frozen=True, slots=True)
class SeatDraft:
    """What the form of an appointment holds. Without a day it would begin now."""

    unit: Unit
    profile: str
    role: str
    sector: str = ""
    sites: Sequence[Site] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class AtUnit:
    """`cameras`: at most `MOST_LISTED` in all of one list."""

    unit: Unit
    count: int
    cameras: Sequence[Camera]


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of rights, in cameras."""

    change: Changed
    gained: Sequence[AtUnit]
    lost: Sequence[AtUnit]

    @property
    def gains(self) -> int:
        return sum(at.count for at in self.gained)

    @property
    def loses(self) -> int:
        return sum(at.count for at in self.lost)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`at`: the moment that was looked at. `obstacles`: why it could not be saved as it stands."""

    person: Account
    at: datetime
    moved: Sequence[Moved]
    obstacles: Sequence[Reason] = ()
    wrong: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A draft of a regulation as the lint sees it; `outcome` only when it has no error."""

    findings: Sequence[Finding]
    profile: Profile | None = None
    outcome: Outcome | None = None


@service
def with_seat(*, actor: Actor, draft: SeatDraft, person: UUID | str = "") -> Outcome:
    """What the person would gain by the seat, at the moment it begins.

    Raises OutsideScope, NotAllowed as `why.explain` does; ValidationError when no regulation in force here
    knows the role.
    """
    subject = whom(actor=actor, person=person)
    rules = profiles().get(draft.profile)
    if rules is None or rules.role(draft.role) is None:
        _wrong("role", _("No regulation knows this role."))
    for name, moment in (("valid_from", draft.valid_from), ("valid_to", draft.valid_to)):
        if moment is not None and not EARLIEST <= moment.year <= LATEST:
            _wrong(name, _("This day lies too far away."))
    now = timezone.localtime()
    at = max(now, timezone.localtime(draft.valid_from)) if draft.valid_from else now
    drafted, held = _facts(subject, draft, now), _seats_of(subject)
    idle = idle_reason(drafted, profiles(), at)
    obstacles, wrong = _refusal(actor, subject, draft)
    if idle is not None and not obstacles:
        obstacles = [idle]
    moved = _moved(
        actor, before=Held(held, profiles()), after=Held([*held, drafted], profiles()), at=at, now=now
    )
    _note(actor, subject, {"draft": "seat", "profile": draft.profile, "role": draft.role,
                           "unit": draft.unit.pk.hex}, moved)  # fmt: skip
    return Outcome(subject, at, moved, obstacles, wrong)


@service
def with_profile(*, actor: Actor, text: str, words: str = "", person: UUID | str = "") -> Reading:
    """What the person would gain and lose if this draft held instead of the regulation of its id.

    `words`: the articles; "": those of the regulation at hand. Raises as `with_seat`; ValidationError for a
    file that is too large, or uses what has no place in a regulation.
    """
    subject = whom(actor=actor, person=person)
    text, words = (said.encode("utf-8", "replace").decode("utf-8") for said in (text, words))
    if len(text) > MOST_LETTERS or len(words) > MOST_LETTERS:
        _wrong("text", _("The file is too large for a regulation."))
    findings, profile = _read(text, words)
    if profile is None:
        return Reading(findings)
    now = timezone.localtime()
    profile = _dated(profile, now.date())
    begins = profile.profile.effective_from
    at = max(now, timezone.make_aware(datetime.combine(begins, time()))) if begins else now
    seats = _seats_of(subject)
    moved = _moved(
        actor,
        before=Held(seats, profiles()),
        after=Held(seats, {**profiles(), profile.id: profile}),
        at=at,
        now=now,
    )
    _note(
        actor,
        subject,
        {"draft": "profile", "profile": profile.id, "version": profile.profile.version},
        moved,
    )
    return Reading(findings, profile, Outcome(subject, at, moved))


def _note(actor: Actor, subject: Account, detail: dict[str, str | int], moved: Sequence[Moved]) -> None:
    if actor.account is not None and actor.account.pk != subject.pk:
        counts = {"gains": sum(one.gains for one in moved), "loses": sum(one.loses for one in moved)}
        note(actor=actor, subject=subject, detail={**detail, **counts})


def _seats_of(subject: Account) -> list[SeatFacts]:
    return seat_facts(seats_with_facts().filter(account=subject))


def _facts(subject: Account, draft: SeatDraft, now: datetime) -> SeatFacts:
    return SeatFacts(
        id="",
        profile=draft.profile,
        role=draft.role,
        unit=unit_facts(draft.unit),
        unit_name=draft.unit.name,
        unit_functions=frozenset(draft.unit.functions),
        unit_from=draft.unit.valid_from,
        unit_to=draft.unit.valid_to,
        valid_from=draft.valid_from or now,
        valid_to=draft.valid_to,
        sector=draft.sector,
        sites=frozenset(site.id.hex for site in draft.sites),
        suspended=not subject.is_active or subject.suspended_at is not None,
    )


def _refusal(actor: Actor, subject: Account, draft: SeatDraft) -> tuple[list[Reason], dict[str, list[str]]]:
    """What would stop the appointment: it is made by its own service, and taken back."""
    try:
        with transaction.atomic():
            appoint(
                actor=actor,
                account=subject,
                unit=draft.unit,
                profile=draft.profile,
                role=draft.role,
                document=Document(draft.document or DRAFT, timezone.localdate(), DRAFT, DRAFT),
                valid_from=draft.valid_from,
                valid_to=draft.valid_to,
                sector=draft.sector,
                sites=draft.sites,
            )
            transaction.set_rollback(True)
    except Refused as refused:
        return refused.reasons, {}
    except ValidationError as error:
        return [], error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return [], {}


def _moved(actor: Actor, *, before: Held, after: Held, at: datetime, now: datetime) -> list[Moved]:
    found = [
        Moved(
            change,
            gained=_by_unit(actor, change.after, change.before, at=at, now=now),
            lost=_by_unit(actor, change.before, change.after, at=at, now=now),
        )
        for change in changes("camera", before=before, after=after, now=at)
    ]
    return [one for one in found if one.gained or one.lost]


def _by_unit(actor: Actor, inside: Reach, outside: Reach, *, at: datetime, now: datetime) -> list[AtUnit]:
    """The cameras in the one reach and not in the other, by managing unit."""
    rows = gate.visible(actor=actor, now=now).filter(condition(Camera, inside, now=at))
    rows = rows.exclude(pk__in=Camera.objects.filter(condition(Camera, outside, now=at)).values("pk"))
    counts = dict(rows.order_by().values_list("site__unit").annotate(Count("pk")))
    listed: dict[UUID, list[Camera]] = {}
    for camera in rows.select_related("site").order_by("code")[:MOST_LISTED]:
        listed.setdefault(camera.site.unit_id, []).append(camera)
    units = Unit.objects.filter(pk__in=counts).order_by("folded")
    return [AtUnit(unit, counts[unit.pk], listed.get(unit.pk, [])) for unit in units]


def _read(text: str, words: str) -> tuple[list[Finding], Profile | None]:
    """The findings of the lint, and the profile when none of them is an error."""
    _plain(text)
    with tempfile.TemporaryDirectory(prefix="thienly-draft-") as directory:
        file = Path(directory, "draft.yaml")
        file.write_text(text, encoding="utf-8", errors="replace")
        if not words.strip():
            words = _words_at_hand(text)
        if words:
            file.with_suffix(".txt").write_text(words, encoding="utf-8", errors="replace")
        try:
            found = [replace(finding, file=Path(finding.file).name) for finding in lint(file)]
        except RecursionError:
            _wrong("text", _("The file is nested too deeply for a regulation."))
    if any(not finding.warning for finding in found):
        return found, None
    return found, read(text, name="draft.yaml")


def _plain(text: str) -> None:
    """A regulation repeats itself in words; references would let a small file grow without bound."""
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.CSafeLoader)):
            _wrong("text", _("A regulation uses no references (& and *); write each entry out."))
    except yaml.YAMLError:
        return  # the lint says where


def _words_at_hand(text: str) -> str:
    """The articles of the regulation that the draft names, when it is at hand."""
    for name in shelf().ids:
        if f"id: {name}\n" in text[:2000] and (book := shelf().book(name)):
            return "\n".join(f"[{anchor}]\n{said}\n" for anchor, said in book.articles.items())
    return ""


def _dated(profile: Profile, today: date) -> Profile:
    """A draft that does not say from when is looked at as the one that holds, else as from today."""
    if profile.profile.effective_from is not None:
        return profile
    held = profiles().get(profile.id)
    begins = held.profile.effective_from if held else None
    head = profile.profile.model_copy(update={"effective_from": begins or today})
    return profile.model_copy(update={"profile": head})


def _wrong(name: str, message: object) -> NoReturn:
    raise ValidationError({name: [ValidationError(message, "wrong")]})  # type: ignore[arg-type]  # lazy words
