"""Sample entries: what a decoder must know of a track (ISO/IEC 14496-12 section 8.5.2)."""

from struct import pack

from thienly.media.codecs import h264, h265, opus
from thienly.media.frames import AudioTrack, VideoTrack
from thienly.media.mp4.boxes import box, full_box

_G711 = {"pcma": b"alaw", "pcmu": b"ulaw"}
"""As QuickTime names them, and the MP4 registration authority after it; every reader knows them."""
_AAC_ES_ID = 2


def video_entry(video: VideoTrack) -> bytes:
    """`avc1` or `hvc1`. Raises ValueError when the parameter sets cannot be parsed."""
    kind, config = (b"hvc1", _hvcc(video)) if video.codec == "h265" else (b"avc1", _avcc(video))
    return box(
        kind,
        bytes(6),
        pack(">H", 1),
        bytes(16),
        pack(">HHIIIH", video.width, video.height, 0x480000, 0x480000, 0, 1),
        bytes(32),
        pack(">Hh", 24, -1),
        config,
    )


def audio_entry(audio: AudioTrack) -> bytes:
    """`mp4a`, `Opus`, `alaw` or `ulaw`. Raises ValueError when AAC's configuration is too long."""
    if audio.codec == "aac":
        kind, config = b"mp4a", _esds(audio)
    elif audio.codec == "opus":
        kind, config = b"Opus", _dops(audio)
    else:
        kind, config = _G711[audio.codec], _chan(audio)
    # The 16.16 field cannot hold rates of 65,536 Hz and above; readers then take the one of the config.
    rate = audio.sample_rate << 16 if audio.sample_rate < 0x10000 else 0
    return box(
        kind,
        bytes(6),
        pack(">H", 1),
        bytes(8),
        pack(">HHII", audio.channels, 16, 0, rate),
        config,
    )


def _avcc(video: VideoTrack) -> bytes:
    """ISO/IEC 14496-15 section 5.3.3.1."""
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
    return box(b"avcC", config)


def _hvcc(video: VideoTrack) -> bytes:
    """ISO/IEC 14496-15 section 8.3.3.1.

    The arrays are not marked complete: cameras repeat their parameter sets before each key frame, and what
    they sent is kept.
    """
    parameters = h265.parse_sps(video.sps)
    head = pack(
        ">HBBBBHB",
        0xF000,  # min_spatial_segmentation_idc 0: unknown
        0xFC,  # parallelismType 0: unknown
        0xFC | parameters.chroma_format,
        0xF8 | (parameters.bit_depth_luma - 8),
        0xF8 | (parameters.bit_depth_chroma - 8),
        0,  # avgFrameRate unknown
        parameters.temporal_layers << 3 | parameters.temporal_nesting << 2 | 3,  # lengths of 4 bytes
    )
    sets = ((h265.VPS, video.vps), (h265.SPS, video.sps), (h265.PPS, video.pps))
    arrays = [pack(">BHH", kind, 1, len(nal)) + nal for kind, nal in sets]
    return box(b"hvcC", b"\x01", parameters.profile_tier_level, head, bytes((len(arrays),)), *arrays)


def _dops(audio: AudioTrack) -> bytes:
    """Encapsulation of Opus in ISO BMFF section 4.3.2: no pre-skip, for recording begins anywhere."""
    return box(b"dOps", pack(">BBHIhB", 0, audio.channels, 0, opus.RATE, 0, 0))


def _chan(audio: AudioTrack) -> bytes:
    """QuickTime's channel layout: readers of G.711 otherwise guess it, and say so."""
    mono, stereo = 100 << 16 | 1, 101 << 16 | 2
    return full_box(b"chan", 0, 0, pack(">III", stereo if audio.channels == 2 else mono, 0, 0))


def _esds(audio: AudioTrack) -> bytes:
    """ISO/IEC 14496-14 section 5.6, descriptors of 14496-1 section 7.2.6."""
    decoder = _descriptor(4, b"\x40\x15" + bytes(11) + _descriptor(5, audio.config))
    es = _descriptor(3, pack(">HB", _AAC_ES_ID, 0) + decoder + _descriptor(6, b"\x02"))
    return full_box(b"esds", 0, 0, es)


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 127:
        raise ValueError("descriptor too long")  # parse_config allows 64 bytes, so this does not happen
    return bytes((tag, len(body))) + body
