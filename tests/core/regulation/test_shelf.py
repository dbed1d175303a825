"""Regulations as data: what ships is sound, and what does not fit together is refused with the place."""

from datetime import date
from importlib.resources import files
from typing import Any

import pytest
import yaml

from thienly.core.regulation.shelf import BrokenProfileError, first, read, shelf
from thienly.rules.profile import Profile

TEXT = files("thienly.profiles").joinpath("quang-ninh", "qn.yaml").read_text(encoding="utf-8")


def broken(change: Any) -> str:
    data = yaml.safe_load(TEXT)
    change(data)
    with pytest.raises(BrokenProfileError) as error:
        read(yaml.safe_dump(data, allow_unicode=True), name="qn.yaml")
    return str(error.value)


def test_the_shipped_regulation_is_read_once_and_is_sound() -> None:
    qn = first()["QN"]
    assert first()["QN"] is qn
    assert isinstance(qn, Profile)
    assert (qn.profile.number, qn.profile.date) == ("23/2023/QĐ-UBND", date(2023, 8, 7))


def test_a_regulation_is_in_force_from_its_first_day() -> None:
    qn = first()["QN"]
    assert not qn.in_force(date(2023, 8, 31))
    assert qn.in_force(date(2023, 9, 1))


def test_every_role_and_grant_rests_on_an_article_and_says_whether_it_is_explicit() -> None:
    qn = first()["QN"]
    for entry in [*qn.roles, *qn.grants, *qn.exclusions, *qn.separations]:
        assert entry.cite.startswith("Đ")
        assert entry.basis in ("explicit", "derived")
        assert entry.cites


def test_all_five_regulations_come_along_and_only_the_adopted_one_holds() -> None:
    assert shelf().ids == ["BDM", "BDP", "DN", "NB", "QN"]
    assert list(first()) == ["QN"]


def test_references_that_do_not_resolve_are_all_named() -> None:
    def change(data: Any) -> None:
        data["roles"][0]["unit"] = "khong_co"
        data["grants"][0]["to"] = "ai_do"
        data["grants"][1]["purpose"] = "vui"
        data["quotas"][0]["seats"] = {"cam_contact": 2}
        data["separations"][0]["role"] = "vo_danh"

    message = broken(change)
    for part in ("qn.yaml", "unit khong_co", "to ai_do", "purpose vui", "do not add up to 1", "role vo_danh"):
        assert part in message


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["grants"][0].pop("cite"),
        lambda data: data["grants"][0].pop("basis"),
        lambda data: data["roles"][0].pop("basis"),
        lambda data: data["grants"][0].update(actions=["view.live", "view.all"]),
        lambda data: data["grants"][0].update(scope="everywhere"),
        lambda data: data["grants"][0].update(extra=1),
        lambda data: data["clocks"][0].pop("cite"),
        lambda data: data["clocks"][0]["limit"].update(unit="moon"),
        lambda data: data.update(clokcs=[]),
        lambda data: data["roles"].append(data["roles"][0]),
        lambda data: data.pop("exclusions"),
        lambda data: data["profile"].update(schema="camera-regulation-profile/2"),
    ],
)
def test_a_part_that_is_missing_misspelt_or_doubled_is_refused(change: Any) -> None:
    assert "qn.yaml" in broken(change)


def test_a_key_that_stands_twice_is_refused_and_code_in_yaml_is_never_run() -> None:
    with pytest.raises(BrokenProfileError, match="twice"):
        read(TEXT.replace("  version: 1\n", "  version: 1\n  version: 2\n"), name="qn.yaml")
    with pytest.raises(BrokenProfileError):
        read("profile: !!python/object/apply:os.getcwd []", name="x.yaml")


def test_sound_is_allowed_only_where_the_text_lets_somebody_hear() -> None:
    assert not first()["QN"].allows_sound
    data = yaml.safe_load(TEXT)
    data["grants"][0]["actions"].append("audio")
    assert Profile.model_validate(data).allows_sound
