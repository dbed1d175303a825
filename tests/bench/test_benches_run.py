"""The benchmarks still run as the product changes: with a handful of cameras, and without a word on speed."""

import json
import subprocess
import sys

import pytest

SMALL = {
    "record": [
        *("--cameras", "2", "--seconds", "2", "--rounds", "1", "--size", "320x180", "--bitrate", "400000"),
        *("--own", "thienly", "--against", "floor"),
    ],
    "access": ["--cameras", "2000", "--accounts", "20", "--units", "30", "--trials", "2"],
    "activation": ["--cameras", "30", "--people", "20", "--units", "8"],
    "coverage": ["--cameras", "30", "--province", "30", "--days", "45", "--trials", "3"],
    "evidence": ["--cameras", "2", "--minutes", "2", "--megabytes", "0.3", "--rounds", "1"],
    "ledger": [
        *("--database", "sqlite", "--rows", "3000", "--seconds", "1", "--writers", "2", "--trials", "2"),
    ],
    "reorganisation": ["--cameras", "60", "--units", "30", "--accounts", "20", "--trials", "1"],
    "why": ["--cameras", "40", "--accounts", "30", "--units", "12", "--trials", "2"],
}
SAYS = {
    "record": {"thienly", "floor"},
    "activation": {"sqlite"},
    "coverage": {"sqlite"},
    "access": {"sqlite"},
    "ledger": {"ledger"},
    "evidence": {"evidence"},
    "reorganisation": {"sqlite"},
    "why": {"sqlite"},
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("bench", SMALL)
def test_a_benchmark_prints_its_figures(bench: str) -> None:
    command = [sys.executable, "-m", f"bench.{bench}", "--json", *SMALL[bench]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=380, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line.get("name") or line["database"] for line in figures} == SAYS[bench]
    for line in figures:
        assert line.get("frames_lost", 0) == 0
        assert line.get("chain_intact", True)
        assert line.get("verify_ok", True)
        assert all(value >= 0 for value in line.values() if isinstance(value, int | float))
