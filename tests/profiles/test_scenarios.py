"""Runs `<regulation>/rights.yaml`: given a post, when it does this, then the regulation lets it, or not.

The files are written to be read by lawyers; how, stands at the head of `bdm/rights.yaml`. Each scenario is
put to the real gate over rows of a database: the single answer, the list, "who can?", and the row that a
refusal leaves in the ledger must all say the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.profiles.land import (
    ALLOWED,
    EVERYTHING_ELSE,
    PURPOSE,
    REFUSED,
    UNKNOWN,
    VERBS,
    WHY,
    Land,
    articles,
    listed,
    posts_of,
    told,
)
from thienly.core.access import gate
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Camera
from thienly.core.regulation.shelf import shelf
from thienly.core.service import service
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action
from thienly.rules.profile import Grant, Scope
from thienly.rules.profile_checks import of_law, passages

pytestmark = pytest.mark.timeout(120)

FILES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/rights.yaml"))
BECAUSE = {
    "ngoài phạm vi": ReasonCode.OUTSIDE_SCOPE,
    "không được giao": ReasonCode.NOT_GRANTED,
    "bí mật nhà nước": ReasonCode.SECRET,
    "camera đã thanh lý": ReasonCode.RETIRED,
    "chưa đăng nhập": ReasonCode.ANONYMOUS,
    "không áp dụng": ReasonCode.NOT_APPLICABLE,
}
CASES = [
    pytest.param(
        name,
        case,
        id=f"{name}: {case['scenario']}",
        marks=[pytest.mark.req(*listed(case.get("req"))), pytest.mark.req_part(*listed(case.get("part")))],
    )
    for name in FILES
    for case in told(name)["scenarios"]
]
fetch = service(gate.fetch)  # as every page does it: what is refused is recorded


@pytest.fixture(scope="module")
def land(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Land]:
    with django_db_blocker.unblock(), Land.laid(request.param) as laid:
        yield laid


@pytest.mark.parametrize(("land", "case"), CASES, indirect=["land"])
def test_the_regulation_is_kept(land: Land, case: dict[str, Any]) -> None:
    known = articles(land.profile, [case["cite"]])
    outcomes = land.outcomes(case)
    for post in map(land.post, posts_of(case)):
        for action in land.verbs(case, post):
            for name in outcomes[ALLOWED]:
                decision = land.ask(post, action, name)
                assert decision.allow, (post, action, name, decision.reasons)
                rests_on = articles(land.profile, [grant.cite for grant in decision.grants])
                assert rests_on and rests_on <= known, (action, name, rests_on)
                if PURPOSE in case["then"]:
                    assert _purposes(land, decision.grants) == {case["then"][PURPOSE]}
            for name in (*outcomes[REFUSED], *outcomes[UNKNOWN]):
                decision = land.ask(post, action, name)
                assert not decision.allow, (post, action, name, decision.reasons)
                assert decision.visible == (name in outcomes[REFUSED]), (post, action, name)
                _explained(decision.reasons, case["then"].get(WHY), action, name)
            _agrees(land, post, action, outcomes)
        _told(land, post, land.verbs(case, post), outcomes)


def _purposes(land: Land, grants: Any) -> set[str]:
    words = {purpose.id: purpose.vi for purpose in land.profile.purposes}
    return {words[grant.purpose] for grant in grants}


def _explained(reasons: Any, why: str | None, action: Action, name: str) -> None:
    assert reasons, (action, name)
    if why is not None:
        assert BECAUSE[why] in {reason.code for reason in reasons}, (action, name, reasons)


def _agrees(land: Land, post: Any, action: Action, outcomes: dict[str, list[str]]) -> None:
    """The list, and "who can?", say what the single answers said."""
    cameras = {name for names in outcomes.values() for name in names if name in land.cameras}
    assert land.list_of(post, action) & cameras == set(outcomes[ALLOWED]) & cameras
    known = {*outcomes[ALLOWED], *outcomes[REFUSED]}
    assert land.list_of(post, None) & cameras == known & cameras
    account = land.actor(post).account
    for name in cameras:
        able = account is not None and account.id.hex in land.who_can(action, name)
        assert able == (name in outcomes[ALLOWED])


def _told(land: Land, post: Any, actions: list[Action], outcomes: dict[str, list[str]]) -> None:
    """What is refused is 403 when the camera may be known, 404 when not, and stands in the ledger."""
    for name, refusal in [(n, NotAllowed) for n in outcomes[REFUSED]] + [
        (n, OutsideScope) for n in outcomes[UNKNOWN]
    ]:
        if name not in land.cameras:
            continue
        before = Entry.objects.filter(kind=Kind.REFUSED).count()
        with pytest.raises(refusal):
            fetch(actor=land.actor(post), action=actions[0], model=Camera, id=land.cameras[name].id)
        assert Entry.objects.filter(kind=Kind.REFUSED).count() == before + 1
        return


@pytest.mark.parametrize("land", FILES, indirect=True)
def test_every_grant_has_a_scenario_that_allows_and_one_that_denies(land: Land) -> None:
    """A right that reaches everything is denied to others; any other to its own holder, elsewhere."""
    allowed: set[tuple[str, Action]] = set()
    denied: set[tuple[str, Action]] = set()  # by role
    for case in told(land.name)["scenarios"]:
        for post in map(land.post, posts_of(case)):
            outcomes = land.outcomes(case)
            for action in land.verbs(case, post):
                for name in outcomes[ALLOWED]:
                    allowed |= {(grant.grant, action) for grant in land.ask(post, action, name).grants}
                if outcomes[REFUSED] or outcomes[UNKNOWN]:
                    denied.add((post[0], action))
    missing = [
        f"{grant.id} ({grant.cite}), {action}: no scenario that {what}"
        for grant in land.profile.grants
        for action in sorted(grant.actions)
        for what in _missing(land, grant, action, allowed, denied)
    ]
    silent = [
        f"{grant.id} ({grant.cite}): its holder has no scenario at all"
        for grant in land.profile.grants
        if not grant.actions and grant.to not in {role for role, _ in denied}
    ]
    assert not missing + silent, "\n".join(missing + silent)


def _missing(
    land: Land,
    grant: Grant,
    action: Action,
    allowed: set[tuple[str, Action]],
    denied: set[tuple[str, Action]],
) -> Iterator[str]:
    # Nothing can be published yet, so that this scope reaches nothing; that it does is tested as a denial.
    if (grant.id, action) not in allowed and grant.scope is not Scope.PUBLIC_CATALOGUE:
        yield "allows it"
    own = (grant.to, action) in denied or (
        grant.scope is Scope.PUBLIC_CATALOGUE and any(a is action for _, a in denied)
    )
    others = any(role != grant.to and a is action for role, a in denied)
    if not own and not (grant.scope is Scope.ALL and others):
        yield "denies it"


@pytest.mark.parametrize("name", FILES)
def test_every_scenario_cites_articles_of_its_regulation(name: str) -> None:
    book = shelf().book(told(name)["regulation"])
    assert book is not None
    for case in told(name)["scenarios"]:
        for article in case["cite"].split(", "):
            assert passages(article, book.articles) or of_law(article), (case["scenario"], article)
        assert set(listed(case["when"])) <= {*VERBS, EVERYTHING_ELSE}


def test_all_five_regulations_have_scenarios() -> None:
    assert {told(name)["regulation"] for name in FILES} >= {"BDM", "BDP", "QN", "NB", "DN"}
