"""The session description a simulated camera gives (RFC 4566, RFC 6184 section 8.2, RFC 3640 section 4.1)."""

import base64

from thienly.sim.clip import SoundClip, VideoClip
from thienly.sim.rtsp.packets import AUDIO_TYPE, VIDEO_TYPE, nal_units
from thienly.sim.spec import CameraSpec

VIDEO_CONTROL, AUDIO_CONTROL = "trackID=0", "trackID=1"
_SPS, _PPS = 7, 8


def describe(spec: CameraSpec, video: VideoClip, sound: SoundClip | None, host: str) -> str:
    nals = nal_units(video.units[0])
    sps = next(nal for nal in nals if nal[0] & 0x1F == _SPS)
    pps = next(nal for nal in nals if nal[0] & 0x1F == _PPS)
    sets = ",".join(base64.b64encode(nal).decode() for nal in (sps, pps))
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        f"s={spec.name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        f"m=video 0 RTP/AVP {VIDEO_TYPE}",
        f"b=AS:{max(1, video.bitrate // 1000)}",
        f"a=rtpmap:{VIDEO_TYPE} H264/90000",
        f"a=fmtp:{VIDEO_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex().upper()};"
        f"sprop-parameter-sets={sets}",
        f"a=framerate:{video.fps}",
        f"a=control:{VIDEO_CONTROL}",
    ]
    if sound:
        lines += [
            f"m=audio 0 RTP/AVP {AUDIO_TYPE}",
            f"a=rtpmap:{AUDIO_TYPE} MPEG4-GENERIC/{sound.rate}/1",
            f"a=fmtp:{AUDIO_TYPE} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
            f"indexdeltalength=3;config={sound.config.hex().upper()}",
            f"a=control:{AUDIO_CONTROL}",
        ]
    return "\r\n".join(lines) + "\r\n"
