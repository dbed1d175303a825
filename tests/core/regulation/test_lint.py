"""`thienly profile lint`: what is wrong with a profile is told with its file, its line, and what to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from thienly.core.regulation.lint import Finding, lint

SHIPPED = sorted(Path("src/thienly/profiles").glob("*/*.yaml"))
HOME = Path("src/thienly/profiles/quang-ninh")

Draft = Callable[[str, str], list[Finding]]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """Lints Quảng Ninh's profile with one passage replaced; the text lies beside it."""
    (tmp_path / "qn.txt").write_text((HOME / "qn.txt").read_text())

    def change(before: str, after: str) -> list[Finding]:
        text = (HOME / "qn.yaml").read_text()
        assert text.count(before) == 1, before
        (tmp_path / "qn.yaml").write_text(text.replace(before, after))
        return lint(tmp_path / "qn.yaml")

    return change


def line_with(words: str) -> int:
    lines = (HOME / "qn.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_regulation_that_comes_along_is_without_errors(path: Path) -> None:
    assert [str(finding) for finding in lint(path) if not finding.warning] == []


@pytest.mark.req("BDP-002", "NB-001")
@pytest.mark.parametrize("name", ["binh-dinh/bdp", "ninh-binh/nb"])
def test_a_document_without_number_and_date_is_a_warning_and_no_error(name: str) -> None:
    found = lint(Path(f"src/thienly/profiles/{name}.yaml"))
    assert all(finding.warning for finding in found)
    assert [finding.en.split(" is missing")[0] for finding in found] == [
        "the number of the document",
        "the date of the document",
        "the day from which it is in force",
    ]


@pytest.mark.parametrize(
    ("before", "after", "vi", "en"),
    [
        ("to: sector_user, actions", "to: sector_usr, actions", "sửa tên", "did you mean sector_user?"),
        ("{id: sep-admin, role: central_admin", "{id: sep-admin, role: nobody", "nobody", "role nobody"),
        ("to: sector_user, actions: [view.live", "to: sector_user, actions: [see", "chọn", "no “see”"),
        ("scope: sector, purpose", "scope: everywhere, purpose", "chọn", "no “everywhere”"),
        ("scope: sector, purpose: state_management", "scope: sector, purpose: fun", "fun", "purpose fun"),
        ("{id: c-repair, vi", "{id: c-connect, vi", "hai lần", "repeated ids: c-connect"),
        ("actor: inspection_agency", "actor: inspector", "inspector", "actor inspector"),
        ("approver: [camera_manager]", "approver: [camera_mgr]", "camera_mgr", "approver camera_mgr"),
        ("n: 5, unit: working_day", "n: 5, unit: lunar_day", "chọn", "no “lunar_day”"),
        ("parameter: par-retention-min", "parameter: par-x", "par-x", "parameter par-x"),
        (" parameter: par-retention-min,", "", "để ngỏ", "left open"),
        ("max: 1, seats: {cam_", "max: 2, seats: {cam_", "không bằng 2", "do not add up to 2"),
        ("seats: {cam_contact: 1}", "seats: {user_head: 1}", "user_head", "role user_head"),
        ("closes: [provide]", "closes: [dance]", "chọn", "no “dance”"),
        ("value: P90D", "value: often", "không đúng kiểu", "no value of kind duration"),
        ("[any], basis: explicit, cite: Đ14.2", "[any], basis: explicit, cite: Đ14.9", "Đ14.9", "no Đ14.9"),
        ("cite: Đ11.4}", "cite: Luật 1/2000/QH10}", "không có Luật 1/2000/QH10", "the text has no Luật"),
        ("site: road_protected", "site: bridge", "bridge", "site bridge"),
        ("event: data_or_link_problem", "on: data_or_link_problem", "đúng/sai", "on, yes, no"),
        ("en: log of extraction, fields", "en: log, extraction, fields", "nháy kép", "quotes"),
        (", basis: explicit, cite: Đ11.4}", ", basis: maybe, cite: Đ11.4}", "chọn", "no “maybe”"),
    ],
)  # fmt: skip
def test_an_error_names_the_line_and_what_to_do(
    draft: Draft, before: str, after: str, vi: str, en: str
) -> None:
    found = [finding for finding in draft(before, after) if not finding.warning]
    line = line_with(before)
    told = [finding for finding in found if en in finding.en]
    assert told, [finding.en for finding in found]
    assert vi in told[0].vi
    assert told[0].line == line and told[0].file.endswith("qn.yaml")
    assert f"qn.yaml:{line}: lỗi / error" in str(told[0])


def test_an_entry_without_an_article_or_a_basis_is_refused_at_its_line(draft: Draft) -> None:
    (lost,) = draft(", basis: explicit, cite: Đ11.4}", ", basis: explicit}")
    assert "cite is missing" in lost.en and lost.line == line_with("{id: net-internal")
    (vague,) = draft(", basis: explicit, cite: Đ20.5}", ", cite: Đ20.5}")
    assert "basis is missing" in vague.en and vague.line == line_with("{id: r-progress")


def test_circles_and_doubled_keys_and_broken_yaml_have_a_line(draft: Draft) -> None:
    top = "level: province, parent: null, kind: government"
    circle = draft(top, top.replace("null", "ubnd_huyen"))
    assert any("stands above itself" in finding.en for finding in circle)
    (twice,) = draft("  version: 1\n", "  version: 1\n  version: 2\n")
    assert "version stands twice" in twice.en and twice.line == line_with("  version: 1") + 1
    (torn,) = draft("separations:\n", "separations: [\n")
    assert "brackets" in torn.en and torn.line >= line_with("separations:")


def test_a_right_given_to_a_role_that_no_article_names_is_told_with_all_others_at_once(draft: Draft) -> None:
    added = "  - {id: cam_admin, unit: nowhere, vi: x, seat: admin, basis: explicit, cite: Đ99}\n"
    found = draft("roles:\n", f"roles:\n{added}")
    told = " ".join(finding.en for finding in found)
    assert "repeated ids: cam_admin" in told and "unit nowhere" in told and "no Đ99" in told
    assert [finding.line for finding in found] == sorted(finding.line for finding in found)


def test_a_missing_or_unreadable_text_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "qn.yaml").write_text((HOME / "qn.yaml").read_text())
    (lost,) = lint(tmp_path / "qn.yaml")
    assert lost.file.endswith("qn.txt") and "citations cannot be checked" in lost.en
    (tmp_path / "qn.txt").write_text("[Đ1]\nmột\n[Đ1]\nhai\n")
    (twice,) = lint(tmp_path / "qn.yaml")
    assert (twice.file.endswith("qn.txt"), twice.line) == (True, 3)
    (gone,) = lint(tmp_path / "nothing.yaml")
    assert "cannot be read" in gone.en


