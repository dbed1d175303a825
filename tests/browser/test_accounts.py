"""At the door in a real browser: the first sign-in, security keys, the lock, sessions elsewhere."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.chromium import burnt_clock, signed_in
from tests.browser.elsewhere import ADDRESS, from_elsewhere
from tests.browser.test_posts import ids
from tests.stack import Stack, wait_until
from thienly.demo.province import DEMO_PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Own people: whoever gets a second step here would lock other tests out.
PERSON = """
from django.utils import timezone
from thienly.core.access.models import Seat
from thienly.core.accounts.models import Account
from thienly.core.units.models import Unit
from tests.province import settled
person = Account.objects.create(username="{name}", full_name="Người {name}", folded="{name}",
                                password=Account.objects.get(username="cangca").password)
centre = Unit.objects.get(name__startswith="Trung tâm Giám sát")
Seat.objects.create(account=person, unit=centre, profile="QN", role="central_operator",
                    document="12/QĐ-UBND", valid_from=timezone.now())
if {settled}: settled(person)
"""
KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OVER_ALL = """() => [[5, 5], [innerWidth / 2, innerHeight / 2], [innerWidth - 5, innerHeight - 5]]
  .every(([x, y]) => document.elementFromPoint(x, y).closest("#lock"))"""


def person(stack: Stack, name: str, *, settled: bool = True) -> str:
    stack.python(PERSON.format(name=name, settled=settled))
    return name


def enter(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/signin/")
    page.fill("#login", username)
    page.fill("#password", DEMO_PASSWORD)
    page.press("#password", "Enter")


def plug_in(tools: CDPSession) -> str:
    """A key that answers by itself; its id."""
    return str(tools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"])


@pytest.mark.req_part("BDM-006")
def test_a_newcomer_accepts_first_and_then_signs_in_with_an_app_and_a_recovery_code(
    stack: Stack, browser: Browser
) -> None:
    base, name = stack.base, person(stack, "moitoi", settled=False)
    context = browser.new_context(locale="vi-VN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    enter(page, base, name)
    page.wait_for_url("**/me/responsibility/**")
    page.goto(f"{base}/wall/")
    expect(page.locator("h1")).to_have_text("Trách nhiệm đối với tài khoản")
    page.locator(".act-text summary").first.click()
    expect(page.locator(".act-words").first).to_contain_text("Điều 1")
    page.fill("#person_number", "12")
    page.check("[name=accepted]")
    page.click("main button.primary")
    expect(page.locator("#person_number-wrong")).to_be_visible()
    page.fill("#person_number", "037090004321")
    page.check("[name=accepted]")
    page.click("main button.primary")
    page.wait_for_url(f"{base}/wall/")
    page.goto(f"{base}/me/second-step/totp/activate/")
    if page.locator("#id_password").count():
        page.fill("#id_password", DEMO_PASSWORD)
        page.click("main button.primary")
    assert page.locator(".qr img").evaluate("image => image.naturalWidth") > 0
    secret = page.locator("main code").inner_text()
    page.fill("#id_code", "000000")
    page.click("main button.primary")
    expect(page.locator("#code-wrong")).to_contain_text("Mã không đúng")
    assert page.locator("main code").inner_text() == secret  # the app need not be set up again
    page.fill("#id_code", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.click("main button.primary")
    page.wait_for_url("**/recovery-codes/**")
    code = page.locator(".codes code").first.inner_text()
    context.clear_cookies()
    enter(page, base, name)
    page.wait_for_url("**/authenticate/**")
    assert page.locator("#mfa_webauthn_authenticate").count() == 0
    page.goto(f"{base}/cameras/")
    assert "/authenticate/" in page.url  # the password alone opens nothing
    page.fill("#id_code", code)
    page.click("main button.primary")
    page.wait_for_url(f"{base}/")
    context.close()


def test_a_security_key_is_added_and_wanted_and_what_goes_wrong_is_said(
    stack: Stack, browser: Browser
) -> None:
    by_number, name = stack.base, person(stack, "cokhoa")
    base = by_number.replace("127.0.0.1", "localhost")  # keys are bound to a name, never to an address
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = plug_in(tools)
    says = page.locator("#key-says")

    def to_add(where: str) -> None:
        page.goto(f"{where}/me/second-step/webauthn/add/")
        if page.locator("#id_password").count():
            page.fill("#id_password", DEMO_PASSWORD)
            page.click("main button.primary")
        page.fill("#id_name", "Khóa xanh")
        page.click("#mfa_webauthn_add")

    enter(page, by_number, name)
    page.wait_for_url(f"{by_number}/")
    to_add(by_number)
    expect(says).to_contain_text("gọi hệ thống bằng tên")
    enter(page, base, name)
    page.wait_for_url(f"{base}/")
    to_add(base)
    page.wait_for_url("**/recovery-codes/**")
    to_add(base)
    expect(says).to_contain_text("đã được thêm")
    page.goto(f"{base}/me/second-step/webauthn/")
    expect(page.locator(".session")).to_contain_text("Khóa xanh")
    context.clear_cookies()
    enter(page, base, name)
    page.wait_for_url("**/authenticate/**")
    tools.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": key, "isBogusSignature": True})
    page.click("#mfa_webauthn_authenticate")
    expect(page.get_by_role("alert")).to_contain_text("khóa trả lời")
    tools.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": key})
    credential = tools.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"][0]
    tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    other = plug_in(tools)
    page.click("#mfa_webauthn_authenticate")
    expect(says).to_contain_text("không thuộc tài khoản này")
    tools.send("WebAuthn.addCredential", {"authenticatorId": other, "credential": credential})
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{base}/")
    context.close()


@pytest.mark.req_part("NB-030")
def test_the_lock_covers_every_page_ends_the_picture_and_gives_back_what_was_typed(
    stack: Stack, browser: Browser
) -> None:
    camera = ids(stack)["GT-002"]
    with signed_in(browser, stack.base, person(stack, "roiban")) as page:
        with page.expect_websocket() as stream:
            page.goto(f"/cameras/{camera}/")
        burnt_clock(page, "#picture video")
        page.fill("#go-time", "07:15:00")
        aside = page.context.new_page()
        aside.clock.install()
        aside.goto("/history/")
        aside.goto("/units/")
        aside.clock.fast_forward("16:00")
        for one in (aside, page):
            expect(one.locator("#lock[open]")).to_be_visible()
        page.bring_to_front()
        assert page.evaluate(OVER_ALL)
        wait_until(stream.value.is_closed, within_s=10, what="the stream ends")
        # Neither another page nor a key gets round it.
        aside.go_back()
        expect(aside.locator("#lock[open], #proof")).to_be_visible()
        aside.reload()
        expect(aside).to_have_url(re.compile("/locked/"))
        assert page.request.get("/api/cameras").status == 403
        for _ in range(3):
            page.keyboard.press("Escape")
        page.fill("#lock-proof", "sai-mat-khau")
        page.keyboard.press("Enter")
        expect(page.locator("#lock-wrong")).to_be_visible()
        assert page.evaluate(OVER_ALL)
        page.fill("#lock-proof", DEMO_PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#lock")).to_be_hidden()
        assert page.input_value("#go-time") == "07:15:00"
        first = burnt_clock(page, "#picture video")
        wait_until(
            lambda: burnt_clock(page, "#picture video") != first, within_s=20, what="the picture moves again"
        )


@pytest.mark.req_part("BDM-006", "NB-072")
def test_two_places_at_once_are_told_and_the_other_browser_is_out_at_its_next_question(
    stack: Stack, browser: Browser
) -> None:
    name = person(stack, "haimay")
    with (
        from_elsewhere(stack.port) as there,
        signed_in(browser, stack.base, name) as mine,
        signed_in(browser, there, name) as other,
    ):
        other.clock.install()
        other.goto("/units/")
        mine.goto("/me/")
        expect(mine.get_by_role("alert")).to_contain_text(ADDRESS)
        expect(mine.locator("#sessions .session")).to_have_count(2)
        mine.get_by_role("button", name="Không phải tôi").click()
        expect(mine.locator("h1")).to_have_text("Đổi mật khẩu")
        other.clock.fast_forward("00:45")  # nobody touches it
        expect(other).to_have_url(re.compile(r"/signin/\?next=/units/"))
        mine.goto("/me/")
        expect(mine.locator("#sessions .session")).to_have_count(1)
