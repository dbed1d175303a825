"""Random faults for so many seconds, then the reckoning: what is lost is exactly what the gaps say."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median

from tests.faults.soak.kept import Kept, kept
from tests.faults.soak.stage import FPS, GOP_S, LOOP_S, STORE, Stage
from thienly.bus.messages import Gap
from thienly.media.fsck import main as fsck
from thienly.media.remote import recovery
from thienly.rules.problems import Problem

Say = Callable[[str], None]
SEAM_S = 0.3
"""Fragments nearer than this follow each other, and gaps may differ by it from the pictures."""
WARM_S = 20.0
GROWTH_MB = 60.0
"""What a recorder's memory may grow by after its first seconds."""

# kind of fault → (weight, shortest and longest pause after it in s)
FAULTS: dict[str, tuple[int, float, float]] = {
    "drop": (4, 2, 6),
    "stall": (2, 12, 16),
    "flood": (2, 4, 8),
    "clock_jump": (3, 2, 6),
    "resolution": (3, 2, 6),
    "refuse": (2, 4, 8),
    "kill": (2, 5, 9),
    "successor": (2, 4, 8),
    "nats": (2, 4, 8),
    "disk_full": (2, 6, 10),
    "store_away": (2, 4, 8),
}


OF_ALL = ("kill", "successor", "nats", "disk_full", "store_away")
"""These are about no single camera."""


@dataclass
class Report:
    """What `python -m tests.faults.soak` prints as JSON. Seconds unless said otherwise."""

    seed: int
    seconds: float
    cameras: int
    faults: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    lost_s: float = 0.0
    gap_s: float = 0.0
    gaps: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    doubled_frames: int = 0
    memory_mb: float = 0.0
    memory_growth_mb: float = 0.0
    longest_life_s: float = 0.0
    memory_tenths_mb: list[float] = field(default_factory=list)  # median of each tenth of the longest life
    wrong: list[str] = field(default_factory=list)


def soak(
    data: Path, *, seconds: float, seed: int, cameras: int, say: Say, without: Sequence[str] = ()
) -> Report:
    """Everything is repeatable but the moment in which a fault meets a frame. `without`: kinds of faults left
    out; without those that end the recorder its memory is watched over one long life."""
    report = Report(seed=seed, seconds=seconds, cameras=cameras)
    with Stage(data, cameras) as stage:
        _settle(stage)
        report.faults = dict(_torment(stage, random.Random(seed), seconds, say, without))  # noqa: S311 - repeatable
        _settle(stage)
        report.wrong += stage.not_copied()
        if stage.stop_recorder() != 0:
            report.wrong.append("the recorder did not end in order")
        told = stage.gaps()
        for camera in stage.cameras.values():
            found = kept(stage.everything(camera), fps=FPS, loop_s=LOOP_S)
            report.wrong += [f"{camera[:6]}: {one}" for one in reckon(found, told[camera], report)]
        said: list[str] = []
        if fsck(stage.conf, name="r1", deep=True, as_json=False, say=said.append) != 0:
            report.wrong += said
        # Every byte of every copy, by the statement in it.
        if recovery.main(stage.conf, name="r1", store=STORE, deep=True, apply=False, say=said.append) != 0:
            report.wrong += said
        _memory(stage, report)
    return report


def _settle(stage: Stage) -> None:
    """All cameras are recorded: their newest files grow."""
    deadline = time.monotonic() + 60
    for camera in stage.cameras.values():
        before = _bytes(stage.footage(camera))
        while _bytes(stage.footage(camera)) <= before:
            assert time.monotonic() < deadline, f"{camera} is not recorded"
            time.sleep(0.25)
            stage.watch_recorder()


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.mp4"))


def _torment(
    stage: Stage, rng: random.Random, seconds: float, say: Say, without: Sequence[str]
) -> Counter[str]:
    done: Counter[str] = Counter()
    until = time.monotonic() + seconds
    kinds = [kind for kind in FAULTS if stage.can(kind) and kind not in without]
    weights = [FAULTS[kind][0] for kind in kinds]
    while time.monotonic() < until:
        kind = rng.choices(kinds, weights)[0]
        path = rng.choice(list(stage.cameras))
        pause, away = rng.uniform(*FAULTS[kind][1:]), rng.uniform(0.5, 4)
        say(f"{kind} {path if kind not in OF_ALL else ''}")
        done[kind] += 1
        _do(stage, kind, path, away=away, pause=pause, jump=rng.choice([-7200, -30, 30, 7200]))
        rest = time.monotonic() + pause
        while time.monotonic() < rest:
            stage.watch_recorder()
            time.sleep(0.5)
        if kind == "resolution":
            stage.sim.clear_fault(path)
    return done


