"""The lock screen, the confirmation before an export, sessions seen and ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.guard import setting_the_scene
from tests.web.conftest import PASSWORD, Browser, People, Town, account
from thienly.core.accounts.models import OpenSession
from thienly.core.footage.viewers import viewer_of
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

SCRIPT = {"HTTP_X_REQUESTED_WITH": "fetch"}


def left_alone(browser: Browser, minutes: int) -> None:
    with setting_the_scene():
        OpenSession.objects.filter(account=browser.account).update(
            active_at=timezone.now() - timedelta(minutes=minutes)
        )


@pytest.mark.req("NB-030")
def test_fifteen_idle_minutes_lock_the_session_and_an_export_asks_who_it_is(people: People) -> None:
    operator = people.operator()
    assert operator.get("/cameras/").status_code == 200
    left_alone(operator, 14)
    # What a page asks by itself is no sign of a person.
    assert operator.get("/cameras/", HTTP_HX_REQUEST="true").status_code == 200
    left_alone(operator, 15)
    key = operator.session.session_key
    assert operator.get("/cameras/")["Location"] == "/locked/?next=%2Fcameras%2F"
    assert operator.get("/cameras/", HTTP_HX_REQUEST="true").status_code == 204  # the page stays as it is
    assert operator.get("/api/cameras").json() == {"error": "duty", "duty": "unlock"}
    assert key and viewer_of(session=key, peer="127.0.0.1") is None
    assert operator.post("/locked/", {"proof": "sai"}).status_code == 400
    back = operator.post("/locked/", {"proof": PASSWORD, "next": "/cameras/"})
    assert back["Location"] == "/cameras/"
    assert operator.get("/cameras/").status_code == 200
    kinds = list(
        Entry.objects.filter(kind__startswith="session.").order_by("seq").values_list("kind", flat=True)
    )
    assert kinds == [Kind.UNLOCK_FAILED, Kind.SESSION_UNLOCKED]
    # An export asks once more, also of somebody who is signed in.
    asked = operator.get("/continuity/?csv=1")
    assert asked["Location"].startswith("/signin/again/?next=")
    again = operator.post(asked["Location"], {"password": PASSWORD})
    assert again["Location"] == "/continuity/?csv=1"
    assert operator.get("/continuity/?csv=1")["Content-Type"].startswith("text/csv")


def test_a_page_is_locked_by_hand_and_unlocked_without_leaving_it(people: People) -> None:
    operator = people.operator()
    operator.get("/")
    assert operator.post("/lock/", {"idle": "no"}, **SCRIPT).status_code == 204
    assert operator.get("/")["Location"].startswith("/locked/")
    assert operator.post("/locked/", {"proof": "sai"}, **SCRIPT).status_code == 400
    assert operator.post("/locked/", {"proof": PASSWORD}, **SCRIPT).status_code == 204
    assert operator.get("/").status_code == 200


def test_guessing_at_the_lock_ends_in_the_lock_out(people: People) -> None:
    operator = people.operator()
    operator.get("/")
    operator.post("/lock/")
    answers = [operator.post("/locked/", {"proof": f"sai-{n}"}).status_code for n in range(6)]
    assert 429 in answers
    assert operator.get("/")["Location"].startswith("/signin/")


def test_sessions_are_listed_with_address_and_ended_by_their_owner_and_by_the_administrator(
    people: People, town: Town
) -> None:
    here = people.operator()
    assert here.account
    there, stranger, admin = Browser(), people.keeper(), people.admin()
    there.force_login(here.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    here.get("/", REMOTE_ADDR="192.0.2.7")
    there.get("/", REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    page = here.get("/me/", REMOTE_ADDR="192.0.2.7")
    other = next(card for card in page.context["sessions"] if not card.this)
    assert (other.address, other.device) == ("192.0.2.7", "Firefox · Windows")
    stranger.get("/")
    assert stranger.post("/me/sessions/end/", {"session": other.id}).status_code == 404
    assert here.post("/me/sessions/end/", {"session": other.id}, REMOTE_ADDR="192.0.2.7").status_code == 302
    assert there.get("/").status_code == 302
    mine = OpenSession.objects.get(account=here.account)
    path = f"/people/{here.account.id.hex}/sessions/"
    assert stranger.post(path, {"session": mine.id.hex}).status_code in (403, 404)
    assert admin.post(path, {"session": mine.id.hex}).status_code == 302
    assert here.get("/").status_code == 302
    ended = Entry.objects.filter(kind=Kind.SESSION_ENDED)
    assert [entry.detail["own"] for entry in ended.order_by("seq")] == [True, False]


@pytest.mark.req_part("QN-058")
def test_the_head_of_a_unit_sees_and_suspends_its_accounts_and_no_others(people: People, town: Town) -> None:
    with setting_the_scene():
        town.port.functions = [*town.port.functions, "data_user"]
        town.port.save()
    head = people.of("thutruong", "Trần Văn Trưởng", "unit_head", town.port)
    mine = account("vien", "Lê Văn Viên", "user_member", town.port)
    elsewhere = account("mo", "Mai Văn Mỏ", "cam_admin", town.mine)
    listed = head.get("/people/").content.decode()
    assert "Lê Văn Viên" in listed and "Mai Văn Mỏ" not in listed
    assert head.get(f"/people/{elsewhere.id.hex}/").status_code == 404
    assert head.post(f"/people/{elsewhere.id.hex}/suspend/", {"reason": "thử"}).status_code == 404
    assert head.post(f"/people/{mine.id.hex}/suspend/", {"reason": "lộ mật khẩu"}).status_code == 302
    mine.refresh_from_db()
    assert mine.suspended_at is not None
    assert head.post(f"/people/{mine.id.hex}/restore/").status_code == 403  # nor issue, nor appoint
    assert head.post(f"/people/{mine.id.hex}/password/").status_code == 403
    assert Entry.objects.get(kind=Kind.ACCOUNT_SUSPENDED).actor_label == "Trần Văn Trưởng"


def test_a_page_that_asks_by_itself_learns_that_it_is_locked_or_out_and_keeps_nobody_awake(
    people: People,
) -> None:
    operator = people.operator()
    operator.get("/")
    left_alone(operator, 14)
    before = OpenSession.objects.get(account=operator.account).active_at
    assert operator.get("/lock/", **SCRIPT).status_code == 204
    assert OpenSession.objects.get(account=operator.account).active_at == before
    operator.post("/lock/", **SCRIPT)
    assert operator.get("/lock/", **SCRIPT).status_code == 423
    operator.logout()
    assert operator.get("/lock/", **SCRIPT)["Location"].startswith("/signin/")
    part = operator.get("/cameras/", HTTP_HX_REQUEST="true")
    assert (part.status_code, part["HX-Refresh"]) == (204, "true")  # no sign-in page inside a page
