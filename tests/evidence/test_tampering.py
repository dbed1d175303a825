"""Whatever is done to a package, the command says exactly what, and of which second."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evidence.case import Case
from tests.evidence.tampering import cases
from thienly.evidence.verify import Report, verify
from thienly.evidence.words import sentence
from thienly.evidence_commands import history


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Case]]:
    yield list(cases(tmp_path_factory.mktemp("table")))


def verdict(case: Case, folder: Path) -> Report:
    path = folder / "package.zip"
    path.write_bytes(case.data)
    return verify(path, history=history, key_id=case.key_id, revoked=case.revoked)


@pytest.mark.req_part("QN-022", "NB-063")
def test_everything_that_was_done_is_named_exactly(table: list[Case], tmp_path: Path) -> None:
    said = {}
    for case in table:
        report = verdict(case, tmp_path)
        said[case.name] = [(fault.kind, fault.file, fault.from_us, fault.until_us) for fault in report.faults]
        assert report.genuine == (not case.expected)
        for fault in report.faults:
            assert sentence(fault, "vi") and "{" not in sentence(fault, "vi") + sentence(fault, "en")
    assert said == {case.name: case.expected for case in table}
    assert len(said) == len(table) > 50