def _do(stage: Stage, kind: str, path: str, *, away: float, pause: float, jump: float) -> None:
    match kind:
        case "kill":
            stage.kill_recorder()
        case "successor":
            stage.replace_recorder()
        case "nats":
            stage.restart_nats(away)
        case "disk_full":
            stage.fill_disk(away)
        case "store_away":
            stage.store_away(away)
        case "clock_jump":
            stage.sim.set_fault(path, "clock_jump", amount=jump)
        case "resolution":
            stage.sim.set_fault(path, "resolution")
        case "drop" | "stall" | "flood" | "refuse" as fault:
            stage.sim.set_fault(path, fault, seconds=away if fault != "stall" else pause - 1)


# --- the reckoning ----------------------------------------------------------------------------------------
def reckon(found: Kept, told: list[Gap], report: Report) -> list[str]:
    """What is wrong. Pictures tell what is lost, facts tell what was said to be lost."""
    wrong = []
    if found.unreadable > len(found.frames) / 100:
        wrong.append(f"{found.unreadable} pictures cannot be read")
    if found.misplaced:
        wrong.append(f"{found.misplaced} pictures stand at a wrong time")
    first, last = found.spans[0][0], max(end for _, end in found.spans)
    gaps = sorted(
        (max(gap.start_us / 1e6, first), min((gap.end_us or 2**62) / 1e6, last))
        for gap in told
        if gap.start_us / 1e6 < last
    )
    lost = found.lost_frames()
    lost_s, gap_s = len(lost) / FPS, sum(max(0.0, end - start) for start, end in gaps)
    # A GOP for each event: frames before the first key frame after it, or the open one that was cut off.
    if abs(lost_s - gap_s) > (GOP_S + SEAM_S) * max(1, len(gaps)):
        wrong.append(f"{lost_s:.1f} s are lost, the gaps say {gap_s:.1f} s")
    for _, group in groupby(enumerate(lost), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        start, end = run[0] / FPS, (run[-1] + 1) / FPS
        near = GOP_S + SEAM_S
        covered = sum(max(0.0, min(e, end) - max(s, start)) for s, e in gaps)
        if end - start - covered > near:
            wrong.append(f"lost from {start:.1f} to {end:.1f} without a word")
    for start, end in found.holes(SEAM_S):
        if not any(s <= start + SEAM_S and e >= end - SEAM_S for s, e in _joined(gaps)):
            wrong.append(f"a hole from {start:.1f} to {end:.1f} without a gap")
    wrong += [f"nobody said why: {gap.gap}" for gap in told if gap.reason is Problem.UNEXPLAINED]
    report.frames += len(found.frames)
    report.lost_s = round(report.lost_s + lost_s, 2)
    report.gap_s = round(report.gap_s + gap_s, 2)
    report.gaps += len(gaps)
    report.doubled_frames += sum(found.doubled.values())
    if found.doubled:
        moments = ", ".join(f"{number / FPS:.1f}" for number in sorted(found.doubled))
        wrong.append(f"{sum(found.doubled.values())} pictures stand twice: {moments}")
    for gap in told:
        report.reasons[gap.reason.value] = report.reasons.get(gap.reason.value, 0) + 1
    return wrong


def _joined(gaps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Gaps that touch are one time without recording, with more than one reason."""
    joined: list[tuple[float, float]] = []
    for start, end in gaps:
        if joined and start <= joined[-1][1] + SEAM_S:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _memory(stage: Stage, report: Report) -> None:
    report.memory_mb = round(max((mb for _, _, mb in stage.memory), default=0.0), 1)
    for _, group in groupby(stage.memory, key=lambda sample: sample[0]):
        life = list(group)
        lasted = life[-1][1] - life[0][1]
        if lasted > report.longest_life_s:
            report.longest_life_s = round(lasted, 1)
            size = max(1, len(life) // 10)
            tenths = (life[begin : begin + size] for begin in range(0, len(life) - size + 1, size))
            report.memory_tenths_mb = [round(median(mb for _, _, mb in tenth), 1) for tenth in tenths]
        warm = [mb for _, at, mb in life if at - life[0][1] >= WARM_S]
        if len(warm) > 1:
            report.memory_growth_mb = max(report.memory_growth_mb, round(warm[-1] - warm[0], 1))
    if report.memory_growth_mb > GROWTH_MB:
        report.wrong.append(f"memory grew by {report.memory_growth_mb} MB")
