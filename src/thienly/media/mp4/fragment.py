"""The media fragment: one `moof` and its `mdat` (ISO/IEC 14496-12 section 8.8).

Video samples come first in the `mdat`, audio samples after them. Sample tables are per sample and explicit,
so that a fragment can be understood without the one before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import pack

from thienly.media.frames import Part
from thienly.media.mp4.boxes import box, full_box
from thienly.media.mp4.init import AUDIO_ID, VIDEO_ID

_KEY_FLAGS = 0x0200_0000  # depends on no other sample
_DELTA_FLAGS = 0x0101_0000  # depends on others, is not a sync sample
_DEFAULT_BASE_IS_MOOF = 0x020000
_VIDEO_COLUMNS = 0x000701  # data offset; duration, size and flags of each sample (0x800: composition shift)
_AUDIO_COLUMNS = 0x000301  # data offset; duration and size of each sample
_MFHD = 16  # bytes
_TRAF = 8 + 16 + 20 + 20  # bytes: traf, tfhd, tfdt and trun without its table


@dataclass(slots=True)
class VideoRun:
    """Video samples in decoding order; times in ticks of the track's timescale.

    `shifts` are composition minus decoding times (signed), or empty when there are no B-frames.
    """

    start: int
    durations: Sequence[int]
    sizes: Sequence[int]
    keys: Sequence[bool]
    parts: Sequence[Part]
    shifts: Sequence[int] = field(default=())


@dataclass(slots=True)
class AudioRun:
    """Audio samples; times in ticks of the track's timescale."""

    start: int
    durations: Sequence[int]
    sizes: Sequence[int]
    parts: Sequence[Part]


def media_fragment(sequence: int, video: VideoRun, audio: AudioRun | None) -> bytes:
    """`moof` + `mdat` of at least one video sample. `sequence` counts up within a file (32 bits)."""
    video_table, columns = _video_table(video)
    audio_table = _audio_table(audio) if audio and audio.sizes else b""
    video_bytes = sum(video.sizes)
    audio_bytes = sum(audio.sizes) if audio and audio.sizes else 0
    # Data offsets count from the first byte of the moof, so its size is worked out before it is written.
    size = 8 + _MFHD + _TRAF + len(video_table) + (_TRAF + len(audio_table) if audio_table else 0)
    trun = full_box(b"trun", 1, columns, pack(">II", len(video.sizes), size + 8), video_table)
    trafs = [_traf(VIDEO_ID, video.start, trun)]
    if audio and audio_table:
        head = pack(">II", len(audio.sizes), size + 8 + video_bytes)
        trafs.append(_traf(AUDIO_ID, audio.start, full_box(b"trun", 0, _AUDIO_COLUMNS, head, audio_table)))
    moof = box(b"moof", full_box(b"mfhd", 0, 0, pack(">I", sequence & 0xFFFFFFFF)), *trafs)
    mdat = pack(">I4s", video_bytes + audio_bytes + 8, b"mdat")
    return b"".join((moof, mdat, *video.parts, *(audio.parts if audio_table and audio else ())))


def _traf(track_id: int, start: int, trun: bytes) -> bytes:
    tfhd = full_box(b"tfhd", 0, _DEFAULT_BASE_IS_MOOF, pack(">I", track_id))
    return box(b"traf", tfhd, full_box(b"tfdt", 1, 0, pack(">Q", start)), trun)


def _video_table(run: VideoRun) -> tuple[bytes, int]:
    """The sample table and the trun flags that name its columns."""
    table: list[int] = []
    if run.shifts:
        for duration, size, key, shift in zip(run.durations, run.sizes, run.keys, run.shifts, strict=True):
            table += (duration, size, _KEY_FLAGS if key else _DELTA_FLAGS, shift)
        return pack(">" + "IIIi" * len(run.sizes), *table), _VIDEO_COLUMNS | 0x800
    for duration, size, key in zip(run.durations, run.sizes, run.keys, strict=True):
        table += (duration, size, _KEY_FLAGS if key else _DELTA_FLAGS)
    return pack(f">{len(table)}I", *table), _VIDEO_COLUMNS


def _audio_table(run: AudioRun) -> bytes:
    table = [number for pair in zip(run.durations, run.sizes, strict=True) for number in pair]
    return pack(f">{len(table)}I", *table)
