"""The first sign-in: whose the account is, what its holder answers for, and nothing else before that."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.guard import setting_the_scene
from tests.web.conftest import PASSWORD, People, Town, account
from tests.web.test_signin import sign_in
from thienly.core.accounts.models import Account, Acknowledgement
from thienly.core.footage.viewers import viewer_of
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

NUMBER = "037090001234"


def newcomer(town: Town) -> Account:
    """As the first administrator: nobody has said yet whose the account is."""
    made = account("moi", "Đỗ Văn Mới", "central_operator", town.centre)
    with setting_the_scene():
        Acknowledgement.objects.filter(account=made).delete()
        Account.objects.filter(pk=made.pk).update(person_hash=None, person_last="")
    return made


@pytest.mark.req("BDM-006", "NB-072")
def test_nothing_opens_before_the_responsibility_is_accepted_and_two_addresses_raise_the_alert(
    town: Town, people: People
) -> None:
    made, browser = newcomer(town), Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(browser, "moi") == 302
    for path in ("/", "/cameras/", "/me/", f"/cameras/{town.quay.id.hex}/"):
        assert browser.get(path)["Location"].startswith("/me/responsibility/")
    asked = browser.get("/api/cameras")
    assert (asked.status_code, asked.json()) == (403, {"error": "duty", "duty": "acknowledge"})
    key = browser.session.session_key
    assert key and viewer_of(session=key, peer="192.0.2.7") is None  # nor a picture
    page = browser.get("/me/responsibility/")
    assert "Điều 11" in page.content.decode() or "Đ11.3" in page.content.decode()
    seen = page.context["seen"]
    refused = browser.post("/me/responsibility/", {"seen": seen, "person_number": NUMBER})
    assert refused.status_code == 400
    browser.post("/me/responsibility/", {"seen": seen, "accepted": "yes", "person_number": NUMBER})
    assert browser.get("/cameras/").status_code == 200
    assert viewer_of(session=key, peer="192.0.2.7") is not None
    kept = {(one.profile, one.version, one.address) for one in made.acknowledgements.all()}
    assert kept == {("", 1, "192.0.2.7"), ("QN", 1, "192.0.2.7")}
    told = Entry.objects.get(kind=Kind.ACKNOWLEDGED).detail["texts"]
    assert [one["profile"] for one in told] == ["-", "QN"] and all(len(one["sha256"]) == 64 for one in told)
    made.refresh_from_db()
    assert made.person_last == "1234" and NUMBER not in str(Account.objects.values()[0])
    # Somebody else with the same password, elsewhere, at the same time.
    elsewhere = Client(REMOTE_ADDR="203.0.113.5")
    elsewhere.post("/signin/", {"login": "moi", "password": PASSWORD})
    elsewhere.get("/")
    alert = Entry.objects.get(kind=Kind.SESSIONS_TOGETHER)
    assert alert.detail == {"here": "203.0.113.5", "there": "192.0.2.7"}
    assert "203.0.113.5" in browser.get("/").content.decode()
    assert "203.0.113.5" in people.admin().get(f"/people/{made.id.hex}/").content.decode()
    mine = browser.get("/me/")
    said = {"alert": mine.context["alerts"][0].id.hex, "mine": "no"}
    browser.post("/me/sessions/answer/", said)
    assert elsewhere.get("/").status_code == 302
    assert browser.get("/").status_code == 200


@pytest.mark.req("BDP-003")
@pytest.mark.req_part("NB-006")
def test_one_person_has_one_account(town: Town, people: People) -> None:
    admin = people.admin()
    wish = {"unit": town.centre.id.hex, "username": "mot", "full_name": "Mai Thị Một", "title": "viên chức"}
    assert admin.post("/people/new/", wish).status_code == 400
    assert admin.post("/people/new/", wish | {"person_number": "0370900012"}).status_code == 400
    assert admin.post("/people/new/", wish | {"person_number": NUMBER}).status_code == 200
    again = wish | {"username": "hai", "person_number": "037 090 001 234"}
    answer = admin.post("/people/new/", again)
    assert (answer.status_code, Account.objects.filter(username="hai").exists()) == (400, False)
    assert "đã có tài khoản" in answer.content.decode()
    # and whoever has not said it yet cannot take another person's number at the door
    newcomer(town)
    browser = Client()
    sign_in(browser, "moi")
    seen = browser.get("/me/responsibility/").context["seen"]
    given = {"seen": seen, "accepted": "yes", "person_number": NUMBER}
    assert browser.post("/me/responsibility/", given).status_code == 400


@pytest.mark.req("NB-077")
def test_of_each_unit_it_is_shown_how_many_have_accepted_and_who_has_not(town: Town, people: People) -> None:
    newcomer(town)
    people.operator()
    page = people.admin().get("/people/acknowledged/").content.decode()
    assert "66 %" in page and "2 trên 3" in page and "Đỗ Văn Mới" in page


@pytest.mark.req("QN-059")
def test_an_old_password_is_changed_first_and_none_is_taken_twice(town: Town) -> None:
    made = account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre)
    with setting_the_scene():
        aged = timezone.now() - timedelta(days=91)  # par-password-age of QN Đ11.2, Đ11.3: 90 days
        Account.objects.filter(pk=made.pk).update(password_set_at=aged)
    browser = Client()
    sign_in(browser, "trucban")
    assert browser.get("/")["Location"] == "/me/password/"
    assert "QN Đ11.2, Đ11.3" in browser.get("/me/password/").content.decode()

    def change(old: str, new: str) -> int:
        fields = {"oldpassword": old, "password1": new, "password2": new}
        return browser.post("/me/password/", fields).status_code

    assert change(PASSWORD, PASSWORD) == 200
    assert change(PASSWORD, "mat-khau-moi-rat-dai-7") == 302
    assert browser.get("/").status_code == 200
    assert change("mat-khau-moi-rat-dai-7", PASSWORD) == 200  # used before
    assert Entry.objects.filter(kind=Kind.PASSWORD_CHANGED).count() == 1


def test_a_password_that_somebody_else_has_chosen_is_changed_first(town: Town, people: People) -> None:
    made = account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre)
    page = people.admin().post(f"/people/{made.id.hex}/password/").content.decode()
    password = page.split("<code>")[1].split("</code>")[0]
    browser = Client()
    sign_in(browser, "trucban", password)
    assert browser.get("/cameras/")["Location"].startswith("/me/password/")


def test_a_role_that_wants_a_second_step_opens_nothing_before_it_is_set_up_and_a_reset_has_a_reason(
    town: Town, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.CONF.file.accounts, "second_step_roles", ["QN:central_operator"])
    operator, admin = people.operator(), people.admin()
    assert operator.get("/")["Location"] == "/me/second-step/"
    assert operator.get("/me/second-step/").status_code == 200
    assert admin.get("/").status_code == 200  # another role
    assert operator.account
    with setting_the_scene():
        TOTP.activate(operator.account, generate_totp_secret())
    assert operator.get("/").status_code == 200
    path = f"/people/{operator.account.id.hex}/second-step/"
    admin.post(path, {"reason": " "})
    assert operator.get("/").status_code == 200
    admin.post(path, {"reason": "mất điện thoại, giấy báo số 3"})
    assert Entry.objects.get(kind=Kind.MFA_RESET).detail["reason"] == "mất điện thoại, giấy báo số 3"
    assert operator.get("/").status_code == 302
    operator.force_login(operator.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert operator.get("/")["Location"] == "/me/second-step/"


def test_the_declaration_is_asked_again_when_the_person_gets_a_role_under_another_regulation(
    town: Town, people: People
) -> None:
    made = newcomer(town)
    with setting_the_scene():
        made.acknowledgements.create(profile="", version=1, digest="", at=timezone.now())
    browser = Client()
    sign_in(browser, "moi")
    page = browser.get("/me/responsibility/")
    assert [text.profile for text in page.context["texts"]] == ["", "QN"]
    stale = {"seen": "0" * 64, "accepted": "yes", "person_number": NUMBER}
    assert browser.post("/me/responsibility/", stale).status_code == 400
    assert not made.acknowledgements.filter(profile="QN").exists()
