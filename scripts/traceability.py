"""docs/traceability.csv against the tests: `update` fills its column `tests` from marks, `check` compares.

`check --ran DIR` also demands that every test named in the table ran and passed: DIR holds what
`tests/proof.py` wrote during the runs.
"""

import argparse
import ast
import csv
import json
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "traceability.csv"
SCENARIOS = "tests/profiles/test_scenarios.py::test_the_regulation_is_kept"
"""Runs every scenario of `tests/profiles/<id>/rights.yaml`; their `req` names the rows they carry out."""
COLUMNS = ["id", "article", "duty", "module", "built", "tests"]


def marked_tests() -> dict[str, set[str]]:
    """Row id → test ids (`tests/x.py::test_y`) that carry `@pytest.mark.req(row)`, or whose scenario does."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                for row in _rows(node):
                    found.setdefault(row, set()).add(f"{path.relative_to(ROOT)}::{node.name}")
    for path in sorted((ROOT / "tests" / "profiles").glob("*/rights.yaml")):
        for scenario in yaml.safe_load(path.read_text(encoding="utf-8"))["scenarios"]:
            rows = scenario.get("req", [])
            for row in rows if isinstance(rows, list) else [rows]:
                found.setdefault(row, set()).add(SCENARIOS)
    return found


def _rows(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [
        str(argument.value)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.req"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]


def read_table() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def update() -> int:
    marked = marked_tests()
    rows = read_table()
    for row in rows:
        row["tests"] = " ".join(sorted(marked.get(row["id"], ())))
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return 0


def check(ran: Path | None) -> list[str]:
    """Everything that is wrong, in words."""
    rows = read_table()
    marked = marked_tests()
    problems = []
    ids = [row["id"] for row in rows]
    if len(ids) != len(set(ids)):
        problems.append("an id stands twice")
    problems += [f"{row}: marked in tests, but no such row" for row in sorted(set(marked) - set(ids))]
    for row in rows:
        claimed, actual = set(row["tests"].split()), marked.get(row["id"], set())
        problems += [
            f"{row['id']}: claims {test}, which does not exist or is not marked" for test in claimed - actual
        ]
        problems += [f"{row['id']}: {test} is missing; run `make traceability`" for test in actual - claimed]
        problems += [
            f"{row['id']}: empty {column}" for column in ("article", "duty", "module") if not row[column]
        ]
    if ran is not None:
        passed = _passed(ran)
        for row in rows:
            problems += [
                f"{row['id']}: claims {test}, which did not run and pass"
                for test in row["tests"].split()
                if test not in passed
            ]
    return problems


def _passed(directory: Path) -> set[str]:
    """Tests that passed at least once and failed never, in all runs recorded in `directory`."""
    passed: set[str] = set()
    failed: set[str] = set()
    for path in directory.glob("*.json"):
        for test, outcome in json.loads(path.read_text()).items():
            (passed if outcome == "passed" else failed if outcome == "failed" else set()).add(test)
    return passed - failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["update", "check"])
    parser.add_argument("--ran", type=Path)
    arguments = parser.parse_args()
    if arguments.what == "update":
        return update()
    problems = check(arguments.ran)
    for problem in problems:
        sys.stderr.write(f"traceability: {problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
