"""The init segment: `ftyp` and `moov` of a fragmented file with one H.264 and at most one AAC track.

Equal `Tracks` give equal bytes, so that two segments can share one init.
"""

from struct import pack

from thienly.media.codecs import aac, h264
from thienly.media.frames import AudioTrack, Tracks, VideoTrack
from thienly.media.mp4.boxes import box, full_box

VIDEO_ID, AUDIO_ID = 1, 2
_MATRIX = pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_LANGUAGE_UND = 0x55C4


def init_segment(tracks: Tracks) -> bytes:
    """`ftyp` + `moov`. Raises ValueError when the parameter sets of `tracks` cannot be parsed."""
    traks = [_video_trak(tracks.video)]
    extends = [_trex(VIDEO_ID)]
    if tracks.audio is not None:
        traks.append(_audio_trak(tracks.audio))
        extends.append(_trex(AUDIO_ID))
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


def mime_type(tracks: Tracks) -> str:
    """The type for MediaSource.addSourceBuffer, e.g. `video/mp4; codecs="avc1.64001f,mp4a.40.2"`."""
    codecs = h264.parse_sps(tracks.video.sps).mime
    if tracks.audio is not None:
        codecs += "," + aac.parse_config(tracks.audio.config).mime
    return f'video/mp4; codecs="{codecs}"'


def _trex(track_id: int) -> bytes:
    return full_box(b"trex", 0, 0, pack(">5I", track_id, 1, 0, 0, 0))


def _video_trak(video: VideoTrack) -> bytes:
    header = full_box(b"vmhd", 0, 1, bytes(8))
    return _trak(
        VIDEO_ID,
        timescale=video.clock_rate,
        handler=b"vide",
        media_header=header,
        entry=_avc1(video),
        width=video.width,
        height=video.height,
    )


def _audio_trak(audio: AudioTrack) -> bytes:
    header = full_box(b"smhd", 0, 0, bytes(4))
    return _trak(
        AUDIO_ID, timescale=audio.sample_rate, handler=b"soun", media_header=header, entry=_mp4a(audio)
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


def _avc1(video: VideoTrack) -> bytes:
    """ISO/IEC 14496-15 section 5.4.2 (sample entry) and 5.3.3.1 (decoder configuration)."""
    sps, pps = video.sps, video.pps
    parameters = h264.parse_sps(sps)
    config = (
        b"\x01" + sps[1:4] + b"\xff\xe1" + pack(">H", len(sps)) + sps + b"\x01" + pack(">H", len(pps)) + pps
    )
    if parameters.high:
        config += bytes(
            (
                0xFC | parameters.chroma_format,
                0xF8 | (parameters.bit_depth_luma - 8),
                0xF8 | (parameters.bit_depth_chroma - 8),
                0,
            )
        )
    return box(
        b"avc1",
        bytes(6),
        pack(">H", 1),
        bytes(16),
        pack(">HHIIIH", video.width, video.height, 0x480000, 0x480000, 0, 1),
        bytes(32),
        pack(">Hh", 24, -1),
        box(b"avcC", config),
    )


def _mp4a(audio: AudioTrack) -> bytes:
    """ISO/IEC 14496-14 section 5.6 (sample entry), 14496-1 section 7.2.6 (descriptors)."""
    decoder = _descriptor(4, b"\x40\x15" + bytes(11) + _descriptor(5, audio.config))
    es = _descriptor(3, pack(">HB", AUDIO_ID, 0) + decoder + _descriptor(6, b"\x02"))
    # The 16.16 field cannot hold rates of 65,536 Hz and above; readers then take the one of the config.
    rate = audio.sample_rate << 16 if audio.sample_rate < 0x10000 else 0
    return box(
        b"mp4a",
        bytes(6),
        pack(">H", 1),
        bytes(8),
        pack(">HHII", audio.channels, 16, 0, rate),
        full_box(b"esds", 0, 0, es),
    )


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise ValueError("descriptor too long")  # parse_config allows 64 bytes, so this does not happen
    return bytes((tag, len(body))) + body
