"""What a media section of a description says of a codec, and the depacketiser that it asks for."""

import base64
import binascii
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol

from thienly.media.codecs import aac, h264, h265, opus, sound
from thienly.media.frames import AudioTrack, Part, SourceError
from thienly.media.rtp.aac import AacDepacketiser, HeaderWidths
from thienly.media.rtp.h264 import H264Depacketiser
from thienly.media.rtp.h265 import H265Depacketiser
from thienly.media.rtp.latm import LatmDepacketiser
from thienly.media.rtp.sound import SoundDepacketiser
from thienly.media.rtp.video import FrameHandler, VideoDepacketiser
from thienly.rules.problems import Problem

STATIC_TYPES = {"0": ("PCMU", 8000), "8": ("PCMA", 8000)}
"""Payload types that need no rtpmap (RFC 3551 table 4), as far as they can be recorded."""

_VIDEO: dict[str, Literal["h264", "h265"]] = {"H264": "h264", "H265": "h265", "HEVC": "h265"}
_G711: dict[str, Literal["pcma", "pcmu"]] = {"PCMA": "pcma", "PCMU": "pcmu"}
_MAX_SETS = 8


@dataclass(slots=True)
class Media:
    """A media section as it stands there; `encoding` in capitals, `parameters` are those of its fmtp."""

    kind: str
    payload_type: str
    control: str = ""
    encoding: str = ""
    clock_rate: int = 0
    channels: int = 1
    fps: float = 0.0  # a=framerate (RFC 8866 section 6.11); 0 without
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """A video track. The parameter sets are empty when the description does not hold them."""

    control: str
    codec: Literal["h264", "h265"]
    clock_rate: int
    sps: bytes
    pps: bytes
    vps: bytes = b""
    fps: float = 0.0  # as declared; 0: it is not

    def depacketiser(self, handler: FrameHandler) -> VideoDepacketiser:
        """For the packets of this track."""
        if self.codec == "h265":
            return H265Depacketiser(handler, self.vps, self.sps, self.pps, self.clock_rate)
        return H264Depacketiser(handler, self.sps, self.pps, self.clock_rate)


class SoundHandler(Protocol):
    """Takes what a depacketiser of sound makes."""

    def on_audio(self, ts: int, sizes: list[int], parts: list[Part]) -> None:
        """See FrameSink."""

    def on_lost(self, packets: int) -> None:
        """See FrameSink."""


@dataclass(frozen=True, slots=True)
class AudioMedia:
    """An audio track; `encoding` as the description names it, `widths` are those of AAC unless it is LATM."""

    control: str
    encoding: str
    track: AudioTrack
    widths: HeaderWidths | None = None

    def depacketiser(self, handler: SoundHandler) -> AacDepacketiser | LatmDepacketiser | SoundDepacketiser:
        """For the packets of this track."""
        if self.widths is not None:
            return AacDepacketiser(self.widths, handler.on_audio, handler.on_lost)
        if self.track.codec == "aac":
            return LatmDepacketiser(handler.on_audio, handler.on_lost)
        return SoundDepacketiser(partial(sound.samples, self.track), handler.on_audio, handler.on_lost)


def choose_video(medias: list[Media]) -> VideoMedia:
    """The first video track that can be recorded; there is at least one video track.

    Raises SourceError(UNSUPPORTED_CODEC) with the reason when there is none.
    """
    reason = ""
    for media in medias:
        codec = _VIDEO.get(media.encoding)
        refused = _refused(media) if codec else f"video is {media.encoding or 'of no named codec'}"
        if codec and not refused:
            rate = media.clock_rate if 1000 <= media.clock_rate <= 10_000_000 else 90_000
            return VideoMedia(media.control, codec, rate, fps=media.fps, **_parameter_sets(media, codec))
        reason = reason or refused
    raise SourceError(Problem.UNSUPPORTED_CODEC, reason)


