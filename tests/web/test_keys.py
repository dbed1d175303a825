"""Keys of machines: against a document only, shown once, narrowed, recorded at every use, shut at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.guard import setting_the_scene
from tests.web.conftest import Browser, People, Town
from thienly.core.accounts.models import Account, ServiceKey
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry

DOCUMENT = "45/QĐ-UBND, 02/11/2026, UBND tỉnh"
PAPER = {
    "number": "45/QĐ-UBND",
    "issued": "2026-11-02",
    "issuer": "UBND tỉnh",
    "signatory": "Lê Văn Chủ, Chủ tịch",
}


def wish(town: Town, **changes: object) -> dict[str, object]:
    return {
        "post": f"{town.port.id.hex}|QN|cam_admin",
        "name": "Máy chủ báo cáo",
        "actions": ["stats", "view.live"],
        **PAPER,
        "until": "2099-12-31",
    } | changes


def issued(keeper: Browser, town: Town, **changes: object) -> str:
    page = keeper.post("/keys/new/", wish(town, **changes)).content.decode()
    return page.split('<code class="key">')[1].split("</code>")[0]


def ask(secret: str, path: str = "/api/cameras") -> tuple[int, str]:
    answer = Client().get(path, HTTP_AUTHORIZATION=f"Bearer {secret}", REMOTE_ADDR="192.0.2.30")
    return answer.status_code, answer.content.decode()


@pytest.mark.req_part("QN-011")
def test_no_key_without_an_owner_unit_and_an_approving_document(people: People, town: Town) -> None:
    keeper = people.keeper()
    paperless = ({"number": " "}, {"issued": ""}, {"signatory": ""})
    for lacking in (*paperless, {"post": ""}, {"until": ""}, {"actions": []}, {"name": ""}):
        assert keeper.post("/keys/new/", wish(town, **lacking)).status_code == 400
    for beyond in ({"actions": ["admin.accounts"]}, {"actions": ["extract"]}, {"until": "2020-01-01"}):
        assert keeper.post("/keys/new/", wish(town, **beyond)).status_code == 400
    foreign = keeper.post("/keys/new/", wish(town, post=f"{town.mine.id.hex}|QN|cam_admin"))
    assert foreign.status_code == 400
    assert people.operator().get("/keys/new/").status_code == 403
    assert not ServiceKey.objects.exists() and not Account.objects.filter(machine=True).exists()
    secret = issued(keeper, town)
    key = ServiceKey.objects.get()
    assert secret.startswith(f"{key.prefix}.") and secret not in str(ServiceKey.objects.values())
    assert secret not in keeper.get("/keys/").content.decode()
    assert DOCUMENT in keeper.get("/keys/").content.decode()
    assert Entry.objects.get(kind=Kind.KEY_ISSUED).detail["document"] == DOCUMENT


def test_a_key_reaches_what_its_seat_and_its_scope_give_and_every_use_is_recorded(
    people: People, town: Town
) -> None:
    secret = issued(people.keeper(), town)
    status, body = ask(secret)
    assert status == 200 and "CC-001" in body and "MO-001" not in body
    assert ask(secret, f"/api/cameras/{town.gate.id.hex}")[0] == 404
    used = Entry.objects.filter(kind=Kind.KEY_USED).order_by("seq").first()
    assert used and (used.detail, used.address) == (
        {"method": "GET", "path": "/api/cameras"},
        "192.0.2.30",
    )
    # The seat of its account may administer accounts and devices; the key was not issued for that.
    hold = Client().post(
        f"/api/cameras/{town.quay.id.hex}/holds",
        {},
        content_type="application/json",
        HTTP_AUTHORIZATION=f"Bearer {secret}",
    )
    assert hold.status_code in (403, 422)
    assert Client().get("/cameras/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 302  # no pages


def test_a_key_is_shut_when_it_is_revoked_expired_or_wrong(people: People, town: Town) -> None:
    keeper = people.keeper()
    secret = issued(keeper, town)
    key = ServiceKey.objects.get()
    assert ask(f"{key.prefix}.nham")[0] == 401
    assert keeper.get("/api/cameras", HTTP_AUTHORIZATION="Bearer sai").status_code == 401  # despite a session
    with setting_the_scene():
        ServiceKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ask(secret)[0] == 401
    with setting_the_scene():
        ServiceKey.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert ask(secret)[0] == 200
    keeper.post(f"/keys/{key.id.hex}/revoke/", {"reason": ""})
    assert ask(secret)[0] == 200
    assert people.admin().post(f"/keys/{key.id.hex}/revoke/", {"reason": "thay hệ thống"}).status_code == 302
    assert ask(secret)[0] == 401
    reasons = [
        entry.detail["reason"] for entry in Entry.objects.filter(kind=Kind.KEY_REFUSED).order_by("seq")
    ]
    assert reasons == ["unknown", "unknown", "expired", "revoked"]


def test_the_cameras_of_a_key_are_named_by_their_codes(people: People, town: Town) -> None:
    keeper = people.keeper()
    wrong = keeper.post("/keys/new/", wish(town, codes="CC-001, MO-001 khong-co"))
    assert wrong.status_code == 400
    assert "KHONG-CO, MO-001" in wrong.content.decode()  # another unit's camera is none that one may know
    issued(keeper, town, codes=f"{town.quay.code.lower()},\n")
    assert ServiceKey.objects.get().cameras == [town.quay.id.hex]
