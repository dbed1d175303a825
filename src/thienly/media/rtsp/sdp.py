"""The session description (RFC 8866) as far as recording needs it."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from thienly.media.codecs import aac, h264
from thienly.media.frames import AudioTrack, SourceError
from thienly.media.rtp.aac import HeaderWidths
from thienly.rules.problems import Problem

MAX_MEDIA = 16
_RTPMAP = re.compile(r"(\d{1,3})\s+([A-Za-z0-9._-]{1,40})/(\d{1,9})(?:/(\d{1,3}))?\s*")


@dataclass(slots=True)
class _Media:
    kind: str
    payload_type: str
    control: str = ""
    encoding: str = ""
    clock_rate: int = 0
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """The H.264 track. `sps` and `pps` are empty when the description does not hold them."""

    control: str
    clock_rate: int
    sps: bytes
    pps: bytes


@dataclass(frozen=True, slots=True)
class AudioMedia:
    """The AAC track."""

    control: str
    track: AudioTrack
    widths: HeaderWidths


@dataclass(frozen=True, slots=True)
class Description:
    """`audio` is None when there is none that can be recorded; `audio_offered` names what there is."""

    control: str
    video: VideoMedia
    audio: AudioMedia | None
    audio_offered: str


def parse_sdp(text: str) -> Description:
    """The first H.264 and the first AAC track.

    Raises SourceError: NO_VIDEO, UNSUPPORTED_CODEC, PROTOCOL.
    """
    control, medias = _medias(text)
    videos = [media for media in medias if media.kind == "video"]
    if not videos:
        if not medias and not text.lstrip().startswith("v="):
            raise SourceError(Problem.PROTOCOL, "the answer holds no session description")
        raise SourceError(Problem.NO_VIDEO, "the description holds no video")
    chosen = next((media for media in videos if media.encoding == "H264"), None)
    if chosen is None:
        raise SourceError(Problem.UNSUPPORTED_CODEC, f"video is {videos[0].encoding or 'of no named codec'}")
    if chosen.parameters.get("packetization-mode") == "2":
        raise SourceError(Problem.UNSUPPORTED_CODEC, "H.264 interleaved mode")
    audios = [media for media in medias if media.kind == "audio"]
    audio = next((found for media in audios if (found := _audio(media)) is not None), None)
    offered = audios[0].encoding if audios else ""
    return Description(control, _video(chosen), audio, offered)


def _medias(text: str) -> tuple[str, list[_Media]]:
    control = ""
    medias: list[_Media] = []
    media: _Media | None = None
    for line in text.splitlines():
        kind, _, value = line.partition("=")
        name, _, rest = value.partition(":")
        if kind == "m":
            words = value.split()
            if len(medias) == MAX_MEDIA:
                break
            media = _Media(words[0].lower(), words[3]) if len(words) >= 4 else _Media("", "")
            medias.append(media)
        elif kind == "a" and name == "control":
            if media is None:
                control = rest.strip()
            else:
                media.control = rest.strip()
        elif kind == "a" and media is not None:
            _attribute(media, name, rest)
    return control, medias


def _attribute(media: _Media, name: str, value: str) -> None:
    if name == "rtpmap":
        match = _RTPMAP.fullmatch(value.strip())
        if match and match[1] == media.payload_type:
            media.encoding, media.clock_rate = match[2].upper(), int(match[3])
    elif name == "fmtp":
        payload_type, _, parameters = value.strip().partition(" ")
        if payload_type == media.payload_type:
            for parameter in parameters.split(";")[:32]:
                key, _, text = parameter.strip().partition("=")
                media.parameters[key.lower()] = text.strip()


def _video(media: _Media) -> VideoMedia:
    sps = pps = b""
    for text in media.parameters.get("sprop-parameter-sets", "").split(",")[:8]:
        try:
            nal = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue  # the stream itself will say it
        if nal and nal[0] & 31 == h264.SPS:
            sps = sps or nal
        elif nal and nal[0] & 31 == h264.PPS:
            pps = pps or nal
    rate = media.clock_rate if 1000 <= media.clock_rate <= 10_000_000 else 90_000
    return VideoMedia(media.control, rate, sps, pps)


def _audio(media: _Media) -> AudioMedia | None:
    parameters = media.parameters
    if media.encoding != "MPEG4-GENERIC" or not parameters.get("mode", "AAC-hbr").lower().startswith("aac"):
        return None
    try:
        data = bytes.fromhex(parameters.get("config", ""))
        config = aac.parse_config(data)
        widths = HeaderWidths(
            *(_width(parameters, key) for key in ("sizelength", "indexlength", "indexdeltalength"))
        )
    except ValueError:
        return None
    # The RTP clock is the rate at which timestamps and samples count (RFC 3640 section 3.1).
    track = AudioTrack("aac", data, config.sample_rate, config.channels, config.samples_per_frame)
    return AudioMedia(media.control, track, widths) if media.clock_rate == config.sample_rate else None


def _width(parameters: dict[str, str], key: str) -> int:
    default = {"sizelength": 13, "indexlength": 3, "indexdeltalength": 3}[key]
    width = int(parameters.get(key, default))
    if not 0 <= width <= 32 or (key == "sizelength" and not width):
        raise ValueError("impossible width of an AU header field")
    return width
