"""Who gives accounts does not watch, in the words of Ninh Bình's regulation (NB Đ6.1, Đ6.3a)."""

from datetime import date

import pytest

from tests import province
from tests.regulations import beside_qn
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.refusal import NotAllowed, OutsideScope
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account
from thienly.core.accounts.services import create_account, suspend
from thienly.core.units.models import Unit
from thienly.rules.access import ReasonCode
from thienly.rules.actions import Action

pytestmark = pytest.mark.django_db
DECISION = Document("12/QĐ-UBND", date(2026, 3, 2), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")


@pytest.fixture
def office() -> Unit:
    return province.unit("Văn phòng UBND tỉnh", ["vp_ubnd_tinh"])


@pytest.fixture
def district(office: Unit) -> Unit:
    return province.unit("UBND huyện Gia Viễn", ["ubnd_huyen"], parent=office)


def nb(of: Unit, role: str) -> Actor:
    account = province.person(f"{role}-{Account.objects.count()}")
    province.seat(account, of, role, profile="NB")
    return Actor.person(account)


@pytest.mark.req("NB-040")
def test_the_administrator_manages_users_and_gets_no_pictures_however_he_is_appointed(
    office: Unit, district: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside_qn(monkeypatch, "NB", apart=True):
        shop = province.camera(province.site(district, "Một cửa Gia Viễn"), "MC-1", sector="one_stop")
        admin, other = nb(office, "sys_admin"), nb(office, "sys_admin")
        clerk = province.person("chuyenvien")
        assert gate.decide(actor=admin, action=Action.ADMIN_ACCOUNTS, obj=clerk).allow
        assert not gate.decide(actor=admin, action=Action.VIEW_LIVE, obj=shop).allow
        for role in ("district_leader", "district_head", "district_specialist"):
            with pytest.raises(NotAllowed) as refused:
                appoint(
                    actor=other,
                    account=admin.account,  # type: ignore[arg-type]  # a person
                    unit=district,
                    profile="NB",
                    role=role,
                    document=DECISION,
                )
            reason = refused.value.reasons[0]
            assert (reason.code, reason.cite) == (ReasonCode.SEPARATED, "NB Đ6.3a")
        appoint(
            actor=admin,
            account=clerk,
            unit=district,
            profile="NB",
            role="district_specialist",
            document=DECISION,
        )
        assert gate.decide(actor=Actor.person(clerk), action=Action.VIEW_LIVE, obj=shop).allow
        with pytest.raises(NotAllowed) as refused:  # and not the other way round either
            appoint(
                actor=admin, account=clerk, unit=office, profile="NB", role="sys_admin", document=DECISION
            )
        assert refused.value.reasons[0].code == ReasonCode.SEPARATED


@pytest.mark.req("NB-033")
def test_only_the_office_of_the_province_issues_and_manages_accounts(
    office: Unit, district: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside_qn(monkeypatch, "NB", apart=True):
        admin, leader = nb(office, "sys_admin"), nb(district, "district_leader")
        desk = nb(province.unit("Trung tâm PVHCC", ["ttpvhcc"], parent=office), "intake")
        given = {"full_name": "Mai Văn Mới", "password": "cá-cơm-phơi-nắng", "person_number": "037090001234"}
        for unit in (office, district):
            for actor in (leader, desk):
                with pytest.raises((NotAllowed, OutsideScope)):
                    create_account(actor=actor, username="moi", unit=unit, **given)
        made = create_account(actor=admin, username="moi", unit=district, **given)
        with pytest.raises((NotAllowed, OutsideScope)):
            suspend(actor=leader, account=made, reason="thử")
        # The post cannot be had elsewhere: it hangs on the function of the office.
        with pytest.raises(NotAllowed) as refused:
            appoint(
                actor=admin, account=made, unit=district, profile="NB", role="sys_admin", document=DECISION
            )
        assert refused.value.reasons[0].code == ReasonCode.WRONG_FUNCTION
