"""One answer, however it is asked: the list, the single question and "who can?" never differ."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import province
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.facts import Guarded
from thienly.core.access.models import Right, Seat
from thienly.core.accounts.models import Account
from thienly.core.registry.models import Camera, Site
from thienly.core.units.models import Unit
from thienly.rules.actions import Action
from thienly.rules.profile import Profile, Scope

pytestmark = pytest.mark.django_db

FUNCTIONS = ["works", "keeps"]
SECTORS = ["mining", "traffic"]
ROLES = [f"role_{number}" for number in range(4)]
CONSENT = {
    "id": "a-out",
    "action": "view.any",
    "when": "camera_outside_own_remit",
    "approver": ["works"],
    "mode": "any",
    "form": "written",
    "basis": "explicit",
    "cite": "Đ5",
}
worlds = st.integers(0, 2**32).map(Random)
"""Evenly random worlds: small and equal ones, as hypothesis would draw, are mostly denied."""


def some(chance: Random, share: float, names: Sequence[Action]) -> list[str]:
    return sorted(name.value for name in names if chance.random() < share)


def regulation(chance: Random, name: str = "TM") -> Profile:
    """A regulation with a few roles of any scopes and actions, rarely not in force, often with secrecy."""
    grants = [
        {
            "id": f"g{number}",
            "to": chance.choice(ROLES),
            "actions": some(chance, 0.6, list(Action)) or ["stats"],
            "scope": chance.choice(list(Scope)).value,
            "purpose": "work",
            "basis": "explicit",
            "cite": f"Đ3.{number}",
            "prevails": chance.random() < 0.2,
        }
        for number in range(chance.randint(4, 9))
    ]
    secrecy = {
        "id": "x",
        "vi": "mật",
        "flag": "secret",
        "leaves": some(chance, 0.5, list(Action)),
        "basis": "explicit",
        "cite": "Đ4",
    }
    return Profile.model_validate(
        {
            "profile": {
                "id": name,
                "schema": "camera-regulation-profile/1",
                "version": 1,
                "title_vi": "mẫu",
                "number": None,
                "date": None,
                "issuer_vi": "mẫu",
                "instrument": "administrative",
                "temporary": False,
                "domain": chance.choice(["all", "all", *SECTORS]),
                "territory": {},
                "effective_to": None,
                "effective_from": date(2100 if chance.random() < 0.03 else 2020, 1, 1),
            },
            "unit_types": [
                {
                    "id": f,
                    "vi": f,
                    "level": "any",
                    "parent": None,
                    "kind": "mẫu",
                    "basis": "explicit",
                    "cite": "Đ1",
                }
                for f in FUNCTIONS
            ],
            "site_types": [],
            "purposes": [{"id": "work", "vi": "việc", "basis": "explicit", "cite": "Đ1"}],
            "roles": [
                {
                    "id": r,
                    "unit": FUNCTIONS[n % 2],
                    "vi": r,
                    "seat": "assigned",
                    "basis": "explicit",
                    "cite": "Đ2",
                }
                for n, r in enumerate(ROLES)
            ],
            "quotas": [],
            "grants": grants,
            "exclusions": [secrecy] if chance.random() < 0.8 else [],
            "separations": [],
            "approvals": [CONSENT],
            "retention": [],
        }
    )


def lay(chance: Random, profiles: Sequence[Profile]) -> list[Account]:
    """A random province; returns its people. Most seats are live, or there would be nothing to decide."""
    today = timezone.localdate()
    pick = chance.choice
    units: list[Unit] = []
    for number in range(chance.randint(2, 5)):
        units.append(
            province.unit(
                f"Đơn vị {number}",
                pick([*[FUNCTIONS] * 9, []]),
                parent=pick([None, *units]),
                valid_to=pick([*[None] * 8, today, today + timedelta(days=1)]),
            )
        )
    sites = [province.site(pick(units), f"Điểm {number}") for number in range(chance.randint(2, 4))]
    for number in range(chance.randint(3, 6)):
        province.camera(
            pick(sites),
            f"C-{number}",
            sector=pick(SECTORS),
            secret=pick([True, False, False]),
            retired_at=pick([None, None, province.yesterday(), province.tomorrow()]),
        )
    _lay_areas(chance, units, sites)
    people = [
        province.person(f"người{n}", suspended=chance.random() < 0.1) for n in range(chance.randint(2, 4))
    ]
    seats = []
    for account in [*people, *people, pick(people), pick(people)][chance.randint(0, 1) :]:
        seat = province.seat(
            account,
            pick(units),
            pick(ROLES),
            profile=pick(profiles).id,
            sector=pick(SECTORS),
            sites=chance.sample(sites, 1),
            valid_from=pick([*[province.LONG_AGO] * 9, province.tomorrow()]),
            valid_to=pick([*[None] * 7, province.tomorrow(), province.yesterday()]),
        )
        seats.append(seat)
    for _ in range(chance.randint(0, 6)):
        kind = pick([Right.Kind.GRANT, Right.Kind.CONSENT, Right.Kind.DELEGATION])
        lends = kind is Right.Kind.DELEGATION
        province.right(
            pick(seats),
            kind=kind,
            actions=some(chance, 0.6, list(Action)),
            entry="a-out" if kind is Right.Kind.CONSENT else f"g{chance.randint(0, 8)}",
            lender=pick(seats) if lends else None,
            sites=[] if lends else chance.sample(sites, chance.randint(0, 1)),
            cameras=[] if lends else chance.sample(list(Camera.objects.all()), chance.randint(0, 2)),
            valid_from=pick([*[province.LONG_AGO] * 5, province.tomorrow()]),
            valid_to=pick([province.tomorrow(), province.tomorrow(), province.yesterday()]),
        )
    return people


def _lay_areas(chance: Random, units: list[Unit], sites: list[Site]) -> None:
    """A province of two communes; sites that were confirmed to lie there, what documents gave to units."""
    pick, today = chance.choice, timezone.localdate()
    above = province.area("37", "Ninh Bình", level="province")
    areas = [above, *(province.area(f"143{n}", f"Xã {n}", parent=above) for n in range(2))]
    for site in sites:
        if chance.random() < 0.7:
            province.placed(site, pick(areas[1:]))
    for _ in range(chance.randint(0, 5)):
        begins = pick([province.FOUNDED] * 4 + [today + timedelta(days=1)])
        ends = pick([None, None, today, today + timedelta(days=9)])
        own = {"area": pick(areas)} if chance.random() < 0.6 else {"site": pick(sites), "work": "Đường"}
        if ends is None or ends > begins:
            province.remit(pick(units), valid_from=begins, valid_to=ends, **own)


def listed(actor: Actor, action: Action | None, model: type[Guarded], now: Any) -> set[Guarded]:
    rows = list(gate.visible(actor=actor, action=action, model=model, now=now))
    assert len(rows) == len(set(rows)), "a row stands twice in the list"
    return set(rows)


@pytest.mark.timeout(400)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=worlds, action=st.sampled_from(list(Action)))
def test_the_list_the_single_question_and_who_can_agree(chance: Random, action: Action) -> None:
    rules = [regulation(chance, name) for name in ("TM", "MH", "BA")[: chance.randint(1, 3)]]
    with transaction.atomic(), patch.object(gate, "profiles", lambda: {one.id: one for one in rules}):
        people = lay(chance, rules)
        now = timezone.now()
        models: list[type[Guarded]] = [Camera, Site, Unit, Account]
        for model in models:
            objects = list(model._default_manager.all())
            allowed: dict[Guarded, set[Account]] = {obj: set() for obj in objects}
            for account in people:
                actor = Actor.person(account)
                decisions = {o: gate.decide(actor=actor, action=action, obj=o, now=now) for o in objects}
                assert listed(actor, action, model, now) == {o for o, d in decisions.items() if d.allow}
                assert listed(actor, None, model, now) == {o for o, d in decisions.items() if d.visible}
                for obj, decision in decisions.items():
                    assert decision.reasons, "an answer without a reason"
                    assert decision.allow == bool(decision.grants)
                    assert decision.visible or not decision.allow
                    if decision.allow:
                        allowed[obj].add(account)
            for obj, able in allowed.items():
                seats = gate.who_can(action=action, obj=obj, now=now)
                assert {seat.account for seat in seats} == able
        transaction.set_rollback(True)
    assert not Seat.objects.exists()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=worlds)
def test_allowed_actions_are_those_that_the_single_question_allows(chance: Random) -> None:
    rules = regulation(chance)
    with transaction.atomic(), patch.object(gate, "profiles", lambda: {rules.id: rules}):
        actor = Actor.person(lay(chance, [rules])[0])
        now = timezone.now()
        for obj in [None, *Camera.objects.all()[:2], *Unit.objects.all()[:2]]:
            one_by_one = {a for a in Action if gate.decide(actor=actor, action=a, obj=obj, now=now).allow}
            assert gate.allowed_actions(actor=actor, obj=obj, now=now) == one_by_one
        transaction.set_rollback(True)
