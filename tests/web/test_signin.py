"""At the door: sign-in, lockout, second step, sign-out, each in history."""

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, override_settings

from tests.web.conftest import PASSWORD, People, Town, account
from thienly import settings as product
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry


def kinds() -> list[str]:
    return list(Entry.objects.order_by("seq").values_list("kind", flat=True))


def sign_in(browser: Client, username: str, password: str = PASSWORD) -> int:
    answer = browser.post("/signin/", {"login": username, "password": password}, REMOTE_ADDR="192.0.2.7")
    return answer.status_code


def test_signing_in_leads_home_and_stands_in_history(town: Town) -> None:
    account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre)
    browser = Client()
    assert sign_in(browser, "trucban") == 302
    assert browser.get("/").status_code == 200
    entry = Entry.objects.get(kind=Kind.SIGNED_IN)
    assert (entry.actor_label, entry.address) == ("Nguyễn Văn Trực", "192.0.2.7")
    assert entry.detail["methods"] == ["password"]


@override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS)  # those of the other tests are cheap
def test_a_password_is_kept_and_asked_for_at_the_full_price(town: Town) -> None:
    kept = account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre).password
    assert kept.startswith("scrypt$16384$")
    assert sign_in(Client(), "trucban", "sai-mat-khau") == 200
    assert sign_in(Client(), "trucban") == 302


def test_a_wrong_password_is_told_in_vietnamese_without_saying_which_part_was_wrong(town: Town) -> None:
    account("trucban", "Nguyễn Văn Trực")
    wrong = Client().post("/signin/", {"login": "trucban", "password": "sai-mat-khau"}).content.decode()
    unknown = Client().post("/signin/", {"login": "khongcoai", "password": "sai-mat-khau"}).content.decode()
    text = "Tên đăng nhập hoặc mật khẩu không đúng."
    assert text in wrong
    assert text in unknown
    assert kinds() == [Kind.SIGN_IN_FAILED, Kind.SIGN_IN_FAILED]


def test_after_five_failures_the_door_is_locked_also_for_the_right_password(town: Town) -> None:
    account("trucban", "Nguyễn Văn Trực")
    browser = Client()
    answers = [sign_in(browser, "trucban", "sai-mat-khau") for _ in range(5)]
    assert answers[-1] == 429
    answer = browser.post("/signin/", {"login": "trucban", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 429
    assert "15 phút" in answer.content.decode()
    assert Kind.LOCKED_OUT in kinds()
    assert Kind.SIGNED_IN not in kinds()


def test_a_suspended_account_does_not_get_in(town: Town, people: People) -> None:
    victim = account("kho", "Người bị khóa", "central_operator", town.centre)
    people.admin().post(f"/people/{victim.id.hex}/suspend/", {"reason": "nghỉ việc"})
    browser = Client()
    sign_in(browser, "kho")
    assert browser.get("/").status_code == 302
    assert Kind.SIGNED_IN not in kinds()


def test_suspending_ends_the_session_that_is_open(town: Town, people: People) -> None:
    operator = people.operator()
    assert operator.get("/").status_code == 200
    assert operator.account
    people.admin().post(f"/people/{operator.account.id.hex}/suspend/", {"reason": "nghỉ việc"})
    assert operator.get("/").status_code == 302


def test_signing_out_ends_the_session_and_stands_in_history(people: People) -> None:
    operator = people.operator()
    assert operator.get("/signout/").status_code == 200
    assert operator.get("/").status_code == 200  # looking at the page signs nobody out
    operator.post("/signout/")
    assert operator.get("/").status_code == 302
    assert kinds().count(Kind.SIGNED_OUT) == 1


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_the_second_step_is_offered_switched_on_and_then_asked_for(town: Town) -> None:
    account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre)
    browser = Client()
    sign_in(browser, "trucban")
    assert "Bật xác thực bước hai" in browser.get("/me/").content.decode()
    asked = browser.get("/me/second-step/totp/activate/")
    assert asked["Location"].startswith("/signin/again/")  # whoever finds an open session cannot switch it on
    again = browser.post(asked["Location"], {"password": PASSWORD})
    assert again["Location"] == "/me/second-step/totp/activate/"
    page = browser.get("/me/second-step/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert browser.post("/me/second-step/totp/activate/", {"code": "000000"}).status_code == 200
    assert browser.post("/me/second-step/totp/activate/", {"code": code(secret)}).status_code == 302
    assert Kind.MFA_CHANGED in kinds()
    later = Client()
    assert sign_in(later, "trucban") == 302
    assert later.get("/").status_code == 302  # the password alone opens nothing
    wrong = later.post("/me/second-step/authenticate/", {"code": "123"}).content.decode()
    assert "Mã không đúng" in wrong


def test_nobody_signs_himself_up(db: None) -> None:
    for path in ("/signup/", "/signin/signup/", "/accounts/signup/"):
        assert Client().post(path, {"username": "x"}).status_code in (302, 404)


def test_changing_the_password_asks_for_the_old_one_and_ends_the_other_sessions(town: Town) -> None:
    account("trucban", "Nguyễn Văn Trực", "central_operator", town.centre)
    here, elsewhere = Client(), Client()
    sign_in(here, "trucban")
    sign_in(elsewhere, "trucban")
    new = "mat-khau-moi-rat-dai-7"
    refused = here.post("/me/password/", {"oldpassword": "sai", "password1": new, "password2": new})
    assert refused.status_code == 200
    assert Kind.PASSWORD_CHANGED not in kinds()
    assert (
        here.post("/me/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new}).status_code
        == 302
    )
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert kinds().count(Kind.PASSWORD_CHANGED) == 1
