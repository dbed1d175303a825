"""What is to be said of a camera now: state, since when, why, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from thienly.core.recording.queries import CameraNow, Unknown, status_of
from thienly.core.recording.words import problem_advice, problem_words
from thienly.core.registry.models import Camera


@dataclass(frozen=True, slots=True)
class Status:
    state: str
    since: datetime | None
    words: str
    advice: str
    recorded_until: datetime | None


def status_words(now: CameraNow) -> Status:
    words, advice = "", ""
    if now.why_unknown is Unknown.NEVER_REPORTED:
        words = _("no recorder has reported it yet")
        advice = _(
            "If it stays so for more than a minute, tell the system administrator: no recorder may be free."
        )
    elif now.why_unknown is Unknown.RECORDER_SILENT:
        words = _("its recorder is silent")
        advice = _("The recorder may well go on recording; what it has is reported when it is back.")
    elif now.problem:
        words, advice = problem_words(now.problem), problem_advice(now.problem)
    until = now.reported.recorded_until if now.reported else None
    return Status(now.state.value, now.since, words, advice, until)


def statuses(cameras: Iterable[Camera], now: datetime) -> dict[UUID, Status]:
    """By camera id, for every camera given."""
    return {camera: status_words(state) for camera, state in status_of(cameras, now).items()}


def clock_words(offset_ms: int) -> str:
    """How far the camera's clock is from the server's."""
    seconds = number_format(abs(offset_ms) / 1000, decimal_pos=1)
    if abs(offset_ms) < 100:
        return _("agrees with the server")
    if offset_ms > 0:
        return _("%(seconds)s s ahead of the server") % {"seconds": seconds}
    return _("%(seconds)s s behind the server") % {"seconds": seconds}


def codec_words(codec: str) -> str:
    """The usual name of a codec, whether it comes in RFC 6381's notation or as SDP's encoding name."""
    names = {
        "avc1": "H.264",
        "avc3": "H.264",
        "h264": "H.264",
        "hvc1": "H.265",
        "hev1": "H.265",
        "h265": "H.265",
        "mp4a": "AAC",
        "aac": "AAC",
        "mpeg4-generic": "AAC",
        "mp4a-latm": "AAC",
        "pcma": "G.711 A-law",
        "alaw": "G.711 A-law",
        "pcmu": "G.711 μ-law",
        "ulaw": "G.711 μ-law",
        "opus": "Opus",
    }
    return names.get(codec.partition(".")[0].lower(), codec)
