"""The init segment: `ftyp` and `moov` of a fragmented file with one video and at most one audio track.

Equal `Tracks` give equal bytes, so that two segments can share one init.
"""

from struct import pack

from thienly.media.frames import AudioTrack, Tracks, VideoTrack
from thienly.media.mp4.boxes import box, full_box
from thienly.media.mp4.entries import audio_entry, video_entry

VIDEO_ID, AUDIO_ID = 1, 2
_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UND = 0x55C4


def init_segment(tracks: Tracks) -> bytes:
    """`ftyp` + `moov`. Raises ValueError when the parameter sets of `tracks` cannot be parsed."""
    traks = [_video_trak(tracks.video)]
    extends = [trex(VIDEO_ID)]
    if tracks.audio is not None:
        traks.append(audio_trak(tracks.audio))
        extends.append(trex(AUDIO_ID))
    next_track = pack(">I", len(traks) + 1)
    mvhd = full_box(
        b"mvhd",
        0,
        0,
        pack(">4IIH", 0, 0, 1000, 0, 0x10000, 0x100),
        bytes(10),
        _MATRIX,
        bytes(24),
        next_track,
    )
    ftyp = box(b"ftyp", b"iso5", pack(">I", 512), b"iso5iso6mp41")
    return ftyp + box(b"moov", mvhd, *traks, box(b"mvex", *extends))


def trex(track_id: int) -> bytes:
    return full_box(b"trex", 0, 0, pack(">5I", track_id, 1, 0, 0, 0))


def _video_trak(video: VideoTrack) -> bytes:
    header = full_box(b"vmhd", 0, 1, bytes(8))
    return _trak(
        VIDEO_ID,
        timescale=video.clock_rate,
        handler=b"vide",
        media_header=header,
        entry=video_entry(video),
        width=video.width,
        height=video.height,
    )


def audio_trak(audio: AudioTrack) -> bytes:
    header = full_box(b"smhd", 0, 0, bytes(4))
    return _trak(
        AUDIO_ID, timescale=audio.sample_rate, handler=b"soun", media_header=header, entry=audio_entry(audio)
    )


def _trak(
    track_id: int,
    *,
    timescale: int,
    handler: bytes,
    media_header: bytes,
    entry: bytes,
    width: int = 0,
    height: int = 0,
) -> bytes:
    volume = 0x100 if handler == b"soun" else 0
    tkhd = full_box(
        b"tkhd",
        0,
        7,
        pack(">5I", 0, 0, track_id, 0, 0),
        bytes(8),
        pack(">4H", 0, 0, volume, 0),
        _MATRIX,
        pack(">II", width << 16, height << 16),
    )
    no_samples = [
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    ]
    stbl = box(b"stbl", full_box(b"stsd", 0, 0, pack(">I", 1), entry), *no_samples)
    dinf = box(b"dinf", full_box(b"dref", 0, 0, pack(">I", 1), full_box(b"url ", 0, 1)))
    mdhd = full_box(b"mdhd", 0, 0, pack(">4IHH", 0, 0, timescale, 0, _LANGUAGE_UND, 0))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), b"\0")
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, box(b"minf", media_header, dinf, stbl)))
