"""Answers that cannot be right are named, in Vietnamese and English, before anything is touched."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st
from pydantic import ValidationError

from thienly.conf import Conf, FileConf, NetworkZone, RegulationConf
from thienly.conf_pictures import PictureClassConf, PicturesConf
from thienly.conf_quality import QualityConf
from thienly.core.setup.answers import Answers, load
from thienly.core.setup.commands import init
from thienly.core.setup.questions import ask
from thienly.core.setup.sentences import Refusal, Sentence, WrongAnswers
from thienly.core.setup.toml import as_toml

GOOD = """
document = "15/QĐ-UBND"
{more}
[unit]
name = "Trung tâm"
{unit}
[administrator]
username = "quantri"
full_name = "Đỗ Thị Quản"
password = "cá-cơm-phơi-nắng"
{administrator}
"""


def write(path: Path, *, more: str = "", unit: str = "", administrator: str = "") -> Path:
    path.write_text(GOOD.format(more=more, unit=unit, administrator=administrator), encoding="utf-8")
    return path


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    answers = load(write(tmp_path / "a.toml"))
    assert answers.functions == ["central_manager"]
    assert answers.file_conf() == FileConf(regulations=[RegulationConf(id="QN")])


def test_storage_holds_for_every_recorder_that_has_no_place_of_its_own(tmp_path: Path) -> None:
    more = """
    storage = "/srv/footage"
    recorders = [{name = "r1"}, {name = "r2", zone = "cang", store = "khac"}]
    """
    recorders = load(write(tmp_path / "a.toml", more=more)).file_conf().recorders
    assert [(r.name, r.zone, r.store) for r in recorders] == [
        ("r1", "main", "/srv/footage"),
        ("r2", "cang", "khac"),
    ]


@pytest.mark.parametrize(
    ("part", "line", "vi", "en"),
    [
        ("more", "prot = 1", "prot: không có mục nào", "prot: there is no setting"),
        ("more", "port = 70000", "port: không được quá 65535.", "port: it must be at most 65535."),
        ("more", 'port = "web"', "port: phải là một số nguyên.", "port: it must be a whole number."),
        ("more", "keep_days = 0", "keep_days: phải từ 1 trở lên.", "keep_days: it must be at least 1."),
        ("more", 'hosts = "x"', "hosts: phải là một danh sách.", "hosts: it must be a list."),
        (
            "more",
            'network_zones = [{name = "a", cidr = "10.0.0.1/8"}]',
            "dải địa chỉ mạng",
            "network addresses",
        ),
        (
            "more",
            'network_zones = [{name = "a"}]',
            "network_zones.0.cidr: thiếu",
            "network_zones.0.cidr: this is missing",
        ),
        ("more", 'time_zone = "Hanoi"', "không có múi giờ này", "no such time zone"),
        ("more", 'time_zone = "../etc"', "không có múi giờ này", "no such time zone"),
        ("more", 'database_url = "mysql://x"', "postgresql://", "postgresql://"),
        (
            "more",
            'regulation = "XX"',
            "không có văn bản nào có mã này",
            "no regulation has this id; there are: ",
        ),
        ("more", 'recorders = [{name = "r"}, {name = "r"}]', "trùng tên", "the same name"),
        (
            "more",
            'recorders = [{name = "R 1"}]',
            "recorders.0.name: chỉ dùng",
            "recorders.0.name: only small",
        ),
        ("more", 'storage = ""', "storage: không được để trống.", "storage: it must not be empty."),
        (
            "unit",
            'functions = ["so_tc"]',
            "unit.functions: đơn vị đầu tiên phải",
            "unit.functions: the first unit must",
        ),
        (
            "administrator",
            "title = 5",
            "administrator.title: phải là chữ",
            "administrator.title: it must be text",
        ),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, part: str, line: str, vi: str, en: str) -> None:
    with pytest.raises(Refusal) as refused:
        load(write(tmp_path / "a.toml", **{part: line}))
    (told,) = refused.value.sentences
    assert vi in told.vi
    assert en in told.en


def test_a_unit_without_the_function_is_told_the_article(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="QN Đ"):
        load(write(tmp_path / "a.toml", unit='functions = ["so_tc"]'))


@pytest.mark.parametrize("text", ["port = = 1", "\x00", "[unit"])
def test_a_file_that_is_no_toml_or_is_not_there_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(Refusal, match="is not TOML"):
        load(tmp_path / "a.toml")
    with pytest.raises(Refusal, match="cannot be read"):
        load(tmp_path / "b.toml")


def test_a_refusal_never_repeats_the_password(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('administrator = {username = "a", full_name = "b", password = ["bí mật"]}')
    with pytest.raises(Refusal) as refused:
        load(path)
    assert "bí mật" not in str(refused.value.sentences)


def test_the_command_prints_the_sentences_and_installs_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    conf = Conf(tmp_path / "data", env={})
    assert init(conf, write(tmp_path / "a.toml", more="port = 0"), say=said.append) == 1
    assert said == ["port: phải từ 1 trở lên.\nport: it must be at least 1."]
    assert not conf.data.exists()


def test_giving_up_in_the_middle_of_the_questions_installs_nothing(tmp_path: Path) -> None:
    def end(prompt: str) -> str:
        raise EOFError

    said: list[str] = []
    assert init(Conf(tmp_path / "data", env={}), None, say=said.append, read=end, read_secret=end) == 1
    assert "nothing was installed" in said[0]
    assert not (tmp_path / "data").exists()


def test_questions_are_asked_again_only_where_the_answer_was_wrong() -> None:
    lines = iter(["", "15/QĐ", "Đỗ Thị Quản", "", "", "cổng", "cam.tinh.vn, 10.0.0.5", "nội bộ=10.0.0.1/8"])
    again = iter(["8500", "nội bộ=10.0.0.0/8"])
    secrets = iter(["một", "hai", "cá-cơm-phơi-nắng", "cá-cơm-phơi-nắng"])
    said, asked = [], []

    def read(prompt: str) -> str:
        asked.append(prompt)
        return next(lines, None) or next(again) if len(asked) > 8 else next(lines)

    answers = ask(say=said.append, read=read, read_secret=lambda prompt: next(secrets), given={})
    assert answers.unit.name == "Trung tâm Giám sát, điều hành"
    assert (answers.administrator.username, answers.port) == ("quantri", 8500)
    assert answers.hosts == ["cam.tinh.vn", "10.0.0.5"]
    assert answers.network_zones == [NetworkZone(name="nội bộ", cidr="10.0.0.0/8")]
    assert len(asked) == 10
    assert said[0] == "Hai lần nhập khác nhau.\nThe two differ."


plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
networks = st.ip_addresses().map(lambda address: f"{address}/{address.max_prefixlen}")


@any_of(host=plain, zones=st.lists(st.tuples(plain, networks), max_size=2), hosts=st.lists(plain, max_size=3))
def test_whatever_is_configured_is_read_back_as_it_was(
    host: str, zones: list[tuple[str, str]], hosts: list[str]
) -> None:
    settings: dict[str, Any] = {"host": host, "hosts": hosts}
    conf = FileConf(network_zones=[NetworkZone(name=name, cidr=cidr) for name, cidr in zones], **settings)
    assert "profile" in as_toml(conf)  # as_toml itself compares what it wrote


def test_of_a_table_of_settings_only_what_differs_is_written() -> None:
    assert "[quality]" not in as_toml(FileConf())
    text = as_toml(FileConf(quality=QualityConf(loss_bad=0.05, timely_document="12/HD-SKHCN")))
    assert '[quality]\nloss_bad = 0.05\ntimely_document = "12/HD-SKHCN"\n' in text
    for wrong in ({"loss_bad": 0.0001}, {"fps_bad": 0.99}, {"loss": 1}):
        with pytest.raises(ValidationError):
            QualityConf.model_validate(wrong)


def test_answers_hide_the_password_when_they_are_printed(tmp_path: Path) -> None:
    answers: Answers = load(write(tmp_path / "a.toml"))
    assert "nắng" not in repr(answers)


def test_whoever_answers_questions_is_asked_again_when_the_installation_refuses_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[Answers] = []

    def install(*, conf: Conf, answers: Answers) -> None:
        if len(answers.administrator.password.get_secret_value()) < 10:
            raise WrongAnswers(Sentence("ngắn quá", "too short"))
        installed.append(answers)

    monkeypatch.setattr("thienly.core.setup.commands.install", install)
    first = iter(["", "15/QĐ", "Đỗ Thị Quản", "", "", "", "", ""])
    secrets = iter(["ngắn", "ngắn", "cá-cơm-phơi-nắng", "cá-cơm-phơi-nắng"])
    said: list[str] = []
    conf = Conf(tmp_path / "data", env={})
    code = init(
        conf, None, say=said.append, read=lambda _: next(first, ""), read_secret=lambda _: next(secrets)
    )
    assert (code, said[0]) == (0, "ngắn quá\ntoo short")
    assert [(a.document, a.administrator.full_name) for a in installed] == [("15/QĐ", "Đỗ Thị Quản")]


def test_the_example_in_the_documentation_is_right(tmp_path: Path) -> None:
    page = Path(__file__).parents[3].joinpath("docs", "operation.md").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    answers = load(tmp_path / "a.toml")
    assert answers.file_conf().recorders[0].capacity == 400
    assert answers.https


def test_how_pictures_are_checked_is_written_only_where_it_is_not_as_usual() -> None:
    assert "pictures" not in as_toml(FileConf())  # a person may add a section
    office = PictureClassConf(scope="site:one_stop", hours="always", limits={"dark_luma": 50})
    set_ = FileConf(pictures=PicturesConf(every_s=63, classes=[office, PictureClassConf(check=False)]))
    assert "[pictures]" in as_toml(set_)  # as_toml itself compares what it wrote
