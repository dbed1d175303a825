"""Why may somebody do this, who could allow it, and what a draft would change. The rights of the pages."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from thienly.api.session import actor_of
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.what_if import (
    MOST_LETTERS,
    MOST_LISTED,
    AtUnit,
    Outcome,
    SeatDraft,
    with_profile,
    with_seat,
)
from thienly.core.access.why import Answer, Post, explain, fetch_known
from thienly.core.registry.models import Site
from thienly.core.units.models import Unit
from thienly.rules.access import Decision, Reason
from thienly.rules.actions import Action
from thienly.rules.scope import ObjectKind
from thienly.rules.why import Giving, Wanted

router = Router(tags=["rights"])

MOST_ID = 36


class Question(Schema):
    """Without an object the whole installation is meant, without a person the one who asks."""

    person: str = Field("", max_length=MOST_ID, description="id of an account; empty: oneself")
    action: Action | None = Field(None, description="without it: every act that applies to the object")
    camera: str = Field("", max_length=MOST_ID)
    site: str = Field("", max_length=MOST_ID)
    unit: str = Field("", max_length=MOST_ID)
    account: str = Field("", max_length=MOST_ID)

    def of(self) -> tuple[ObjectKind, str]:
        named: dict[ObjectKind, str] = {
            "camera": self.camera,
            "site": self.site,
            "unit": self.unit,
            "account": self.account,
        }
        return next(((kind, id_) for kind, id_ in named.items() if id_), ("installation", ""))


class ReasonOut(Schema):
    code: str
    cite: str = Field(description="articles, e.g. QN Đ6.1")
    facts: dict[str, str]

    @classmethod
    def of(cls, reason: Reason) -> "ReasonOut":
        return cls(code=str(reason.code), cite=reason.cite, facts=dict(reason.facts))


class DecisionOut(Schema):
    action: Action
    allow: bool
    known: bool = Field(description="the person may know that the object exists")
    until: datetime | None = Field(description="when a permission ends by itself")
    reasons: list[ReasonOut]
    grants: list[str] = Field(description="articles on which a permission rests")
    purpose: str

    @classmethod
    def of(cls, action: Action, decision: Decision) -> "DecisionOut":
        return cls(
            action=action,
            allow=decision.allow,
            known=decision.visible,
            until=decision.until,
            reasons=[ReasonOut.of(reason) for reason in decision.reasons],
            grants=[grant.cite for grant in decision.grants],
            purpose=decision.purpose,
        )


class GivingOut(Schema):
    profile: str
    role: str
    title: str
    scope: str
    cite: str
    basis: str

    @classmethod
    def of(cls, one: Giving) -> "GivingOut":
        return cls(
            profile=one.profile.id,
            role=one.role.id,
            title=one.role.vi,
            scope=one.grant.scope.value,
            cite=one.cite,
            basis=one.grant.basis,
        )


class WantedOut(Schema):
    cite: str
    when: str
    form: str
    approver: list[str]
    left_open: str = Field(description="the parameter that no document has settled yet; empty: none")

    @classmethod
    def of(cls, one: Wanted) -> "WantedOut":
        return cls(
            cite=one.cite,
            when=one.approval.when,
            form=one.approval.form,
            approver=one.approval.approver,
            left_open=one.open.id if one.open else "",
        )


class PostOut(Schema):
    profile: str
    role: str
    unit: str = Field(description="empty: beyond what the asker may know")
    people: int
    names: list[str] = Field(description="those whom the asker may know, at most six")

    @classmethod
    def of(cls, post: Post) -> "PostOut":
        return cls(
            profile=post.profile,
            role=post.role,
            unit=post.unit.name if post.unit else "",
            people=post.people,
            names=[str(account) for account in post.named],
        )


class AnswerOut(Schema):
    person: str
    object_kind: str
    object: str
    decisions: list[DecisionOut]
    ways: list[str] = Field(description="how a denial could end: seat, restore, document, regulation, nobody")
    allowers: list[str] = Field(description="whom to ask")
    giving: list[GivingOut] = Field(description="posts to which the regulations in force give the act")
    wanted: list[WantedOut] = Field(description="what the regulations want beside the right")
    can: list[PostOut] = Field(description="who can do it now")

    @classmethod
    def of(cls, answer: Answer) -> "AnswerOut":
        return cls(
            person=answer.person.pk.hex,
            object_kind=answer.kind,
            object=answer.obj.pk.hex if answer.obj else "",
            decisions=[DecisionOut.of(action, one) for action, one in answer.decisions.items()],
            ways=[way.value for way in answer.ways],
            allowers=[str(seat.account) for seat in answer.allowers],
            giving=[GivingOut.of(one) for one in answer.giving],
            wanted=[WantedOut.of(one) for one in answer.wanted],
            can=[PostOut.of(post) for post in answer.can],
        )


class SeatIn(Schema):
    person: str = Field("", max_length=MOST_ID, description="id of an account; empty: oneself")
    unit: str = Field(max_length=MOST_ID)
    profile: str = Field(max_length=20)
    role: str = Field(max_length=60)
    sector: str = Field("", max_length=40)
    sites: list[str] = Field(default=[], max_length=1000)
    from_: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = None


class ProfileIn(Schema):
    person: str = Field("", max_length=MOST_ID, description="id of an account; empty: oneself")
    text: str = Field(max_length=MOST_LETTERS, description="YAML of the regulation")
    words: str = Field("", max_length=MOST_LETTERS, description="its articles; empty: those at hand")


class AtUnitOut(Schema):
    unit: str
    count: int
    cameras: list[str] = Field(description=f"codes; at most {MOST_LISTED} in one list")

    @classmethod
    def of(cls, at: AtUnit) -> "AtUnitOut":
        return cls(unit=at.unit.name, count=at.count, cameras=[camera.code for camera in at.cameras])


class MovedOut(Schema):
    actions: list[Action]
    gained: list[AtUnitOut]
    lost: list[AtUnitOut]
    gained_by: list[str] = Field(description="articles")
    lost_by: list[str]


class OutcomeOut(Schema):
    """Nothing was saved. Cameras that the asker may not know are not counted."""

    person: str
    at: datetime
    moved: list[MovedOut]
    obstacles: list[ReasonOut] = Field(description="why it could not be saved as it stands")
    wrong: dict[str, list[str]]

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeOut":
        return cls(
            person=outcome.person.pk.hex,
            at=outcome.at,
            moved=[
                MovedOut(
                    actions=list(one.change.actions),
                    gained=[AtUnitOut.of(at) for at in one.gained],
                    lost=[AtUnitOut.of(at) for at in one.lost],
                    gained_by=[rule.cite for rule in one.change.gained],
                    lost_by=[rule.cite for rule in one.change.lost],
                )
                for one in outcome.moved
            ],
            obstacles=[ReasonOut.of(reason) for reason in outcome.obstacles],
            wrong={name: list(texts) for name, texts in outcome.wrong.items()},
        )


class FindingOut(Schema):
    line: int
    sort: Literal["error", "warning"]
    vi: str
    en: str


class ReadingOut(Schema):
    findings: list[FindingOut] = Field(description="of the lint; with an error nothing is looked at")
    outcome: OutcomeOut | None


@router.get("", response=AnswerOut)
def why(request: HttpRequest, ask: Query[Question]) -> AnswerOut:
    """The gate's answer with its articles, who could allow it, who can. Asking about another is recorded."""
    kind, id_ = ask.of()
    return AnswerOut.of(
        explain(actor=actor_of(request), action=ask.action, kind=kind, id=id_, person=ask.person)
    )


