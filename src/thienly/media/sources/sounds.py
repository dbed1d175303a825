"""AAC of a container: access units without ADTS headers, times in samples."""

from collections.abc import Iterator

from av.audio.stream import AudioStream
from av.packet import Packet

from thienly.media.codecs import aac
from thienly.media.frames import AudioTrack

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


class Sounds:
    """`track` is None until the stream has told its configuration."""

    def __init__(self, stream: AudioStream) -> None:
        self._base = stream.time_base
        self._last: int | None = None
        self.track: AudioTrack | None = None
        extra = bytes(stream.codec_context.extradata or b"")
        if extra:
            self._configure(extra)

    def learn(self, packet: "Packet[AudioStream]") -> None:
        """Look at a packet that comes before the first picture."""
        if self.track is None:
            for config, _ in adts(bytes(packet)):
                self._configure(config)
                return

    def units(self, packet: "Packet[AudioStream]") -> Iterator[tuple[int, bytes]]:
        """(time, access unit) of each in the packet."""
        if not packet.size or self.track is None:
            return
        data = bytes(packet)
        units = [unit for _, unit in adts(data)] or [data]
        step = self.track.samples_per_frame
        if packet.pts is None or self._base is None:
            ts = 0 if self._last is None else self._last + step
        else:
            ts = round(packet.pts * self._base * self.track.sample_rate)
        for unit in units:
            self._last = ts
            yield ts, unit
            ts += step

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
