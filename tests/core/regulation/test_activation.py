"""A version of a regulation comes into force as an approved case, from its day on, and never before."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.core.world import World, person
from tests.guard import setting_the_scene
from thienly.core.access import epoch, gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.cases import engine
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.regulation import activation, in_force, shelf
from thienly.core.regulation.activation import Document
from thienly.core.regulation.models import Version
from thienly.rules.actions import Action
from thienly.rules.profile_diff import diff

QN = shelf.shelf().books["QN", 1]
DECISION = Document("31/2026/QĐ-UBND", date(2026, 11, 1), "UBND tỉnh Quảng Ninh")


@pytest.fixture
def composer(world: World) -> Actor:
    return person("soan", "Nguyễn Văn An", role="central_admin", unit=world.centre)


@pytest.fixture
def decider(world: World) -> Actor:
    return person("duyet", "Đặng Thị Nhung", role="central_admin", unit=world.centre)


def today() -> date:
    return timezone.localdate()


def second(*changes: tuple[str, str], version: int = 2) -> str:
    text = QN.text.replace("  version: 1\n", f"  version: {version}\n")
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


NO_DEVICES = ("to: cam_admin, actions: [config.device, admin.accounts]", "to: cam_admin, actions: [ptz]")


def adopted() -> None:
    assert activation.adopt_first(now=timezone.now()) == 1
    in_force.forget()


def approved(composer: Actor, decider: Actor, text: str, begins: date) -> Version:
    draft = activation.propose(actor=composer, text=text, begins=begins)
    assert draft.case is not None
    done = activation.approve(actor=decider, case_id=draft.case.id, version=1, document=DECISION)
    in_force.forget()  # what a commit would do
    return done


@pytest.mark.req_part("QN-001")
def test_the_first_start_takes_down_what_holds_and_nothing_changes(world: World) -> None:
    before = dict(in_force.today())
    adopted()
    assert activation.adopt_first(now=timezone.now()) == 0
    assert {name: held.model_dump() for name, held in in_force.today().items()} == {
        name: held.model_dump() for name, held in before.items()
    }
    assert not in_force.on(date(2023, 8, 31))["QN"].in_force(date(2023, 8, 31))
    assert in_force.versions(date(2023, 9, 1)) == {"QN": 1}
    assert Entry.objects.get(kind=Kind.REGULATION_ADOPTED).actor_kind == "machine"


@pytest.mark.req("QN-102", "NB-064")
def test_an_approved_version_holds_from_its_day_and_the_one_before_until_then(
    world: World, composer: Actor, decider: Actor
) -> None:
    adopted()
    day = today() + timedelta(days=5)
    before = epoch.value()
    approved(composer, decider, second(NO_DEVICES), day)
    assert epoch.value() > before
    assert in_force.versions(today()) == {"QN": 1}
    assert in_force.versions(day - timedelta(days=1)) == {"QN": 1}
    assert in_force.versions(day) == {"QN": 2}
    old = in_force.on(day - timedelta(days=1))["QN"]
    assert old.profile.effective_to == day and old.in_force(day - timedelta(days=1))
    assert not in_force.on(day)["QN"].in_force(day - timedelta(days=1))
    assert [row.number for row in activation.standing("QN")] == [1, 2]
    one, two = (activation.stored_book(row).profile for row in activation.standing("QN"))
    told = [change.words("vi") for change in diff(one, two)]
    assert any(line.startswith("Sửa quyền g-cam-admin") for line in told), told  # and the two are compared


def test_from_that_day_the_gate_goes_by_it(world: World, composer: Actor, decider: Actor) -> None:
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    adopted()
    assert gate.decide(actor=keeper, action=Action.CONFIG_DEVICE, obj=world.quay).allow
    draft = approved(composer, decider, second(NO_DEVICES), today())
    assert not gate.decide(actor=keeper, action=Action.CONFIG_DEVICE, obj=world.quay).allow
    assert gate.decide(actor=keeper, action=Action.VIEW_LIVE, obj=world.quay).allow
    assert activation.enter(now=timezone.now()) == 1
    draft.refresh_from_db()
    assert draft.case is not None and draft.case.state == "in_force"
    assert activation.enter(now=timezone.now()) == 0
    told = Entry.objects.filter(object_kind="regulation").order_by("seq").values_list("kind", flat=True)
    assert list(told) == [
        Kind.REGULATION_ADOPTED,
        Kind.REGULATION_PROPOSED,
        Kind.REGULATION_APPROVED,
        Kind.REGULATION_ENTERED,
    ]


def test_a_case_keeps_the_version_under_which_it_opened(
    world: World, composer: Actor, decider: Actor
) -> None:
    adopted()
    officer = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    case = engine.open_case(actor=officer, kind="camera_fault", camera=world.quay, title="Mất hình")
    approved(composer, decider, second(("n: 5, unit: working_day", "n: 3, unit: working_day")), today())
    case.refresh_from_db()
    assert case.regulations == {"QN": 1}
    clock = next(one for one in engine.governing(case)["QN"].clocks if one.id == "c-repair")
    assert clock.limit.n == 5
    later = engine.open_case(actor=officer, kind="camera_fault", camera=world.quay, title="Mất hình")
    clock = next(one for one in engine.governing(later)["QN"].clocks if one.id == "c-repair")
    assert (later.regulations, clock.limit.n) == ({"QN": 2}, 3)


def test_whoever_proposes_it_does_not_approve_it_and_whoever_does_not_administer_does_neither(
    world: World, composer: Actor, decider: Actor
) -> None:
    adopted()
    draft = activation.propose(actor=composer, text=second(), begins=today())
    assert draft.case is not None
    with pytest.raises(NotAllowed) as own:
        activation.approve(actor=composer, case_id=draft.case.id, version=1, document=DECISION)
    assert [reason.code for reason in own.value.reasons] == ["own_case"]
    operator = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    with pytest.raises(NotAllowed):
        activation.propose(actor=operator, text=second(), begins=today())
    with pytest.raises(NotAllowed):
        activation.approve(actor=operator, case_id=draft.case.id, version=1, document=DECISION)
    draft.refresh_from_db()
    assert draft.decided_at is None and Entry.objects.filter(kind=Kind.REFUSED).count() == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (second(("to: sector_user, actions:", "to: sector_usr, actions:")), "sector_usr"),
        (second(("cite: Đ11.4}", "cite: Đ99.4}")), "Đ99.4"),
        ("a: [", "YAML"),
        ("", "1 MB"),
    ],
    ids=["unknown role", "unknown article", "no YAML", "nothing"],
)
def test_a_draft_with_an_error_is_refused_with_its_line_and_nothing_is_kept(
    world: World, composer: Actor, text: str, words: str
) -> None:
    adopted()
    with pytest.raises(ValidationError) as wrong:
        activation.propose(actor=composer, text=text, begins=today())
    assert any(words in message for message in wrong.value.message_dict["text"])
    assert Version.objects.count() == 1 and not engine.Case.objects.exists()


def test_two_versions_never_hold_on_one_day(world: World, composer: Actor, decider: Actor) -> None:
    adopted()
    day = today() + timedelta(days=10)
    first_draft = activation.propose(actor=composer, text=second(), begins=day)
    other_draft = activation.propose(actor=composer, text=second(version=3), begins=day)
    assert first_draft.case is not None and other_draft.case is not None
    activation.approve(actor=decider, case_id=first_draft.case.id, version=1, document=DECISION)
    with pytest.raises(ValidationError) as overlap:  # proposed before the other was approved
        activation.approve(actor=decider, case_id=other_draft.case.id, version=1, document=DECISION)
    assert "31/2026/QĐ-UBND" in overlap.value.message_dict["begins"][0]
    other_draft.refresh_from_db()
    other_draft.case.refresh_from_db()
    assert (other_draft.decided_at, other_draft.case.state) == (None, "proposed")
    with pytest.raises(ValidationError):
        activation.propose(actor=composer, text=second(), begins=day + timedelta(days=1))
    with pytest.raises(ValidationError):
        activation.propose(actor=composer, text=second(version=4), begins=today() - timedelta(days=1))


def test_a_decision_on_what_somebody_decided_meanwhile_is_stale(
    world: World, composer: Actor, decider: Actor
) -> None:
    adopted()
    draft = activation.propose(actor=composer, text=second(), begins=today())
    assert draft.case is not None
    activation.refuse(actor=decider, case_id=draft.case.id, version=1, note="Chưa có ý kiến Sở Tư pháp")
    with pytest.raises(engine.Conflict):
        activation.approve(actor=decider, case_id=draft.case.id, version=1, document=DECISION)
    assert in_force.versions(today()) == {"QN": 1}


def test_without_a_document_it_is_not_approved(world: World, composer: Actor, decider: Actor) -> None:
    adopted()
    draft = activation.propose(actor=composer, text=second(), begins=today())
    assert draft.case is not None
    with pytest.raises(ValidationError) as missing:
        activation.approve(actor=decider, case_id=draft.case.id, version=1, document=Document("", None, ""))
    assert set(missing.value.message_dict) == {"number", "issued", "issuer"}
    draft.case.refresh_from_db()
    assert draft.case.state == "proposed"


def test_until_its_day_an_approved_version_can_be_withdrawn_and_from_then_on_not(
    world: World, composer: Actor, decider: Actor
) -> None:
    adopted()
    draft = approved(composer, decider, second(), today() + timedelta(days=3))
    assert draft.case is not None
    activation.withdraw(actor=composer, case_id=draft.case.id, version=2, note="Sai ngày")
    in_force.forget()
    assert in_force.versions(today() + timedelta(days=9)) == {"QN": 1}
    begun = approved(composer, decider, second(), today())
    assert begun.case is not None
    with pytest.raises(ValidationError):
        activation.withdraw(actor=composer, case_id=begun.case.id, version=2, note="Sai ngày")
    in_force.forget()
    assert in_force.versions(today()) == {"QN": 2}


def test_a_version_after_which_nobody_could_administer_is_refused(world: World, composer: Actor) -> None:
    adopted()
    rights = "to: central_admin, actions: [admin.accounts, admin.system]"
    text = second((rights, "to: central_admin, actions: [stats]"))
    with pytest.raises(ValidationError) as locked_out:
        activation.propose(actor=composer, text=text, begins=today())
    assert "admin.system" in locked_out.value.message_dict["text"][0]


def test_a_floor_above_anothers_ceiling_is_refused_with_both_articles(world: World, composer: Actor) -> None:
    adopted()
    bdm = shelf.shelf().books["BDM", 1]
    floor = "retention:\n  - {id: ret-a, scope: all, min: P90D, max: null, basis: derived, cite: Đ2.2}\n"
    text = bdm.text.replace("retention: []\n", floor)
    ceiling = ("min: parameter, max: null, parameter: par-retention-min", "min: null, max: P7D")
    with setting_the_scene():
        Version.objects.update(text=second(ceiling, version=1), sha256="1" * 64)
    in_force.forget()
    with pytest.raises(ValidationError) as contradiction:
        activation.propose(actor=composer, text=text, words=bdm.words, begins=today())
    (told,) = contradiction.value.message_dict["text"]
    assert "BDM Đ2.2" in told and "QN Đ" in told


def test_the_preview_names_who_loses_what_over_how_many_cameras(world: World, composer: Actor) -> None:
    adopted()
    person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    contact = "cam_contact"
    person("daumoi", "Vũ Thị Mỏ", role=contact, unit=world.mine)
    officer = person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)
    engine.open_case(actor=officer, kind="camera_fault", camera=world.quay, title="Mất hình")
    text = second(NO_DEVICES)
    lines = [line for line in text.splitlines() if contact not in line]
    draft = activation.propose(actor=composer, text="\n".join(lines) + "\n", begins=today())
    found = activation.preview(draft, now=timezone.now())
    (shift,) = found.shifts
    assert (shift.person, shift.action) == ("Lê Văn Cảng", Action.CONFIG_DEVICE)
    assert (shift.before, shift.after, shift.gained, shift.lost) == (1, 0, 0, 1)
    assert (found.gaining, found.losing, found.falling, found.rising) == (0, 1, 1, 0)
    (idle,) = found.idle
    assert (idle.person, idle.reason) == ("Vũ Thị Mỏ", "role_unknown")
    assert found.kept["camera_fault"] == 1
    assert any("g-cam-admin" in change.words("vi") for change in found.changes)
    assert found.problems == []
