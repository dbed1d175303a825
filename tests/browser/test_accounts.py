"""A security key in a real browser (its virtual authenticator), and the lock screen that keeps the page."""

import pytest
from playwright.sync_api import Browser, Page

from tests.stack import Stack
from thienly.demo.province import DEMO_PASSWORD

pytestmark = pytest.mark.browser


def enter(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/signin/")
    page.fill("#login", username)
    page.fill("#password", DEMO_PASSWORD)
    page.click("main button.primary")


def test_a_security_key_is_added_and_then_wanted_at_sign_in(stack: Stack, browser: Browser) -> None:
    base = stack.base.replace("127.0.0.1", "localhost")  # keys are bound to a name, never to an address
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    enter(page, base, "thanhtra")
    page.goto(f"{base}/me/second-step/webauthn/add/")
    page.fill("#id_password", DEMO_PASSWORD)
    page.click("main button.primary")
    page.fill("#id_name", "Khóa xanh")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    context.clear_cookies()
    enter(page, base, "thanhtra")
    page.wait_for_url("**/authenticate/**")
    page.goto(f"{base}/")
    assert "/signin/" in page.url or "/authenticate/" in page.url  # the password alone opens nothing
    enter(page, base, "thanhtra")
    page.wait_for_url("**/authenticate/**")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{base}/")
    assert page.locator("#lock").count() == 1


def test_the_lock_covers_the_page_keeps_it_and_opens_with_the_password(
    stack: Stack, browser: Browser
) -> None:
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    enter(page, stack.base, "quantri")
    page.wait_for_url(f"{stack.base}/")
    page.goto(f"{stack.base}/people/new/")
    page.fill("#full_name", "Nguyễn Văn Dở Dang")
    page.click("#lock-now button")
    page.wait_for_selector("#lock[open]")
    assert page.request.get(f"{stack.base}/people/", max_redirects=0).status == 302  # shut at the server too
    page.keyboard.press("Escape")
    assert page.locator("#lock[open]").count() == 1
    page.fill("#lock-proof", "sai-mat-khau")
    page.keyboard.press("Enter")
    page.wait_for_selector("#lock-wrong:not([hidden])")
    page.fill("#lock-proof", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#lock:not([open])", state="attached")
    assert page.input_value("#full_name") == "Nguyễn Văn Dở Dang"
    assert page.request.get(f"{stack.base}/people/", max_redirects=0).status == 200