@router.post("/seat", response=OutcomeOut)
def if_seat(request: HttpRequest, draft: SeatIn) -> OutcomeOut:
    """Which cameras the person would gain by this seat, by unit. Nothing is saved."""
    actor = actor_of(request)
    unit = fetch_known(actor=actor, kind="unit", id=draft.unit)
    assert isinstance(unit, Unit)  # noqa: S101 - by its kind
    outcome = with_seat(
        actor=actor,
        person=draft.person,
        draft=SeatDraft(
            unit=unit,
            profile=draft.profile,
            role=draft.role,
            sector=draft.sector,
            sites=_sites(actor, draft.sites),
            valid_from=draft.from_,
            valid_to=draft.until,
        ),
    )
    return OutcomeOut.of(outcome)


@router.post("/profile", response=ReadingOut)
def if_profile(request: HttpRequest, draft: ProfileIn) -> ReadingOut:
    """Which cameras the person would gain and lose if this regulation held. Nothing is saved."""
    reading = with_profile(actor=actor_of(request), text=draft.text, words=draft.words, person=draft.person)
    return ReadingOut(
        findings=[
            FindingOut(line=one.line, sort="warning" if one.warning else "error", vi=one.vi, en=one.en)
            for one in reading.findings
        ],
        outcome=OutcomeOut.of(reading.outcome) if reading.outcome else None,
    )


def _sites(actor: Actor, ids: list[str]) -> list[Site]:
    """Those that the asker may know."""
    wanted: list[UUID] = []
    for one in ids:
        try:
            wanted.append(UUID(one))
        except ValueError:
            continue
    return list(gate.visible(actor=actor, model=Site).filter(pk__in=wanted))
