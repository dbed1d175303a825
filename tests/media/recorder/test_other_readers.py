"""Segments as the recorder leaves them, signed statement and all, read by programs not written here."""

from pathlib import Path

import pytest

from tests.media.camera.readers import ffmpeg_decodes, ffprobe, gpac_reads, mpv_plays
from thienly.bus.messages import SegmentClosed
from thienly.conf import Conf
from thienly.media.trailer import UUID


def test_a_signed_segment_is_read_whole_and_only_gpac_mentions_the_statement_at_its_end(
    left: tuple[Conf, list[SegmentClosed]],
) -> None:
    conf, facts = left
    store = conf.store(conf.recorder("r1"))
    paths: list[Path] = sorted((store / facts[0].camera).rglob("*.mp4"))[:2]
    for path, fact, found in zip(paths, facts, gpac_reads(paths), strict=False):
        kinds = [kind for kind, _ in found["boxes"]]
        assert kinds == ["ftyp", "moov", *["moof", "mdat"] * fact.fragments, "uuid"]
        assert sum(size for _, size in found["boxes"]) == path.stat().st_size
        # As it says of every box of a private kind; there is no other complaint.
        assert found["said"] == [f"[BoxParser] Unknown UUID box type: '{UUID.hex()}'"]
        video = found["tracks"][0]
        lasted = sum(sample["duration"] for sample in video["samples"]) / video["timescale"]
        assert lasted * 1_000_000 == pytest.approx(fact.end_us - fact.start_us, abs=100)  # ticks of 90 kHz
        packets = [packet for packet in ffprobe(path)["packets"] if packet["codec_type"] == "video"]
        assert len(packets) == len(video["samples"])
        ffmpeg_decodes(path)
        mpv_plays(path)
