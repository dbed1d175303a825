"""AAC's AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1)."""

from dataclasses import dataclass

from thienly.media.codecs.bits import BitReader

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """`sample_rate` in Hz of the core coder, `samples_per_frame` 1024 or 960."""

    object_type: int
    sample_rate: int
    channels: int
    samples_per_frame: int

    @property
    def mime(self) -> str:
        """The codec string of RFC 6381, e.g. `mp4a.40.2`."""
        return f"mp4a.40.{self.object_type}"


def config_of_latm(mux: bytes) -> bytes:
    """The AudioSpecificConfig inside a StreamMuxConfig (section 1.7.3.1) of one plain AAC stream.

    Raises ValueError on anything else: several streams, layers or subframes, or another kind of AAC.
    """
    r = BitReader(mux)
    # audioMuxVersion, allStreamsSameTimeFraming, numSubFrames, numProgram, numLayer
    if (r.bits(1), r.bits(1), r.bits(6), r.bits(4), r.bits(3)) != (0, 1, 0, 0, 0):
        raise ValueError("not one plain stream")
    # Object type, rate, channels, and three flags: what follows is the framing again.
    config = r.bits(16).to_bytes(2, "big")
    if parse_config(config).object_type != _LOW_COMPLEXITY:
        raise ValueError("not AAC-LC")
    return config


def parse_config(data: bytes) -> AudioConfig:
    """Parse an AudioSpecificConfig of the AAC family. Raises ValueError on anything else."""
    if not 2 <= len(data) <= 64:
        raise ValueError("impossible audio configuration")
    r = BitReader(data)
    object_type = r.bits(5)
    if object_type == 31:
        object_type = 32 + r.bits(6)
    index = r.bits(4)
    if 12 < index < 15:
        raise ValueError("reserved sample rate")
    rate = r.bits(24) if index == 15 else _RATES[index]
    layout = r.bits(4)
    if object_type not in {1, 2, 3, 4, 5, 29} or layout >= len(_CHANNELS) or not layout or rate < 1000:
        raise ValueError("not a supported kind of AAC")
    # SBR and PS (5, 29) put their own fields here; their frames hold 1024 samples of the core rate.
    short = object_type < 5 and r.flag()
    return AudioConfig(object_type, rate, _CHANNELS[layout], 960 if short else 1024)
