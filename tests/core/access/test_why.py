"""Why and what if: about whom one may ask, what is told, what is kept back, and that nothing is saved."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import province
from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.models import Seat
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.access.what_if import SeatDraft, with_profile, with_seat
from thienly.core.access.why import explain
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.ledger.search import Asked, search
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action
from thienly.rules.why import Way

QN = Path("src/thienly/profiles/quang-ninh/qn.yaml")


@pytest.fixture
def keeper(world: World) -> Actor:
    return person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)


@pytest.fixture
def admin(world: World) -> Actor:
    return person("quantri", "Đỗ Thị Quản", role="central_admin", unit=world.centre)


def told() -> list[Entry]:
    return list(Entry.objects.filter(kind=Kind.RIGHTS_ASKED))


def test_a_permission_is_explained_by_its_rule_and_who_else_has_it(world: World, keeper: Actor) -> None:
    person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    answer = explain(actor=keeper, action=Action.VIEW_LIVE, kind="camera", id=world.quay.id)
    assert answer.decision is not None and answer.decision.allow and answer.oneself
    assert [reason.cite for reason in answer.decision.reasons] == ["QN Đ11.2, Đ20"]
    assert answer.ways == () and not answer.allowers and answer.people == 2
    own, other = sorted(answer.can, key=lambda post: post.role)
    assert (own.role, own.unit, own.named) == ("cam_admin", world.port, (keeper.account,))
    # The keeper may neither know the centre nor its people: they are counted, not told.
    assert (other.role, other.unit, other.people, other.named) == ("central_operator", None, 1, ())
    assert not told()  # everybody may ask about himself, and it is nobody's business


def test_a_denial_names_the_posts_that_are_given_it_and_whom_to_ask(
    world: World, keeper: Actor, admin: Actor
) -> None:
    answer = explain(actor=keeper, action=Action.INSPECT_META, kind="camera", id=world.quay.id)
    assert answer.decision is not None and not answer.decision.allow
    assert answer.ways == (Way.SEAT,)
    assert {one.role.id for one in answer.giving} == {"central_admin", "tttt_guide", "police_reviewer"}
    assert [seat.account for seat in answer.allowers] == [admin.account]  # not himself


def test_who_administers_accounts_or_inspects_asks_about_others_and_that_he_asked_is_told(
    world: World, keeper: Actor, admin: Actor
) -> None:
    inspector = person("thanhtra", "Hoàng Thị Tra", role="tttt_guide", unit=world.centre)
    assert keeper.account is not None
    for asker in (admin, inspector):
        answer = explain(
            actor=asker, action=Action.VIEW_LIVE, kind="camera", id=world.gate.id, person=keeper.account.pk
        )
        assert answer.decision is not None and not answer.decision.allow
        assert answer.decision.reasons[0].code == ReasonCode.OUTSIDE_SCOPE
        entry = Entry.objects.get(kind=Kind.RIGHTS_ASKED, actor_label=asker.label)
        assert (entry.object_id, entry.camera_id) == (keeper.account.pk.hex, world.gate.id.hex)
    # The keeper does not find in history that he was asked about.
    found = search(actor=keeper, asked=Asked()).entries
    assert not [entry for entry in found if entry.kind == Kind.RIGHTS_ASKED]


def test_nobody_else_asks_about_others_and_a_stranger_is_not_found(world: World, keeper: Actor) -> None:
    operator = person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    assert operator.account is not None and keeper.account is not None
    for actor, other in ((keeper, operator.account.pk), (operator, keeper.account.pk), (keeper, "0" * 32)):
        with pytest.raises(OutsideScope):
            explain(actor=actor, action=Action.VIEW_LIVE, kind="camera", id=world.quay.id, person=other)
    reviewer = person("congan", "Vũ Văn An", role="cam_contact", unit=world.port)
    with pytest.raises(OutsideScope):
        explain(actor=reviewer, person=keeper.account.pk)
    assert not told() and Entry.objects.filter(kind=Kind.REFUSED).count() == 4


@pytest.mark.parametrize("kind", ["camera", "site", "unit", "account"])
def test_an_object_outside_the_scope_is_not_found_like_one_that_never_was(
    world: World, keeper: Actor, kind: str
) -> None:
    stranger = person("giumo", "Trần Văn Mỏ", role="cam_admin", unit=world.mine).account
    assert stranger is not None
    outside = {"camera": world.gate, "site": world.gate.site, "unit": world.mine, "account": stranger}[kind]
    for id_ in (outside.pk, "0" * 32, "không phải"):
        with pytest.raises(OutsideScope) as refused:
            explain(actor=keeper, action=Action.INSPECT_META, kind=kind, id=id_)  # type: ignore[arg-type]
        assert [reason.code for reason in refused.value.reasons] == [ReasonCode.UNKNOWN]
        assert refused.value.label == ""


def test_without_a_verb_every_act_that_means_something_is_answered(world: World, keeper: Actor) -> None:
    answer = explain(actor=keeper, kind="unit", id=world.port.id)
    assert {action for action, decision in answer.decisions.items() if decision.allow} == {
        Action.CONFIG_DEVICE,
        Action.ADMIN_ACCOUNTS,
    }
    assert Action.VIEW_LIVE not in answer.decisions


def test_what_nobody_can_allow_names_nobody(world: World) -> None:
    operator = person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    with setting_the_scene():
        world.quay.secret = True
        world.quay.save()
    answer = explain(actor=operator, action=Action.VIEW_LIVE, kind="camera", id=world.quay.id)
    assert answer.ways == (Way.NOBODY,) and not answer.allowers and not answer.giving and not answer.can


def test_a_draft_seat_shows_what_it_would_give_by_unit_and_saves_nothing(world: World, admin: Actor) -> None:
    newcomer = province.person("moi", "Đỗ Văn Mới")
    before = epoch.value()
    outcome = with_seat(
        actor=admin, draft=SeatDraft(unit=world.port, profile="QN", role="cam_admin"), person=newcomer.pk
    )
    by_action = {action: one for one in outcome.moved for action in one.change.actions}
    assert set(by_action) == {
        Action.VIEW_LIVE,
        Action.VIEW_PLAYBACK,
        Action.PTZ,
        Action.EXTRACT,
        Action.CONFIG_DEVICE,
    }
    live = by_action[Action.VIEW_LIVE]
    assert [(at.unit, at.count, list(at.cameras)) for at in live.gained] == [(world.port, 1, [world.quay])]
    assert not live.lost and [rule.cite for rule in live.change.gained] == ["QN Đ11.2, Đ20"]
    assert not outcome.obstacles and not outcome.wrong
    assert not newcomer.seats.exists() and epoch.value() == before
    assert not Entry.objects.filter(kind=Kind.SEAT_APPOINTED).exists()
    assert told()[0].detail["gains"] == sum(one.gains for one in outcome.moved)


def test_a_draft_seat_that_could_not_be_given_says_why(world: World, admin: Actor, keeper: Actor) -> None:
    assert keeper.account is not None and admin.account is not None
    province.seat(province.person("dau-moi"), world.port, "cam_contact")

    def obstacles(role: str, asker: Actor, account: Account, **more: object) -> list[str]:
        draft = SeatDraft(unit=world.port, profile="QN", role=role, **more)  # type: ignore[arg-type]
        outcome = with_seat(actor=asker, draft=draft, person=account.pk)
        return [reason.code for reason in outcome.obstacles] + sorted(outcome.wrong)

    assert obstacles("cam_contact", admin, keeper.account) == [ReasonCode.QUOTA_FULL]
    assert obstacles("central_operator", admin, keeper.account) == [ReasonCode.WRONG_FUNCTION]
    assert obstacles("cam_admin", admin, admin.account) == [ReasonCode.OWN_CASE]
    inspector = person("thanhtra", "Hoàng Thị Tra", role="tttt_guide", unit=world.centre)
    assert obstacles("cam_admin", inspector, keeper.account) == [ReasonCode.NOT_GRANTED]
    yesterday = timezone.now() - timedelta(days=1)
    assert obstacles("unit_head", admin, keeper.account, valid_to=yesterday) != []
    with pytest.raises(ValidationError):
        obstacles("không-có", admin, keeper.account)
    assert Seat.objects.count() == 4


def test_cameras_that_the_asker_may_not_know_are_neither_counted_nor_named(
    world: World, keeper: Actor
) -> None:
    employee = person("nhanvien", "Bùi Thị Nhân", role="cam_contact", unit=world.port).account
    assert employee is not None
    with setting_the_scene():
        world.port.functions = [*world.port.functions, "central_manager"]
        world.port.save()
    draft = SeatDraft(unit=world.port, profile="QN", role="central_operator")
    outcome = with_seat(actor=keeper, draft=draft, person=employee.pk)
    named = {camera for one in outcome.moved for at in one.gained for camera in at.cameras}
    assert named == {world.quay} and max(one.gains for one in outcome.moved) == 1


def test_a_draft_regulation_shows_what_would_be_lost_and_changes_nothing(world: World, admin: Actor) -> None:
    operator = person("trucban", "Nguyễn Văn Trực", role="central_operator", unit=world.centre)
    assert operator.account is not None
    text = QN.read_text(encoding="utf-8")
    full, less = "actions: [view.live, view.playback, ptz, stats]", "actions: [view.live]"
    draft = text.replace(f"to: central_operator, {full}", f"to: central_operator, {less}")
    assert draft != text
    reading = with_profile(actor=admin, text=draft, person=operator.account.pk)
    assert not [finding for finding in reading.findings if not finding.warning]
    assert reading.outcome is not None
    lost = {action for one in reading.outcome.moved if one.lost for action in one.change.actions}
    assert lost == {Action.VIEW_PLAYBACK, Action.PTZ, Action.STATISTICS}
    (moved,) = [one for one in reading.outcome.moved if Action.PTZ in one.change.actions]
    assert moved.loses == 2 and [rule.cite for rule in moved.change.lost] == ["QN Đ6.1"]
    answer = explain(actor=operator, action=Action.PTZ, kind="camera", id=world.quay.id)
    assert answer.decision is not None and answer.decision.allow
    same = with_profile(actor=admin, text=text, person=operator.account.pk)
    assert same.outcome is not None and not same.outcome.moved


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("profile: {id: QN", "YAML"),
        ("profile: {id: QN}", "missing"),
        (QN.read_text(encoding="utf-8").replace("to: sector_user", "to: nobody_known", 1), "nobody_known"),
    ],
)
def test_a_draft_with_errors_is_told_with_its_lines_and_not_looked_at(
    world: World, admin: Actor, text: str, why: str
) -> None:
    reading = with_profile(actor=admin, text=text)
    assert reading.outcome is None and reading.profile is None
    assert any(why in finding.en and finding.line >= 1 for finding in reading.findings)


def test_a_file_that_is_no_regulation_is_refused_before_it_can_do_harm(world: World, admin: Actor) -> None:
    for text in ("a" * 500_000, "a: &a [x]\nb: [*a, *a]\n"):
        with pytest.raises(ValidationError) as wrong:
            with_profile(actor=admin, text=text)
        assert "text" in wrong.value.error_dict
    deep = with_profile(actor=admin, text="[" * 900)
    assert deep.outcome is None and deep.findings


def test_somebody_who_is_not_signed_in_asks_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        explain(actor=Actor.anonymous(), action=Action.VIEW_LIVE, kind="camera", id=world.quay.id)
