"""`thienly requirements`: how many rows of the founding regulations are proven, built but unproven, or open.

The table is docs/traceability.csv. A row is proven when a test carries out its acceptance check; `make test`
refuses a table that claims a test which did not run.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

TABLE = Path(__file__).parent.parent.parent / "docs" / "traceability.csv"
STATES = ("proven", "built_unproven", "open")
REGULATIONS = {
    "BDM": "Bình Định, khoáng sản",
    "BDP": "Bình Định, cảng cá",
    "QN": "Quảng Ninh, quản lý tập trung",
    "NB": "Ninh Bình, một cửa",
    "DN": "Đồng Nai, một cửa",
}


def count() -> dict[str, Counter[str]]:
    """Regulation → state → rows. Raises FileNotFoundError outside a source tree."""
    counts = {regulation: Counter(dict.fromkeys(STATES, 0)) for regulation in REGULATIONS}
    with TABLE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            state = "proven" if row["tests"] else "built_unproven" if row["built"] else "open"
            counts[row["id"].split("-")[0]][state] += 1
    return counts


def report(*, as_json: bool, say: Callable[[str], None]) -> int:
    counts = count()
    total = sum(counts.values(), Counter[str]())
    if as_json:
        say(json.dumps({**counts, "total": {state: total[state] for state in STATES}}))
        return 0
    say(f"{'':32}{'proven':>8}{'built':>8}{'open':>8}")
    for regulation, states in counts.items():
        name = f"{regulation}  {REGULATIONS[regulation]}"
        say(f"{name:32}" + "".join(f"{states[state]:>8}" for state in STATES))
    say(f"{'total':32}" + "".join(f"{total[state]:>8}" for state in STATES))
    return 0
