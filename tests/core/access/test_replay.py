"""Whatever lawful things people do: no right is wider than what was given, and the ledger tells all of it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.commands import replay_and_compare
from thienly.core.access.document import Document
from thienly.core.access.handover import hand_over
from thienly.core.access.models import Right, Seat
from thienly.core.access.refusal import Refused
from thienly.core.access.replay import differences, present, replay
from thienly.core.access.rights import Given, delegate, end_right, give_consent, give_grant
from thienly.core.access.services import appoint, end_seat
from thienly.core.accounts.models import Account
from thienly.core.accounts.services import restore, suspend
from thienly.core.registry.models import Camera, Site
from thienly.core.regulation.shelf import profiles
from thienly.core.reviews import services as reviews
from thienly.core.reviews.models import Campaign, Item
from thienly.core.units import reorganising
from thienly.core.units.applying import apply_due
from thienly.core.units.models import Unit
from thienly.core.units.reorganising import Paper
from thienly.rules.actions import Action
from thienly.rules.cases import IllegalStep

pytestmark = pytest.mark.django_db

PAPER = Document("45/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")
ROLES = ("cam_admin", "cam_contact", "user_member", "user_contact", "central_operator")
ACTIONS = (Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.PTZ, Action.EXTRACT, Action.STATISTICS)


class Town:
    """People act through the services only; whoever may not is refused, and that is lawful too."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        above = province.unit("Ban Quản lý", ["camera_manager", "data_user", "central_manager"])
        below = province.unit("Tổ cảng", ["camera_manager", "data_user"], parent=above)
        self.units = [above, below]
        self.sites = [province.site(unit, f"Điểm {n}") for n, unit in enumerate(self.units)]
        self.cameras = [
            province.camera(site, f"C-{n}", sector="traffic") for n, site in enumerate(self.sites * 2)
        ]
        self.people = [province.person(f"n{n}", f"Người {n}") for n in range(4)]
        first = province.person("quantri", "Quản Trị")
        appoint(
            actor=Actor.machine("init"),
            account=first,
            unit=above,
            profile="QN",
            role="central_admin",
            document="1/QĐ",
        )
        self.admin = Actor.person(first)
        second = province.person("quyetdinh", "Quyết Định")
        appoint(
            actor=Actor.machine("init"),
            account=second,
            unit=above,
            profile="QN",
            role="central_admin",
            document="2/QĐ",
        )
        self.decider = Actor.person(second)

    def step(self) -> None:
        acts = [
            self.appoint,
            self.appoint,
            self.grant,
            self.grant,
            self.lend,
            self.lend,
            self.end,
            self.leave,
        ]
        further = [self.end_right, self.suspend, self.review, self.reorganise]
        act: Callable[[], object] = self.chance.choice([*acts, *further])
        with suppress(Refused, ValidationError, IllegalStep, reviews.Stale):
            act()

    def appoint(self) -> None:
        pick = self.chance.choice
        role = pick(ROLES)
        appoint(
            actor=pick([self.admin, self.admin, self.someone]),
            account=pick(self.people),
            unit=pick(self.units),
            profile="QN",
            role=role,
            document=PAPER,
            sites=[pick(self.sites)] if role == "user_member" else [],
            valid_to=pick([None, timezone.now() + timedelta(days=9)]),
        )

    def grant(self) -> None:
        pick = self.chance.choice
        giving = pick([give_grant, give_consent])
        giving(
            actor=pick([self.admin, self.admin, self.someone]), seat=self.seat, given=self.told(places=True)
        )

    def lend(self) -> None:
        lender = self.seat
        delegate(
            actor=Actor.person(lender.account), lender=lender, seat=self.seat, given=self.told(places=False)
        )

    def end(self) -> None:
        end_seat(actor=self.admin, seat=self.seat, reason="điều động")

    def end_right(self) -> None:
        rights = list(Right.objects.all())
        if rights:
            end_right(actor=self.someone, right=self.chance.choice(rights), reason="thôi")

    def leave(self) -> None:
        pick = self.chance.choice
        hand_over(
            actor=self.admin,
            account=pick(self.people),
            reason="nghỉ",
            document=PAPER,
            successor=pick([None, *self.people]),
        )

    def suspend(self) -> None:
        act = self.chance.choice([suspend, restore])
        act(actor=self.admin, account=self.chance.choice(self.people), reason="rà soát")

    def review(self) -> None:
        """One of the seats or rights of an open review is certified or taken away."""
        if not Campaign.objects.exists():
            reviews.open_campaign(actor=self.admin, now=timezone.now())
        item = self.chance.choice(list(Item.objects.filter(decision="")))
        decision = self.chance.choice(["certified", "revoked"])
        reviews.decide(
            actor=self.admin,
            review_id=item.review_id,
            item_id=item.pk,
            decision=decision,
            reason="rà soát",
            seen="",
            now=timezone.now(),
        )

    def reorganise(self) -> None:
        """The unit below is merged into the one above, or stands alone, by a decision of today."""
        above, below = (unit.id.hex for unit in self.units)
        acts = [
            {"act": "end", "unit": below, "successors": [above]},
            {"act": "attach", "unit": below, "parent": None},
        ]
        paper = Paper("7/NQ", date(2026, 3, 2), "HĐND tỉnh", timezone.localdate())
        row = reorganising.compose(
            actor=self.admin, title="Sắp xếp", paper=paper, acts=[self.chance.choice(acts)]
        )
        row = reorganising.submit(actor=self.admin, case_id=row.pk, version=row.case.version)
        reorganising.decide(actor=self.decider, case_id=row.pk, version=row.case.version)
        apply_due(now=timezone.now())
        self.units = [Unit.objects.get(pk=unit.pk) for unit in self.units]

    def told(self, *, places: bool) -> Given:
        chance = self.chance
        return Given(
            actions=set(chance.sample(ACTIONS, chance.choice([1, 1, 2]))),
            reason="bão",
            document=PAPER,
            valid_to=timezone.now() + timedelta(days=2),
            sites=chance.sample(self.sites, 1) if places else [],
            cameras=chance.sample(self.cameras, chance.choice([0, 1])) if places else [],
        )

    @property
    def seat(self) -> Seat:
        return self.chance.choice(list(Seat.objects.select_related("account", "unit")))

    @property
    def someone(self) -> Actor:
        return Actor.person(self.chance.choice(self.people))


