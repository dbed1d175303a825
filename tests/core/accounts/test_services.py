"""Issuing, changing, suspending and restoring accounts — who may, who may not, and what stands in history."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError

from tests.core.world import World, person
from thienly.core.access import epoch
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.accounts import services
from thienly.core.accounts.finding import search_accounts
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.text import fold

PASSWORD = "cá-cơm-phơi-nắng"
WHO = {"person_number": "037090001234"}


@pytest.fixture
def admin(world: World) -> Actor:
    return person("quantri", "Đỗ Thị Quản", role="central_admin", unit=world.centre)


@pytest.fixture
def officer(world: World) -> Actor:
    return person("trucban", "Trần Thị Bình", role="central_operator", unit=world.centre)


def account_of(actor: Actor) -> Account:
    assert actor.account
    return Account.objects.get(pk=actor.account.pk)


def last_entry() -> Entry:
    return Entry.objects.order_by("-seq")[0]


def sign_in(account: Account) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session.create()
    assert session.session_key
    return session.session_key


def test_an_account_administrator_issues_an_account_that_has_no_right_yet(admin: Actor) -> None:
    made = services.create_account(
        actor=admin,
        username=" VanDuc ",
        full_name="Hoàng  Văn Đức",
        password=PASSWORD,
        title="trực ban",
        **WHO,
    )
    stored = Account.objects.get(username="vanduc")
    assert (stored.full_name, stored.folded) == ("Hoàng Văn Đức", "vanduc hoang van duc")
    assert stored.check_password(PASSWORD)
    assert not stored.seats.exists()
    entry = last_entry()
    assert (entry.kind, entry.object_id, entry.actor_label) == (
        Kind.ACCOUNT_CREATED,
        made.id.hex,
        "Đỗ Thị Quản",
    )
    assert PASSWORD not in str(entry.detail)


def test_whoever_does_not_administer_accounts_issues_none(officer: Actor) -> None:
    with pytest.raises((NotAllowed, OutsideScope)):
        services.create_account(
            actor=officer, username="moi", full_name="Người Mới", password=PASSWORD, **WHO
        )
    assert not Account.objects.filter(username="moi").exists()
    assert last_entry().kind == Kind.REFUSED


def test_a_unit_administrator_issues_accounts_of_his_own_unit_only(world: World) -> None:
    keeper = person("cangca", "Lê Văn Cảng", role="cam_admin", unit=world.port)
    services.create_account(
        actor=keeper, username="ben.tau", full_name="Mai Thị Bến", password=PASSWORD, unit=world.port, **WHO
    )
    with pytest.raises((NotAllowed, OutsideScope)):
        services.create_account(
            actor=keeper, username="tham.lo", full_name="Mai Văn Lò", password=PASSWORD, unit=world.mine
        )
    with pytest.raises((NotAllowed, OutsideScope)):
        services.create_account(actor=keeper, username="tham.lo", full_name="Mai Văn Lò", password=PASSWORD)
    assert not Account.objects.filter(username="tham.lo").exists()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("username", {"username": "Tên có dấu"}),
        ("username", {"username": ""}),
        ("username", {"username": "QUANTRI"}),
        ("full_name", {"full_name": "  "}),
        ("password", {"password": "123456"}),
        ("password", {"password": "nguoi.moi", "username": "nguoi.moi"}),
        ("language", {"language": "fr"}),
        ("phone", {"phone": "0" * 40}),
        ("person_number", {"person_number": ""}),
        ("person_number", {"person_number": "12345"}),
    ],
)
def test_bad_input_is_named_by_field(admin: Actor, field: str, change: dict[str, str]) -> None:
    given = {"username": "moi", "full_name": "Người Mới", "password": PASSWORD, **WHO} | change
    with pytest.raises(ValidationError) as wrong:
        services.create_account(actor=admin, **given)
    assert set(wrong.value.error_dict) == {field}
    assert Account.objects.count() == 1


def test_changes_are_recorded_with_before_and_after(admin: Actor, officer: Actor) -> None:
    services.change_account(
        actor=admin, account=account_of(officer), title="trưởng ca", full_name="Trần Thị Đào"
    )
    stored = account_of(officer)
    assert (stored.title, stored.folded) == ("trưởng ca", fold("trucban Trần Thị Đào"))
    assert last_entry().detail == {
        "title": {"before": "", "after": "trưởng ca"},
        "full_name": {"before": "Trần Thị Bình", "after": "Trần Thị Đào"},
    }
    entries = Entry.objects.count()
    services.change_account(actor=admin, account=account_of(officer), title="trưởng ca")
    assert Entry.objects.count() == entries


def test_everybody_chooses_his_own_language_and_look_but_not_his_name(officer: Actor) -> None:
    services.change_account(actor=officer, account=account_of(officer), language="en", theme="dark")
    assert account_of(officer).theme == "dark"
    with pytest.raises(NotAllowed):
        services.change_account(actor=officer, account=account_of(officer), full_name="Giám đốc")
    with pytest.raises(TypeError):
        services.change_account(actor=officer, account=account_of(officer), suspended_at="")


def test_suspending_ends_every_session_of_the_account_and_no_other(admin: Actor, officer: Actor) -> None:
    sign_in(account_of(officer)), sign_in(account_of(officer))
    other, before = sign_in(account_of(admin)), epoch.value()
    services.suspend(actor=admin, account=account_of(officer), reason="nghỉ việc")
    stored = account_of(officer)
    assert stored.suspended_at
    assert not stored.is_active
    assert [session.session_key for session in Session.objects.all()] == [other]
    assert epoch.value() > before
    assert last_entry().detail == {"reason": "nghỉ việc", "sessions_ended": 2}
    services.restore(actor=admin, account=stored, reason="trở lại")
    assert account_of(officer).is_active
    assert last_entry().kind == Kind.ACCOUNT_RESTORED


def test_nobody_suspends_himself_and_a_reason_is_needed(admin: Actor, officer: Actor) -> None:
    with pytest.raises(NotAllowed) as refused:
        services.suspend(actor=admin, account=account_of(admin), reason="thử")
    assert refused.value.reasons[0].code == "own_case"
    with pytest.raises(ValidationError):
        services.suspend(actor=admin, account=account_of(officer), reason=" ")
    with pytest.raises((NotAllowed, OutsideScope)):
        services.suspend(actor=officer, account=account_of(admin), reason="thử")
    assert not Account.objects.exclude(suspended_at=None).exists()


def test_ones_own_new_password_keeps_the_session_one_sits_in(officer: Actor) -> None:
    account = account_of(officer)
    here, elsewhere = sign_in(account), sign_in(account)
    services.set_password(actor=Actor.person(account, session=here), account=account, password=PASSWORD)
    assert account_of(officer).check_password(PASSWORD)
    assert [session.session_key for session in Session.objects.all()] == [here]
    assert elsewhere not in Session.objects.values_list("session_key", flat=True)
    assert last_entry().detail == {"own": True, "sessions_ended": 1}


def test_an_administrator_sets_anothers_password_and_a_colleague_does_not(
    admin: Actor, officer: Actor
) -> None:
    sign_in(account_of(officer))
    services.set_password(actor=admin, account=account_of(officer), password=services.new_password())
    assert not Session.objects.exists()
    with pytest.raises((NotAllowed, OutsideScope)):
        services.set_password(actor=officer, account=account_of(admin), password=PASSWORD)
    with pytest.raises(ValidationError) as wrong:
        services.set_password(actor=admin, account=account_of(officer), password="ngắn")
    assert set(wrong.value.error_dict) == {"password"}


def test_people_are_found_without_diacritics_and_only_within_reach(admin: Actor, officer: Actor) -> None:
    assert [a.username for a in search_accounts(actor=admin, text="tran thi")] == ["trucban"]
    assert [a.username for a in search_accounts(actor=officer)] == ["trucban"]
