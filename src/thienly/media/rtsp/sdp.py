"""The session description (RFC 8866) as far as recording needs it."""

import re
from dataclasses import dataclass

from thienly.media.frames import SourceError
from thienly.media.rtsp.tracks import STATIC_TYPES, AudioMedia, Media, VideoMedia, choose_audio, choose_video
from thienly.rules.problems import Problem

MAX_MEDIA = 16
_FRAMERATE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)")
_RTPMAP = re.compile(r"(\d{1,3})\s+([A-Za-z0-9._-]{1,40})/(\d{1,9})(?:/(\d{1,3}))?\s*")


@dataclass(frozen=True, slots=True)
class Description:
    """`audio` is None when there is none that can be recorded; `audio_offered` names what there is."""

    control: str
    video: VideoMedia
    audio: AudioMedia | None
    audio_offered: str


def parse_sdp(text: str) -> Description:
    """The first video and the first audio track that can be recorded; all others are left alone.

    Raises SourceError: NO_VIDEO, UNSUPPORTED_CODEC, PROTOCOL.
    """
    control, medias = _medias(text)
    videos = [media for media in medias if media.kind == "video"]
    if not videos:
        if not medias and not text.lstrip().startswith("v="):
            raise SourceError(Problem.PROTOCOL, "the answer holds no session description")
        raise SourceError(Problem.NO_VIDEO, "the description holds no video")
    video = choose_video(videos)
    audios = [media for media in medias if media.kind == "audio"]
    audio = choose_audio(audios)
    offered = audio.encoding if audio else audios[0].encoding if audios else ""
    return Description(control, video, audio, offered)


def _medias(text: str) -> tuple[str, list[Media]]:
    control = ""
    medias: list[Media] = []
    media: Media | None = None
    for line in text.splitlines():
        kind, _, value = line.partition("=")
        name, _, rest = value.partition(":")
        if kind == "m":
            words = value.split()
            if len(medias) == MAX_MEDIA:
                break
            media = Media(words[0].lower(), words[3]) if len(words) >= 4 else Media("", "")
            media.encoding, media.clock_rate = STATIC_TYPES.get(media.payload_type, ("", 0))
            medias.append(media)
        elif kind == "a" and name == "control":
            if media is None:
                control = rest.strip()
            else:
                media.control = rest.strip()
        elif kind == "a" and media is not None:
            _attribute(media, name, rest)
    return control, medias


def _attribute(media: Media, name: str, value: str) -> None:
    if name == "rtpmap":
        match = _RTPMAP.fullmatch(value.strip())
        if match and match[1] == media.payload_type:
            media.encoding, media.clock_rate = match[2].upper(), int(match[3])
            media.channels = int(match[4] or 1)
    elif name == "framerate" and (match := _FRAMERATE.fullmatch(value.strip())):
        media.fps = float(match[1])
    elif name == "fmtp":
        payload_type, _, parameters = value.strip().partition(" ")
        if payload_type == media.payload_type:
            for parameter in parameters.split(";")[:32]:
                key, _, text = parameter.strip().partition("=")
                media.parameters[key.lower()] = text.strip()
