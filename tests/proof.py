"""A pytest plugin that writes which tests ran and how they ended, for `scripts.traceability check --ran`.

Off unless `THIENLY_PROOF` names the file to write.
"""

import json
import os
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = report.nodeid.split("[", 1)[0]
    if report.failed:
        _outcomes[test] = "failed"
    elif report.skipped:
        _outcomes.setdefault(test, "skipped")
    elif report.when == "call" and _outcomes.get(test) != "failed":
        _outcomes[test] = "passed"


def pytest_sessionfinish() -> None:
    target = os.environ.get("THIENLY_PROOF")
    if target:
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_outcomes, indent=0, sort_keys=True))
