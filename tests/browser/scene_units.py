"""Reorganisations to look at: one that took effect, one being composed that cannot be so, one that waits."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from tests import province
from thienly.core.access.actor import Actor
from thienly.core.access.document import Document
from thienly.core.access.services import appoint
from thienly.core.accounts.models import Account
from thienly.core.accounts.services import create_account
from thienly.core.areas.models import Area
from thienly.core.areas.services import enter_shipped
from thienly.core.registry.models import Site
from thienly.core.text import fold
from thienly.core.units import reorganising
from thienly.core.units.applying import apply_due
from thienly.core.units.models import Reorganisation, Unit
from thienly.core.units.reorganising import Paper


def units(now: datetime) -> list[tuple[str, str, str]]:
    """The pages to look at."""
    machine = Actor.machine("init")
    composer = Actor.person(Account.objects.get(username="quantri"))
    unit = {one.name: one for one in Unit.objects.all()}
    centre = unit["Trung tâm Giám sát, điều hành tỉnh"]
    second = create_account(
        actor=machine, username="quantri2", full_name="Ngô Thị Bích", password="ThienLy@2026-2"
    )
    document = Document("16/QĐ-UBND", date(2026, 1, 12), "UBND tỉnh", "Lê Văn Chủ, Chủ tịch")
    appoint(actor=machine, account=second, unit=centre, profile="QN", role="central_admin", document=document)
    decider = Actor.person(second)
    Unit.objects.update(valid_from=now.date() - timedelta(days=900))
    today = timezone.localdate(now)
    enter_shipped(actor=machine)
    _boundaries()

    def paper(number: str, days: int) -> Paper:
        signed = today - timedelta(days=20)
        return Paper(number, signed, "UBND tỉnh", today + timedelta(days=days))

    def done(title: str, paper: Paper, acts: list[dict[str, object]]) -> str:
        row = reorganising.compose(actor=composer, title=title, paper=paper, acts=acts)
        row = reorganising.submit(actor=composer, case_id=row.pk, version=row.case.version)
        row = reorganising.decide(actor=decider, case_id=row.pk, version=row.case.version)
        return row.pk.hex

    khcn, police = unit["Sở Khoa học và Công nghệ"], unit["Công an tỉnh"]
    minerals, port = unit["Chi cục Địa chất và Khoáng sản"], unit["Ban Quản lý cảng cá tỉnh"]
    done(
        "Đổi tên Sở Khoa học và Công nghệ, chuyển hướng dẫn an toàn thông tin",
        paper("08/NQ-HĐND", 0),
        [
            {"act": "rename", "unit": khcn.id.hex, "name": "Sở Khoa học, Công nghệ và Chuyển đổi số"},
            {
                "act": "pass",
                "unit": khcn.id.hex,
                "function": "so_tttt",
                "to": [khcn.id.hex, police.id.hex],
                "seats": khcn.id.hex,
            },
        ],
    )
    apply_due(now=now)
    waits = done(
        "Nhập Chi cục Địa chất và Khoáng sản vào Ban Quản lý cảng cá",
        paper("21/QĐ-UBND", 12),
        [{"act": "end", "unit": minerals.id.hex, "successors": [port.id.hex]}],
    )
    commune = unit["UBND xã Đề Gi"]
    draft = reorganising.compose(
        actor=composer,
        title="Chia UBND xã Đề Gi",
        paper=paper("", 30),
        acts=[
            {
                "act": "found",
                "key": "u1",
                "name": "UBND xã Cát Hải",
                "kind": "government",
                "functions": ["camera_manager", "data_user"],
                "parent": commune.parent_id.hex if commune.parent_id else None,
            },
            {"act": "end", "unit": commune.id.hex, "successors": ["new:u1", port.id.hex]},
        ],
    )
    undone = done(
        "Đổi tên Công an tỉnh (nhầm)",
        paper("22/QĐ-UBND", 15),
        [{"act": "rename", "unit": police.id.hex, "name": "Công an tỉnh Thiên Lý"}],
    )
    version = Reorganisation.objects.get(pk=undone).case.version
    reorganising.step(
        actor=decider, case_id=undone, action="undo", version=version, note="Nhập nhầm số quyết định"
    )
    many = _many(unit["UBND tỉnh Thiên Lý (mẫu)"])
    large = reorganising.compose(
        actor=composer,
        title="Sáp nhập 60 xã của huyện cũ vào UBND xã Đề Gi",
        paper=paper("202/2025/NQ-HĐND", 30),
        acts=[{"act": "end", "unit": one.id.hex, "successors": [commune.id.hex]} for one in many],
    )
    before = (today - timedelta(days=1)).isoformat()
    return [
        ("units", "quantri", "/units/"),
        ("duties", "quantri", "/me/duties/"),
        ("units-then", "quantri", f"/units/?day={before}"),
        ("units-found", "quantri", "/units/?q=khoa+hoc"),
        ("unit", "quantri", f"/units/{khcn.id.hex}/"),
        ("unit-then", "quantri", f"/units/{khcn.id.hex}/?day={before}"),
        ("reorganisations", "quantri", "/reorganisations/"),
        ("reorganisation-draft", "quantri", f"/reorganisations/{draft.pk.hex}/"),
        ("reorganisation-waits", "quantri", f"/reorganisations/{waits}/"),
        ("reorganisation-undone", "quantri", f"/reorganisations/{undone}/"),
        ("reorganisation-large", "quantri", f"/reorganisations/{large.pk.hex}/"),
        ("areas", "quantri", "/areas/"),
        ("areas-keeper", "cangca", "/areas/"),
        ("areas-found", "quantri", "/areas/?q=binh+dinh"),
    ]


def _boundaries() -> None:
    """Two communes whose boundaries meet, so that one site lies clearly and another on the line."""
    above = Area.objects.get(level="province", code="52", valid_to=None)
    for code, name, west, east in (
        ("21799", "Xã Đề Gi", 109.0, 109.2),
        ("21800", "Xã Cát Hải", 109.2, 109.4),
    ):
        ring = [[west, 13.9], [east, 13.9], [east, 14.3], [west, 14.3], [west, 13.9]]
        Area.objects.create(
            code=code,
            name=name,
            folded=fold(name),
            level="commune",
            parent=above,
            source="look",
            boundary=[[ring]],
            west=west,
            south=13.9,
            east=east,
            north=14.3,
        )
    Site.objects.filter(name="Cảng cá Đề Gi").update(longitude=109.2)


def _many(above: Unit) -> list[Unit]:
    """Sixty communes with four people, a place and two cameras each."""
    communes = []
    for number in range(60):
        commune = province.unit(f"UBND xã Thử {number:02}", ["camera_manager", "data_user"], parent=above)
        at = province.site(commune, f"Bộ phận Một cửa xã Thử {number:02}", kind="one_stop")
        for index in range(2):
            province.camera(at, f"TH-{number:02}{index}", sector="one_stop")
        for index in range(4):
            person = province.person(f"xa{number:02}{index}", f"Cán bộ xã {number:02} số {index}")
            province.seat(person, commune, "user_member" if index else "unit_head")
        communes.append(commune)
    return communes
