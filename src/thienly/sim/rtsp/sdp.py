"""The session description a simulated camera gives (RFC 4566, RFC 6184 section 8.2, RFC 7798 section 7.1,
RFC 3640 section 4.1, RFC 7587 section 7)."""

import base64

from thienly.sim.clip import SoundClip, VideoClip
from thienly.sim.rtsp.packets import AUDIO_TYPES, VIDEO_TYPE, nal_units
from thienly.sim.spec import CameraSpec

VIDEO_CONTROL, AUDIO_CONTROL = "trackID=0", "trackID=1"
_SPS, _PPS = 7, 8
_SPROP = {"sprop-vps": 32, "sprop-sps": 33, "sprop-pps": 34}
_EXTRA_BEFORE_VIDEO = [
    "m=application 0 RTP/AVP 107",
    "a=rtpmap:107 vnd.onvif.metadata/90000",
    "a=control:trackID=7",
    "m=video 0 RTP/AVP 26",
    "a=control:trackID=8",
]
_EXTRA_BEFORE_AUDIO = ["m=audio 0 RTP/AVP 98", "a=rtpmap:98 G726-32/8000", "a=control:trackID=9"]


def describe(spec: CameraSpec, video: VideoClip, sound: SoundClip | None, host: str) -> str:
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        f"s={spec.name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        *(_EXTRA_BEFORE_VIDEO if spec.extra_tracks else []),
        f"m=video 0 RTP/AVP {VIDEO_TYPE}",
        f"b=AS:{max(1, video.bitrate // 1000)}",
        f"a=rtpmap:{VIDEO_TYPE} {video.codec.upper()}/90000",
        f"a=fmtp:{VIDEO_TYPE} {_parameters(video)}",
        f"a=framerate:{video.fps}",
        f"a=control:{VIDEO_CONTROL}",
        *(_EXTRA_BEFORE_AUDIO if spec.extra_tracks else []),
    ]
    if sound:
        lines += [*_sound(sound), f"a=control:{AUDIO_CONTROL}"]
    return "\r\n".join(lines) + "\r\n"


def _parameters(video: VideoClip) -> str:
    nals = nal_units(video.units[video.first_key])
    if video.codec == "h265":
        found = {nal[0] >> 1 & 0x3F: nal for nal in reversed(nals)}
        return ";".join(f"{key}={base64.b64encode(found[kind]).decode()}" for key, kind in _SPROP.items())
    sps = next(nal for nal in nals if nal[0] & 0x1F == _SPS)
    pps = next(nal for nal in nals if nal[0] & 0x1F == _PPS)
    sets = ",".join(base64.b64encode(nal).decode() for nal in (sps, pps))
    profile = sps[1:4].hex().upper()
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}"


def _sound(sound: SoundClip) -> list[str]:
    number = AUDIO_TYPES[sound.codec]
    lines = [f"m=audio 0 RTP/AVP {number}"]
    match sound.codec:
        case "aac":
            lines += [
                f"a=rtpmap:{number} MPEG4-GENERIC/{sound.rate}/1",
                f"a=fmtp:{number} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
                f"indexdeltalength=3;config={sound.config.hex().upper()}",
            ]
        case "opus":  # always "48000/2", whatever it is
            lines += [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} sprop-stereo=0"]
        case "pcma" | "pcmu":
            pass  # static payload types need no rtpmap (RFC 3551 table 4)
    return lines
