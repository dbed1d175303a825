"""Sound of a container as the recorder wants it: AAC without ADTS headers, G.711, Opus; times in samples."""

from collections.abc import Iterator

from av.audio.stream import AudioStream
from av.packet import Packet

from thienly.media.codecs import aac, opus
from thienly.media.codecs.sound import samples
from thienly.media.frames import AudioTrack

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_NAMES = {"aac": "AAC", "pcm_alaw": "PCMA", "pcm_mulaw": "PCMU", "opus": "OPUS"}
"""libav's of what can be recorded, and RTP's, by which people know them."""
_MOST_CHANNELS = 2  # of G.711 and Opus; more need a layout that neither tells


def offered(stream: AudioStream) -> str:
    """What the sound is, for people."""
    name = stream.codec_context.codec.canonical_name
    return _NAMES.get(name, name.upper())


def sounds_of(stream: AudioStream) -> "Sounds | None":
    """None when it cannot be recorded, as MP3: the picture is recorded without it."""
    context = stream.codec_context
    kind, channels, rate = offered(stream), context.channels, context.sample_rate
    if kind == "AAC":
        return AacSounds(stream)
    if not 1 <= channels <= _MOST_CHANNELS:
        return None
    if kind == "OPUS":
        return Sounds(stream, AudioTrack("opus", b"", opus.RATE, channels, 0))
    if kind in ("PCMA", "PCMU") and 1_000 <= rate <= 96_000:
        return Sounds(stream, AudioTrack("pcma" if kind == "PCMA" else "pcmu", b"", rate, channels, 0))
    return None


class Sounds:
    """`track` is None until the stream has told its configuration."""

    def __init__(self, stream: AudioStream, track: AudioTrack | None) -> None:
        self._base = stream.time_base
        self._next: int | None = None
        self.track = track

    def learn(self, packet: "Packet[AudioStream]") -> None:
        """Look at a packet that comes before the first picture."""

    def units(self, packet: "Packet[AudioStream]") -> Iterator[tuple[int, bytes]]:
        """(time, frame) of each in the packet; what cannot be a frame is left out."""
        track = self.track
        if not packet.size or track is None:
            return
        if packet.pts is None or self._base is None:
            ts = self._next or 0
        else:
            ts = round(packet.pts * self._base * track.sample_rate)
        for unit in self._split(bytes(packet)):
            try:
                lasts = samples(track, unit)
            except ValueError:
                continue
            yield ts, unit
            ts = self._next = ts + lasts

    def _split(self, data: bytes) -> list[bytes]:
        return [data]


class AacSounds(Sounds):
    """Its configuration stands in the container's head, or in front of each frame (ADTS)."""

    def __init__(self, stream: AudioStream) -> None:
        super().__init__(stream, None)
        extra = bytes(stream.codec_context.extradata or b"")
        if extra:
            self._configure(extra)

    def learn(self, packet: "Packet[AudioStream]") -> None:
        if self.track is None:
            for config, _ in adts(bytes(packet)):
                self._configure(config)
                return

    def _split(self, data: bytes) -> list[bytes]:
        return [unit for _, unit in adts(data)] or [data]

    def _configure(self, config: bytes) -> None:
        try:
            found = aac.parse_config(config)
        except ValueError:
            return
        self.track = AudioTrack("aac", config, found.sample_rate, found.channels, found.samples_per_frame)


def adts(data: bytes) -> list[tuple[bytes, bytes]]:
    """(AudioSpecificConfig, access unit) of each ADTS frame (ISO 14496-3 section 1.A.3); empty when it is
    none."""
    found = []
    at = 0
    while at + 7 <= len(data):
        if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
            return []
        head = 7 if data[at + 1] & 1 else 9
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        rate = data[at + 2] >> 2 & 15
        channels = (data[at + 2] & 1) << 2 | data[at + 3] >> 6
        if size <= head or at + size > len(data) or rate >= len(_RATES):
            return []
        kind = (data[at + 2] >> 6) + 1
        config = (kind << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
        found.append((config, data[at + head : at + size]))
        at += size
    return found
