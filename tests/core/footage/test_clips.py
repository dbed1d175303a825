"""Footage for a package by the bus: from every recorder that has some, and what a silent one costs."""

from base64 import b64encode
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from tests.core.world import World
from tests.evidence.footage import BEGIN_US, CAMERA, Recorded, following
from tests.evidence.packing import KEY_ID, MADE_US, ORGANISATION, description, history, wanted
from tests.guard import setting_the_scene
from thienly.bus import subjects
from thienly.bus.client import BusRefused, BusUnavailable
from thienly.bus.questions import (
    STILL_OPEN,
    FindFragments,
    FragmentList,
    FragmentRef,
    ReadBytes,
    Sealed,
    SealedAsk,
)
from thienly.core.footage import clips
from thienly.core.footage.clips import BusSource, recorders_of
from thienly.core.recording.models import CameraState, Coverage
from thienly.core.recording.moments import instant
from thienly.evidence.build import Built, build
from thienly.evidence.source import NotYetClosed
from thienly.evidence.verify import verify
from thienly.evidence_commands import history as check_history


class Recorders:
    """What recorders answer. `open`: segments that are not closed; `silent`: who does not answer."""

    def __init__(self, kept: dict[str, list[Recorded]]) -> None:
        self.kept = kept
        self.open: set[int] = set()
        self.silent: set[str] = set()
        self.rubbish: set[str] = set()
        self.asked: list[str] = []

    def __call__(self, subject: str, data: bytes, *, timeout_s: float) -> bytes:
        self.asked.append(subject)
        _, recorder, verb = subject.split(".")
        if recorder in self.silent:
            raise BusUnavailable(subject)
        if recorder in self.rubbish:
            return b"{}"
        if subject == subjects.archive_find(recorder):
            return self._find(recorder, FindFragments.decode(data)).encode()
        if subject == subjects.archive_sealed(recorder):
            return self._sealed(recorder, SealedAsk.decode(data).segment).encode()
        assert verb == "read"
        want = ReadBytes.decode(data)
        return self._one(recorder, want.segment).data[want.offset : want.offset + want.length]

    def _one(self, recorder: str, segment: int) -> Recorded:
        return next(one for one in self.kept[recorder] if one.slice.statement.segment == segment)

    def _find(self, recorder: str, want: FindFragments) -> FragmentList:
        refs = [
            FragmentRef(
                segment=one.slice.statement.segment,
                ordinal=piece.ordinal,
                start_us=one.slice.statement.start_us + piece.ordinal * 400_000,
                duration_us=400_000,
                segment_us=one.slice.statement.media_us,
                offset=piece.offset,
                bytes=piece.size,
                init_bytes=one.slice.init_bytes,
                init_id="0" * 16,
                mime="video/mp4",
            )
            for one in self.kept[recorder]
            for piece in one.slice.pieces
        ]
        until = want.until_us or 0
        fitting = [r for r in refs if r.start_us + r.duration_us > want.from_us and r.start_us < until]
        page, more = fitting[: want.limit], len(fitting) > want.limit
        return FragmentList(fragments=page, more=more, recorded_until_us=None)

    def _sealed(self, recorder: str, segment: int) -> Sealed:
        if segment in self.open:
            raise BusRefused(STILL_OPEN)
        part = self._one(recorder, segment).slice
        return Sealed(
            statement=asdict(part.statement),
            signature=part.signature.hex(),
            key=part.key.id,
            public=part.key.raw.hex(),
            key_from_us=0,
            key_until_us=None,
            leaves=b64encode(b"".join(part.leaves)).decode(),
            tier="nas1",
        )


@pytest.fixture
def recorders() -> Recorders:
    first, second, third, fourth = following(4)
    return Recorders({"r1": [first, third], "r2": [second, fourth]})


def packed(recorders: Recorders, to: Path) -> Built:
    return build(
        description=description(wanted(8)),
        source=BusSource(recorders, lambda *_: ["r1", "r2"]),
        to=to,
        key=ORGANISATION,
        made_us=MADE_US,
        made_by="thienly",
        history=history(),
    )


def test_what_two_recorders_kept_by_turns_becomes_one_clip(
    recorders: Recorders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "PAGE", 3)
    built = packed(recorders, tmp_path / "p.zip")
    assert verify(built.path, history=check_history, key_id=KEY_ID).faults == []
    (clip,) = built.manifest.cameras[0].clips
    assert (clip.start_us, clip.end_us, clip.fragments) == (BEGIN_US, BEGIN_US + 8_000_000, 20)
    assert clip.tiers == ["nas1"] and built.manifest.cameras[0].gaps == []
    assert recorders.asked.count(subjects.archive_find("r1")) == 5


@pytest.mark.parametrize("kind", ["silent", "rubbish"])
def test_a_recorder_that_does_not_answer_costs_only_its_own_seconds(
    recorders: Recorders, tmp_path: Path, kind: str
) -> None:
    getattr(recorders, kind).add("r2")
    built = packed(recorders, tmp_path / "p.zip")
    assert verify(built.path, history=check_history, key_id=KEY_ID).faults == []
    gaps = [
        ((g.from_us - BEGIN_US) // 10**6, (g.until_us - BEGIN_US) // 10**6)
        for g in built.manifest.cameras[0].gaps
    ]
    assert gaps == [(2, 4), (6, 8)]
    assert {gap.reason for gap in built.manifest.cameras[0].gaps} == {"unreadable"}


def test_a_segment_that_is_still_open_puts_the_package_off(recorders: Recorders, tmp_path: Path) -> None:
    recorders.open.add(4)
    with pytest.raises(NotYetClosed):
        packed(recorders, tmp_path / "p.zip")
    assert list(tmp_path.iterdir()) == []


def test_who_recorded_then_and_who_records_now_are_asked(world: World) -> None:
    hour = instant(BEGIN_US)
    with setting_the_scene():
        for name, when in (
            ("r1", hour),
            ("r2", hour + timedelta(hours=1)),
            ("old", hour - timedelta(hours=3)),
        ):
            Coverage.objects.create(camera=world.quay, recorder=name, hour=when, seconds=b"\xff" * 450)
        CameraState.objects.create(
            camera=world.quay, recorder="r9", state="recording", since=hour, reported_at=hour
        )
    found = recorders_of(world.quay.id.hex, BEGIN_US, BEGIN_US + 3_601_000_000)
    assert found == ["r1", "r2", "r9"] and recorders_of(CAMERA, BEGIN_US, BEGIN_US + 1) == []