def test_the_command_ends_with_1_on_errors_and_0_without(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "thienly", "profile", *words],
            capture_output=True,
            text=True,
            check=False,
            env={"THIENLY_DATA": str(tmp_path), "PATH": "", "PYTHONUTF8": "1"},
        )

    good = run("lint", *map(str, SHIPPED))
    assert good.returncode == 0, good.stdout + good.stderr
    assert "5 files, 0 errors" in good.stdout
    bad = tmp_path / "bad.yaml"
    bad.write_text((HOME / "qn.yaml").read_text().replace("scope: sector,", "scope: sectr,"))
    refused = run("lint", str(bad))
    assert refused.returncode == 1
    assert f"{bad}:{line_with('scope: sector,')}: lỗi / error" in refused.stdout
    shown = run("show", "DN")
    assert shown.returncode == 0 and "[Đ6.2]" in shown.stdout and "4139/QĐ-UBND" in shown.stdout
    assert run("show", "XX").returncode == 1
    changed = tmp_path / "changed.yaml"
    changed.write_text(
        (HOME / "qn.yaml").read_text().replace("n: 5, unit: working_day", "n: 3, unit: working_day")
    )
    different = run("diff", "QN", str(changed))
    assert different.returncode == 1
    assert "thời hạn từ “n 5, unit working_day” thành “n 3, unit working_day”" in different.stdout
    assert run("diff", "QN", "QN@1").returncode == 0
