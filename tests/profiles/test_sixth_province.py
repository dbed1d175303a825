"""A sixth province is a file: the imagined regulation VH is laid beside an installation, and rules it."""

import shutil
from datetime import date, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from tests import province
from thienly.conf import Conf, FileConf, RegulationConf
from thienly.core.access import gate
from thienly.core.access.actor import Actor
from thienly.core.access.refusal import NotAllowed
from thienly.core.access.services import appoint
from thienly.core.recording.keeping import kept_of
from thienly.core.regulation import shelf
from thienly.core.regulation.lint import lint
from thienly.core.setup.answers import Answers
from thienly.rules.actions import Action
from thienly.rules.profile import Profile

HERE = Path(__file__).parent / "vh"
DOCUMENT = "12/2024/QĐ-UBND ngày 02/3/2024"
ADOPTED = RegulationConf(id="VH", effective_from="2024-04-01", document=DOCUMENT)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The data directory of an installation with a regulation of its own."""
    shutil.copytree(HERE, tmp_path / "profiles")
    return tmp_path


@pytest.fixture
def held(own: Path) -> dict[str, Profile]:
    return shelf.adopt(shelf.fill(own / "profiles"), (ADOPTED,))


def test_its_file_is_without_errors() -> None:
    assert [finding.en for finding in lint(HERE / "vh.yaml") if not finding.warning] == []


def test_it_is_at_hand_beside_those_that_come_along(own: Path) -> None:
    found = shelf.fill(own / "profiles")
    assert found.ids == ["BDM", "BDP", "DN", "NB", "QN", "VH"]
    book = found.book("VH")
    assert book is not None and book.own and book.articles["Đ3"].startswith("Điều 3")


def test_it_holds_from_the_day_that_a_document_gives(held: dict[str, Profile]) -> None:
    assert list(held) == ["VH"]
    assert not held["VH"].in_force(date(2024, 3, 31)) and held["VH"].in_force(date(2024, 4, 1))


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (RegulationConf(id="VH"), "does not say from when"),
        (RegulationConf(id="VH", effective_from="2024-04-01"), "document"),
        (RegulationConf(id="VH", version=9), "no regulation VH@9"),
        (RegulationConf(id="QN", effective_from="2020-01-01", document="x"), "in force since 2023-09-01"),
    ],
)
def test_what_cannot_hold_is_refused_in_both_languages(own: Path, choice: RegulationConf, why: str) -> None:
    with pytest.raises(shelf.UnknownRegulationError, match=why) as refused:
        shelf.adopt(shelf.fill(own / "profiles"), (choice,))
    assert "[[regulations]]" in refused.value.vi


def test_a_broken_draft_does_not_bring_down_what_holds_and_is_told_when_it_is_chosen(own: Path) -> None:
    (own / "profiles" / "draft.yaml").write_text("profile: {id: ZZ}\n")
    found = shelf.fill(own / "profiles")
    assert "VH" in found.ids and "draft.yaml" in found.broken["draft.yaml"]
    with pytest.raises(shelf.UnknownRegulationError, match=r"draft\.yaml"):
        shelf.adopt(found, (RegulationConf(id="ZZ"),))


def test_an_installation_refuses_to_start_under_a_regulation_that_cannot_hold(own: Path) -> None:
    (own / "thienly.toml").write_text('[[regulations]]\nid = "VH"\n')
    assert "does not say from when" in shelf.refusal(Conf(own))
    (own / "thienly.toml").write_text(
        f'[[regulations]]\nid = "VH"\neffective_from = "2024-04-01"\ndocument = "{DOCUMENT}"\n'
    )
    assert shelf.refusal(Conf(own)) == ""


@pytest.mark.django_db
def test_its_roles_quotas_rights_and_retention_rule_without_any_code(held: dict[str, Profile]) -> None:
    board = province.unit("Ban quản lý chợ Vân", ["ban_quan_ly_cho"])
    other = province.unit("Ban quản lý chợ Hà", ["ban_quan_ly_cho"])
    stall = province.camera(province.site(board, "Chợ Vân"), "CH-1", sector="security")
    far = province.camera(province.site(other, "Chợ Hà"), "CH-2", sector="security")
    with (
        patch("thienly.core.access.gate.profiles", lambda: held),
        patch("thienly.core.access.services.profiles", lambda: held),
        patch("thienly.core.access.limits.profiles", lambda: held),
        patch("thienly.core.recording.keeping.profiles", lambda: held),
    ):
        machine = Actor.machine("init")
        people = [province.person(f"truc{number}", f"Người Trực {number}") for number in range(3)]
        for account in people[:2]:
            appoint(
                actor=machine, account=account, unit=board, profile="VH", role="watchman", document="1/QĐ"
            )
        with pytest.raises(NotAllowed) as full:
            appoint(
                actor=machine, account=people[2], unit=board, profile="VH", role="watchman", document="1/QĐ"
            )
        assert full.value.reasons[0].cite == "VH Đ1"
        watchman = Actor.person(people[0], address="192.0.2.1")
        assert gate.require(actor=watchman, action=Action.VIEW_LIVE, obj=stall).purpose == "market_order"
        assert not gate.decide(actor=watchman, action=Action.VIEW_PLAYBACK, obj=stall).allow
        assert not gate.decide(actor=watchman, action=Action.VIEW_LIVE, obj=far).visible
        assert list(gate.visible(actor=watchman, action=Action.VIEW_LIVE)) == [stall]
        kept = kept_of(stall, overrides=(), keep_days=7, today=date(2026, 5, 1))
        assert (kept.keep.floor, kept.cite) == (40, "VH Đ3")


def test_an_installation_can_be_made_under_it(own: Path) -> None:
    asked = {
        "unit": {"name": "Sở Công Thương"},
        "administrator": {"username": "quantri", "full_name": "Lê Thị Quản", "password": "doi-mat-khau-ngay"},
        "document": "1/QĐ",
        "regulation": "VH",
    }
    with patch("thienly.core.setup.answers.shelf", lambda: shelf.fill(own / "profiles")):
        with pytest.raises(ValueError, match="it cannot hold"):
            Answers.model_validate(asked)
        answers = Answers.model_validate(
            asked | {"regulation_from": "2024-04-01", "regulation_document": DOCUMENT}
        )
        assert answers.functions == ["so_cong_thuong"] and answers.role.id == "keeper"
        made: FileConf = answers.file_conf()
    assert made.regulations == [ADOPTED]
    assert datetime.fromisoformat(made.regulations[0].effective_from).year == 2024
