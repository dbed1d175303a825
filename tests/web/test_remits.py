"""A unit's page: what documents gave it to look after, and which posts nobody holds there."""

import pytest
from django.test import Client

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.areas.models import Remit

pytestmark = pytest.mark.django_db

PAPER = {
    "number": "12/QĐ-UBND",
    "issued": "2026-03-02",
    "issuer": "UBND tỉnh",
    "signatory": "Lê Văn Chủ",
}


def signed_in(actor: Actor) -> Client:
    browser = Client()
    assert actor.account is not None
    browser.force_login(actor.account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.mark.req_part("QN-109", "BDM-029")
def test_areas_and_works_are_given_and_ended_on_the_page_and_empty_posts_are_flagged() -> None:
    admin = signed_in(province.holder(province.unit("Trung tâm", ["central_manager"]), "central_admin"))
    port = province.unit("Cảng", ["camera_manager"])
    keeper = signed_in(province.holder(port, "cam_admin"))
    site, area = province.site(port, "Cầu cảng"), province.area("6652", "Phường Hà Tu")
    page, form = f"/units/{port.id.hex}/", f"/units/{port.id.hex}/remits/"
    told = admin.get(page).content.decode()
    assert "Chưa có người giữ vị trí" in told and "QN Đ20.1" in told and "Phường Hà Tu" in told
    assert "1 đơn vị còn thiếu người" in admin.get("/").content.decode()
    assert "Cảng" in admin.get("/units/?short=1").content.decode()
    assert "Phường Hà Tu" not in keeper.get(page).content.decode(), "he gives no areas"
    assert keeper.post(form, PAPER | {"area": str(area.pk)}).status_code == 403
    assert admin.post(form, {"area": str(area.pk)}, follow=True).status_code == 200
    assert not Remit.objects.exists(), "no paper"
    admin.post(form, PAPER | {"area": str(area.pk)})
    admin.post(form, PAPER | {"site": site.id.hex, "work": "Đường ven biển", "until": "2099-12-31"})
    told = admin.get(page).content.decode()
    assert "Đường ven biển: Cầu cảng" in told and "12/QĐ-UBND, 02/03/2026, UBND tỉnh" in told
    linked = Remit.objects.get(work="Đường ven biển")
    admin.post(form, {"end": linked.id.hex, "reason": ""})
    linked.refresh_from_db()
    assert str(linked.valid_to) == "2100-01-01", "not without a reason"
    admin.post(form, {"end": linked.id.hex, "reason": "Công trình hoàn thành"})
    assert "Đường ven biển" not in admin.get(page).content.decode()
    # What is no area, no day, and no id of this unit changes nothing.
    for rubbish in ({"area": "9" * 30}, {"area": "x", "from": "hôm qua"}, {"end": "x"}, {"end": port.id.hex}):
        assert admin.post(form, PAPER | rubbish).status_code in (302, 404)
    assert Remit.objects.count() == 2