def given_to(account: Account, camera: Camera, action: Action) -> bool:
    """Naively, from the rows: is there a grant of a role, or a document, that says so?"""
    now = timezone.now()
    if account.suspended_at is not None:
        return False
    return any(
        _by_role(seat, camera, action) or any(_beside(right, camera, action) for right in seat.rights.all())
        for seat in account.seats.all()
        if _live(seat.valid_from, seat.valid_to) and seat.valid_from <= now and _in_being(seat.unit)
    )


def _in_being(unit: Unit) -> bool:
    """A seat that a review gives back counts for nothing in a unit that has ended meanwhile."""
    return unit.valid_to is None or timezone.localdate() < unit.valid_to


def _live(first: object, last: object) -> bool:
    now = timezone.now()
    return first <= now and (last is None or now < last)  # type: ignore[operator]  # moments


def _by_role(seat: Seat, camera: Camera, action: Action) -> bool:
    for grant in profiles()["QN"].grants_of(seat.role):
        if action in grant.actions:
            own = camera.site.unit_id == seat.unit_id
            listed = seat.sites.filter(pk=camera.site_id).exists()
            if {"all": True, "own_unit": own, "grant_list": listed}.get(grant.scope.value):
                return True
    return False


def _beside(right: Right, camera: Camera, action: Action) -> bool:
    if not _live(right.valid_from, right.valid_to) or action.value not in right.actions:
        return False
    if right.lender is not None:
        lender = right.lender
        living = _live(lender.valid_from, lender.valid_to) and lender.account.suspended_at is None
        return living and _in_being(lender.unit) and _by_role(lender, camera, action)
    places = right.sites.filter(pk=camera.site_id).exists() or right.cameras.filter(pk=camera.pk).exists()
    return places and action in {Action.VIEW_LIVE, Action.VIEW_PLAYBACK, Action.STATISTICS}


@pytest.mark.timeout(400)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.integers(0, 2**32).map(Random), steps=st.integers(4, 18))
def test_no_lawful_sequence_widens_a_right_and_replaying_the_ledger_gives_the_present(
    chance: Random, steps: int
) -> None:
    with transaction.atomic():
        town = Town(chance)
        for _ in range(steps):
            town.step()
        for account in Account.objects.all():
            actor = Actor.person(account)
            for action in ACTIONS:
                seen = set(gate.visible(actor=actor, action=action))
                for camera in Camera.objects.select_related("site"):
                    assert (camera in seen) == given_to(account, camera, action), (account, action, camera)
        assert differences(replay(), present()) == []
        transaction.set_rollback(True)


def test_a_row_that_was_changed_past_the_services_is_found_and_named() -> None:
    town = Town(Random(1))  # noqa: S311 - rows, not secrets
    said: list[str] = []
    assert replay_and_compare(say=said.append) == 0
    seat = Seat.objects.get(account__username="quantri")
    with setting_the_scene():
        Seat.objects.filter(pk=seat.pk).update(role="central_operator")
        province.right(seat, sites=[town.sites[0]])
    assert replay_and_compare(say=said.append) == 1
    assert any(line.startswith(f"seat {seat.id.hex}") and "central_operator" in line for line in said)
    assert any(line.startswith("right ") and "ledger -" in line for line in said)


def test_the_state_at_an_earlier_moment_is_told_by_the_entries_until_then() -> None:
    town = Town(Random(1))  # noqa: S311 - rows, not secrets
    person = town.people[0]
    seat = appoint(
        actor=town.admin, account=person, unit=town.units[0], profile="QN", role="cam_admin", document=PAPER
    )
    between = timezone.now()
    end_seat(actor=town.admin, seat=seat, reason="điều động")
    assert replay(until=between).seats[seat.id.hex].valid_to is None
    assert replay().seats[seat.id.hex].valid_to is not None
    assert Site.objects.count() == 2
