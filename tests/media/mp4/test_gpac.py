"""GPAC's reader, which checks each box against its length, has nothing to say against our files."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.media.camera.clip import Codec, Sound, clip, sounds
from tests.media.camera.fragmenting import mux, sound_track
from tests.media.camera.readers import gpac_reads

_EVERY: list[tuple[Codec, Sound | None, int]] = [
    ("h264", "aac", 0), ("h264", "opus", 3), ("h264", "pcmu", 0),
    ("h265", "aac", 3), ("h265", "pcma", 0), ("h265", None, 3),
]  # fmt: skip
_NAMES = {
    "h264": "avc1.",
    "h265": "hvc1.",
    "aac": "mp4a.40.2",
    "opus": "Opus",
    "pcma": "alaw",
    "pcmu": "ulaw",
}
_G711 = {"pcma": ["[BoxParser] Unknown sample entry type: 'alaw'"],
         "pcmu": ["[BoxParser] Unknown sample entry type: 'ulaw'"]}  # fmt: skip
"""These entries are registered, but GPAC's reader has no class for them; it goes on with their samples."""


def test_every_sample_is_found_in_its_place_with_its_bytes_and_nothing_is_complained_of(
    tmp_path: Path,
) -> None:
    paths = []
    for codec, sound, bframes in _EVERY:
        path = tmp_path / f"{codec}-{sound}-{bframes}.mp4"
        path.write_bytes(bytes(mux(clip(codec=codec, bframes=bframes, profile="main"), sound).files[0]))
        paths.append(path)
    for found, (codec, sound, bframes) in zip(gpac_reads(paths), _EVERY, strict=True):
        name = (codec, sound)
        assert found["said"] == _G711.get(sound or "", []), name
        assert [kind for kind, _ in found["boxes"]] == ["ftyp", "moov", "moof", "mdat", "moof", "mdat"], name
        video, *audio = found["tracks"]
        assert video["codec"].startswith(_NAMES[codec])
        sent = clip(codec=codec, bframes=bframes, profile="main")
        samples = video["samples"]
        assert [one["sha256"] for one in samples] == [sha256(one.stored).hexdigest() for one in sent.pictures]
        assert [one["key"] for one in samples] == [one.key for one in sent.pictures]
        assert sum(one["duration"] for one in samples) / video["timescale"] == pytest.approx(2.0, abs=0.05)
        shown = [one["cts"] for one in samples]
        assert sorted(range(50), key=shown.__getitem__) == sorted(range(50), key=sent.shown.__getitem__)
        assert [track["codec"] for track in audio] == ([_NAMES[sound]] if sound else [])
        if sound:
            heard = audio[0]["samples"]
            assert audio[0]["timescale"] == sound_track(sound).sample_rate
            made = [sha256(unit).hexdigest() for unit in sounds(sound)]
            assert [one["sha256"] for one in heard] == made[: len(heard)]
            lasted = sum(one["duration"] for one in heard) / audio[0]["timescale"]
            assert lasted == pytest.approx(2.0, abs=0.15), name
