"""The State's list of areas, boundaries, and where sites lie."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from tests import province
from tests.guard import setting_the_scene
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.areas import services
from thienly.core.areas.commands import enter
from thienly.core.areas.models import Area, Placement
from thienly.core.areas.national import SHIPPED, read_list
from thienly.core.ledger.kinds import Kind
from thienly.core.ledger.models import Entry
from thienly.core.registry.models import Site

MACHINE = Actor.machine("areas")
BEFORE, SINCE = date(2025, 6, 30), date(2025, 7, 1)


def test_the_shipped_list_has_sixty_three_provinces_before_and_thirty_four_since() -> None:
    lines = [line for line in read_list(SHIPPED) if line.level == "province"]

    def on(day: date) -> set[str]:
        return {
            line.code for line in lines if (line.valid_from or date.min) <= day < (line.valid_to or date.max)
        }

    assert (len(on(BEFORE)), len(on(SINCE)), len(on(date(2024, 12, 31)))) == (63, 34, 63)
    into = {line.code: line.becomes for line in lines if line.valid_to == SINCE}
    assert len(into) == 52, "eleven were left as they were"
    assert set().union(*into.values()) <= on(SINCE)
    assert {code for code, after in into.items() if after == ("37",)} == {"35", "36", "37"}
    assert into["52"] == into["64"] == ("52",)
    assert into["70"] == into["75"] == ("75",)


@pytest.mark.django_db
def test_the_list_is_entered_once_and_told(tmp_path: Path) -> None:
    first = services.enter_shipped(actor=MACHINE)
    assert services.enter_shipped(actor=MACHINE) == services.Entered(0, 0, first.new)
    assert Entry.objects.filter(kind=Kind.AREAS_IMPORTED).count() == 2
    assert services.in_being(SINCE).get(code="52", level="province").name == "Tỉnh Gia Lai"
    assert services.in_being(BEFORE).get(code="52").name == "Tỉnh Bình Định"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name\n1,A\n", "level"),
        ("code,name,level\nxx,A,commune\n", "line 2"),
        ("code,name,level\n1,A,village\n", "village"),
        ("code,name,level,parent\n00001,A,commune,99\n", "99"),
        ("code,name,level,from,until\n1,A,commune,2025-07-01,2025-01-01\n", "ends before it begins"),
        ("code,name,level,from\n1,A,commune,\n1,B,commune,2025-07-01\n", "line 2"),
        ("code,name,level,from\n52,Khác,province,2026-01-01\n", "Tỉnh Gia Lai"),
        ("code,name,level,from\n1,A,commune,July\n", "July"),
    ],
)
def test_a_wrong_list_enters_nothing_and_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    services.enter_shipped(actor=MACHINE)
    rows = Area.objects.count()
    path = tmp_path / "list.csv"
    path.write_text(text)
    said: list[str] = []
    assert enter(path, say=said.append) == 1
    assert told in "\n".join(said)
    assert Area.objects.count() == rows
    assert enter(tmp_path / "none.csv", say=said.append) == 1


def square(west: float) -> dict[str, object]:
    ring = [[west, 14.0], [west + 0.1, 14.0], [west + 0.1, 14.1], [west, 14.1], [west, 14.0]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def communes(db: None, tmp_path: Path) -> tuple[Area, Area]:
    """Two neighbours with boundaries."""
    rows = "code,name,level,parent,from\n52,Tỉnh Gia Lai,province,,2025-07-01\n"
    rows += "00001,Xã Đông,commune,52,2025-07-01\n00002,Xã Tây,commune,52,2025-07-01\n"
    (tmp_path / "list.csv").write_text(rows)
    assert enter(tmp_path / "list.csv", say=print) == 0
    features = [
        {"type": "Feature", "properties": {"ma": code}, "geometry": square(west)}
        for code, west in (("1", 109.1), ("00002", 109.0))
    ]
    path = tmp_path / "lines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert enter(path, key="ma", say=print) == 0
    return Area.objects.get(code="00001"), Area.objects.get(code="00002")


def located(longitude: float, name: str = "Ngã tư") -> Site:
    site = province.site(province.unit(f"Đơn vị của {name}", ["camera_manager"]), name)
    with setting_the_scene():
        site.latitude, site.longitude = 14.05, longitude
        site.save()
    return site


def test_a_boundary_proposes_and_a_person_confirms(communes: tuple[Area, Area]) -> None:
    east, west = communes
    site = located(109.15)
    keeper = province.holder(site.unit, "cam_admin")
    (proposal,) = services.proposals(actor=keeper, day=date(2026, 1, 1))
    assert (proposal.site, proposal.areas, proposal.now) == (site, (east,), None)
    assert not Placement.objects.exists(), "nothing is assigned by a machine"
    placement = services.place_site(actor=keeper, site=site, area=east)
    assert placement.by_boundary
    assert services.proposals(actor=keeper, day=date(2026, 1, 1)) == []
    with setting_the_scene():
        site.longitude = 109.05  # it has moved across the border
        site.save()
    (again,) = services.proposals(actor=keeper, day=date(2026, 1, 1))
    assert (again.areas, again.now) == ((west,), east)
    told = Entry.objects.get(kind=Kind.SITE_PLACED)
    assert (told.detail["after"], told.detail["by_boundary"]) == ("Xã Đông", True)


def test_a_site_on_the_line_lies_in_both_and_a_person_chooses(communes: tuple[Area, Area]) -> None:
    site = located(109.1)
    keeper = province.holder(site.unit, "cam_admin")
    (proposal,) = services.proposals(actor=keeper, day=date(2026, 1, 1))
    assert set(proposal.areas) == set(communes)


def test_only_who_keeps_the_site_confirms_and_only_areas_that_are(communes: tuple[Area, Area]) -> None:
    east, west = communes
    site = located(109.15)
    watcher = province.holder(province.unit("Trung tâm", ["central_manager"]), "central_operator")
    assert services.proposals(actor=watcher, day=date(2026, 1, 1)) == []
    with pytest.raises(NotAllowed):
        services.place_site(actor=watcher, site=site, area=east)
    keeper = province.holder(site.unit, "cam_admin")
    with setting_the_scene():
        west.valid_to = date(2026, 1, 1)
        west.save()
    with pytest.raises(ValidationError):
        services.place_site(actor=keeper, site=site, area=west)
    with pytest.raises(ValidationError):
        services.place_site(actor=MACHINE, site=site, area=east)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "level", "told"),
    [
        ("{", "commune", "GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "commune", "empty"),
        ('{"features": [{"properties": {"code": "77777"}, "geometry": null}]}', "commune", "77777"),
        ('{"features": [{"properties": {"code": "37"}, "geometry": null}]}', "commune", "37"),
        ('{"features": [{"properties": {"code": 37}, "geometry": {"type": "Point"}}]}', "province", "Point"),
        ('{"features": [7]}', "commune", "feature 1"),
    ],
)
def test_wrong_boundaries_enter_nothing(tmp_path: Path, content: str, level: str, told: str) -> None:
    services.enter_shipped(actor=MACHINE)
    path = tmp_path / "x.geojson"
    path.write_text(content)
    said: list[str] = []
    assert enter(path, on=SINCE, level=level, say=said.append) == 1
    assert told in "\n".join(said)
    assert not Area.objects.exclude(boundary=None).exists()
