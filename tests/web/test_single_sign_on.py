"""Single sign-on against a real OpenID Connect provider, which is started here."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import oidc_provider_mock
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from tests.web.conftest import PASSWORD, Browser, People
from thienly.conf_accounts import SingleSignOnConf
from thienly.core.accounts.models import Account
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

SUBJECT = "cb-000172"


@dataclass
class Provider:
    address: str

    def proves(self, there: str, subject: str) -> str:
        """The person signs in at the provider; the address to which it sends him back."""
        form = urllib.parse.urlencode({"sub": subject}).encode()
        opener = urllib.request.build_opener(_Stay())
        try:
            opener.open(urllib.request.Request(there, data=form), timeout=20)
        except urllib.error.HTTPError as answer:
            assert answer.code in (302, 303)
            return str(answer.headers["Location"])
        raise AssertionError("the provider sent nobody back")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with oidc_provider_mock.run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        said = SingleSignOnConf(name="tinh", label="Cổng xác thực tỉnh", server=address, client="thienly")
        monkeypatch.setattr(settings.CONF.file, "single_sign_on", [said])
        app = {
            "provider_id": "tinh",
            "name": said.label,
            "client_id": said.client,
            "secret": "bi-mat",
            "settings": {"server_url": address},
        }
        providers = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
            yield Provider(address)


def come_back(browser: Client, provider: Provider, subject: str, query: str = "") -> HttpResponse:
    away = browser.get(f"/signin/with/tinh/{query}")
    assert away.status_code == 302 and away["Location"].startswith(provider.address)
    back = urllib.parse.urlsplit(provider.proves(away["Location"], subject))
    return cast(HttpResponse, browser.get(f"{back.path}?{back.query}"))


def test_whoever_is_linked_signs_in_and_nobody_is_made_by_it(people: People, provider: Provider) -> None:
    admin, operator = people.admin(), people.operator()
    assert operator.account
    browser = Client()
    assert "Cổng xác thực tỉnh" in browser.get("/signin/").content.decode()
    before = Account.objects.count()
    stranger = come_back(browser, provider, SUBJECT)
    assert stranger.status_code == 403 and "chưa liên kết" in stranger.content.decode()
    assert (Account.objects.count(), browser.get("/").status_code) == (before, 302)
    path = f"/people/{operator.account.id.hex}/identity/"
    assert admin.post(path, {"provider": "tinh", "subject": SUBJECT}).status_code == 302
    come_back(browser, provider, SUBJECT)
    assert browser.get("/").status_code == 200
    entry = Entry.objects.get(kind=Kind.SIGNED_IN)
    assert (entry.actor_label, entry.detail["methods"]) == ("Nguyễn Văn Trực", ["socialaccount"])
    # suspended stays suspended
    admin.post(f"/people/{operator.account.id.hex}/suspend/", {"reason": "nghỉ việc"})
    later = Client()
    come_back(later, provider, SUBJECT)
    assert later.get("/").status_code == 302
    assert Entry.objects.filter(kind=Kind.SIGNED_IN).count() == 1


def test_a_person_links_the_own_account_after_the_password_and_one_identity_is_one_account(
    people: People, provider: Provider
) -> None:
    operator, keeper = people.operator(), people.keeper()

    def link(browser: Browser) -> None:
        asked = browser.get("/me/identity/tinh/")
        assert asked["Location"].startswith("/signin/again/")
        assert browser.post(asked["Location"], {"password": PASSWORD})["Location"] == "/me/identity/tinh/"
        away = browser.get("/me/identity/tinh/")["Location"]
        come_back(browser, provider, SUBJECT, query=re.sub(r"^[^?]*", "", away))

    link(operator)
    assert SocialAccount.objects.get().user_id == operator.account.pk  # type: ignore[union-attr]
    assert SUBJECT in operator.get("/me/").content.decode()
    link(keeper)
    assert SocialAccount.objects.get().user_id == operator.account.pk  # type: ignore[union-attr]
    assert "thuộc tài khoản khác" in keeper.get("/me/").content.decode()
    operator.post("/me/identity/tinh/remove/")
    assert not SocialAccount.objects.exists()
    kinds = Entry.objects.filter(kind__startswith="account.identity").order_by("seq")
    assert [entry.kind for entry in kinds] == [Kind.IDENTITY_LINKED, Kind.IDENTITY_UNLINKED]