def choose_audio(medias: list[Media]) -> AudioMedia | None:
    """The first audio track that can be recorded."""
    return next((found for media in medias if (found := _audio(media)) is not None), None)


def _refused(media: Media) -> str:
    """Why a video track of a known codec cannot be recorded, or nothing."""
    parameters = media.parameters
    if parameters.get("packetization-mode") == "2":
        return "H.264 interleaved mode"
    # With either the packets carry decoding order numbers (RFC 7798 section 7.1).
    if any(parameters.get(key, "0") != "0" for key in ("sprop-max-don-diff", "sprop-depack-buf-nalus")):
        return "H.265 in interleaved order"
    if parameters.get("tx-mode", "SRST").upper() != "SRST":
        return "H.265 in several streams"
    return ""


def _parameter_sets(media: Media, codec: Literal["h264", "h265"]) -> dict[str, bytes]:
    """The first of each kind; what cannot be read is left out, for the stream itself will say it."""
    keys = ("sprop-parameter-sets",) if codec == "h264" else ("sprop-vps", "sprop-sps", "sprop-pps")
    found: dict[str, bytes] = {"sps": b"", "pps": b""}
    for text in [text for key in keys for text in media.parameters.get(key, "").split(",")[:_MAX_SETS]]:
        try:
            nal = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(nal) < 4:
            continue
        if codec == "h264":
            name = {h264.SPS: "sps", h264.PPS: "pps"}.get(nal[0] & 31)
        else:
            name = {h265.VPS: "vps", h265.SPS: "sps", h265.PPS: "pps"}.get(h265.kind_of(nal))
        if name:
            found[name] = found.get(name) or nal
    return found


def _audio(media: Media) -> AudioMedia | None:
    if media.encoding == "MPEG4-GENERIC":
        return _aac(media)
    if media.encoding == "MP4A-LATM":
        return _latm(media)
    if media.encoding in _G711 and 8000 <= media.clock_rate <= 48_000 and media.channels in (1, 2):
        track = AudioTrack(_G711[media.encoding], b"", media.clock_rate, media.channels, 0)
        return AudioMedia(media.control, media.encoding, track)
    if media.encoding == "OPUS" and media.clock_rate == opus.RATE:
        channels = 2 if media.parameters.get("sprop-stereo") == "1" else 1
        return AudioMedia(media.control, media.encoding, AudioTrack("opus", b"", opus.RATE, channels, 0))
    return None


def _aac(media: Media) -> AudioMedia | None:
    parameters = media.parameters
    if not parameters.get("mode", "AAC-hbr").lower().startswith("aac"):
        return None
    try:
        data = bytes.fromhex(parameters.get("config", ""))
        config = aac.parse_config(data)
        widths = HeaderWidths(
            *(_width(parameters, key) for key in ("sizelength", "indexlength", "indexdeltalength"))
        )
    except ValueError:
        return None
    if media.clock_rate != config.sample_rate:
        return None  # it is the rate at which timestamps and samples count (RFC 3640 section 3.1)
    track = AudioTrack("aac", data, config.sample_rate, config.channels, config.samples_per_frame)
    return AudioMedia(media.control, media.encoding, track, widths)


def _latm(media: Media) -> AudioMedia | None:
    parameters = media.parameters
    try:
        data = aac.config_of_latm(bytes.fromhex(parameters.get("config", "")))
        config = aac.parse_config(data)
    except ValueError:
        return None
    if parameters.get("cpresent", "1") != "0" or media.clock_rate != config.sample_rate:
        return None
    track = AudioTrack("aac", data, config.sample_rate, config.channels, config.samples_per_frame)
    return AudioMedia(media.control, media.encoding, track)


def _width(parameters: dict[str, str], key: str) -> int:
    default = {"sizelength": 13, "indexlength": 3, "indexdeltalength": 3}[key]
    width = int(parameters.get(key, default))
    if not 0 <= width <= 32 or (key == "sizelength" and not width):
        raise ValueError("impossible width of an AU header field")
    return width
