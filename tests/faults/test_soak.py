"""A short soak: random faults, and every lost second has its gap. `make soak` runs the long one."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.faults.soak.kept import Kept
from tests.faults.soak.soak import Report, reckon, soak
from tests.faults.soak.stage import FPS
from thienly.bus.messages import Gap
from thienly.rules.problems import Problem

SECONDS = float(os.environ.get("THIENLY_SHORT_SOAK_S") or 180)
SEED = os.environ.get("THIENLY_SOAK_SEED")


@pytest.mark.fault
@pytest.mark.timeout(360)
def test_what_random_faults_cost_is_what_the_gaps_say(tmp_path: Path) -> None:
    seed = int(SEED) if SEED else secrets.randbelow(10**6)
    print(f"THIENLY_SOAK_SEED={seed}")
    report = soak(tmp_path, seconds=SECONDS, seed=seed, cameras=3, say=print)
    print(json.dumps(asdict(report), ensure_ascii=False))
    assert report.frames > SECONDS and sum(report.faults.values()) > 3
    assert report.wrong == []


CAMERA = "a" * 32


def _kept(*, missing: range = range(0), twice: range = range(0)) -> Kept:
    """A minute from 1,000,000 s on, in fragments of a second."""
    first = 1_000_000 * FPS
    frames = {first + n: 2 if n in twice else 1 for n in range(600) if n not in missing}
    lost = {n // FPS for n in missing}
    return Kept(frames, [(1e6 + s, 1e6 + s + 1) for s in range(60) if s not in lost])


def _gap(start_s: float, end_s: float, reason: Problem = Problem.STALLED) -> Gap:
    start, end = (round((1e6 + s) * 1e6) for s in (start_s, end_s))
    return Gap(id="x", camera=CAMERA, recorder="r1", gap="g", start_us=start, end_us=end, reason=reason)


@pytest.mark.parametrize(
    ("found", "told", "wrong"),
    [
        (_kept(), [], 0),
        (_kept(missing=range(200, 300)), [_gap(20, 30)], 0),
        (_kept(missing=range(200, 300)), [], 3),  # the sum, the pictures, the hole between fragments
        (_kept(missing=range(200, 300)), [_gap(30, 40)], 2),
        (_kept(), [_gap(20, 30)], 1),  # a gap that was none
        (_kept(missing=range(200, 300)), [_gap(20, 30, Problem.UNEXPLAINED)], 1),
        (_kept(twice=range(5, 7)), [], 1),
    ],
)
def test_the_reckoning_finds_what_does_not_agree(found: Kept, told: list[Gap], wrong: int) -> None:
    report = Report(seed=0, seconds=0, cameras=1)
    assert len(reckon(found, told, report)) == wrong
