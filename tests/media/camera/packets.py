"""Clips as RTP packets, in the ways that RFC 6184, RFC 7798 and RFC 3640 allow."""

from struct import pack

from tests.media.camera.clip import AUDIO_RATE, FPS, Clip, Picture


class Packetiser:
    """One RTP stream; numbers its packets."""

    def __init__(self, payload_type: int = 96, sequence: int = 65_530, mtu: int = 400) -> None:
        self.payload_type, self.sequence, self.mtu = payload_type, sequence & 0xFFFF, mtu

    def packet(self, ts: int, payload: bytes, marker: bool = False) -> bytes:
        header = pack(">BBHII", 0x80, marker << 7 | self.payload_type, self.sequence, ts & 0xFFFFFFFF, 0x1234)
        self.sequence = (self.sequence + 1) & 0xFFFF
        return header + payload

    def picture(self, picture: Picture, ts: int, aggregate: bool = False) -> list[bytes]:
        """Fragments of NAL units larger than a packet; with `aggregate` the small ones in one packet."""
        payloads: list[bytes] = []
        small: list[bytes] = []
        for nal in picture.nals:
            if len(nal) > self.mtu:
                payloads += (fragments if picture.codec == "h264" else fragments_h265)(nal, self.mtu)
            elif aggregate:
                small.append(nal)
            else:
                payloads.append(nal)
        if small:
            header = b"\x78" if picture.codec == "h264" else b"\x60\x01"  # STAP-A, AP
            payloads.insert(0, header + b"".join(pack(">H", len(nal)) + nal for nal in small))
        last = len(payloads) - 1
        return [self.packet(ts, payload, index == last) for index, payload in enumerate(payloads)]

    def sounds(self, units: list[bytes], ts: int) -> bytes:
        """AAC-hbr: several access units in one packet."""
        headers = b"".join(pack(">H", len(unit) << 3) for unit in units)
        return self.packet(ts, pack(">H", 16 * len(units)) + headers + b"".join(units), True)


def fragments(nal: bytes, mtu: int) -> list[bytes]:
    """The FU-A payloads of a NAL unit."""
    indicator, kind, body = nal[0] & 0xE0 | 28, nal[0] & 31, nal[1:]
    pieces = [body[at : at + mtu] for at in range(0, len(body), mtu)]
    last = len(pieces) - 1
    flags = [(index == 0) << 7 | (index == last) << 6 | kind for index in range(len(pieces))]
    return [bytes((indicator, flag)) + piece for flag, piece in zip(flags, pieces, strict=True)]


def fragments_h265(nal: bytes, mtu: int) -> list[bytes]:
    """The FU payloads of an H.265 NAL unit."""
    header, kind, body = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[0] >> 1 & 63, nal[2:]
    pieces = [body[at : at + mtu] for at in range(0, len(body), mtu)]
    last = len(pieces) - 1
    flags = [(index == 0) << 7 | (index == last) << 6 | kind for index in range(len(pieces))]
    return [header + bytes((flag,)) + piece for flag, piece in zip(flags, pieces, strict=True)]


def video_ts(index: int) -> int:
    return index * 90_000 // FPS


def interleave(channel: int, packet: bytes) -> bytes:
    return pack(">BBH", 0x24, channel, len(packet)) + packet


def schedule(clip: Clip, *, first_ts: int = 0xFFFF_0000, audio: bool = True) -> list[tuple[float, bytes]]:
    """The clip as interleaved frames (video on 0, audio on 2), each with its time in seconds."""
    video, sound = Packetiser(), Packetiser(97)
    timed: list[tuple[float, bytes]] = []
    for index, (picture, shown) in enumerate(zip(clip.pictures, clip.shown, strict=True)):
        for packet in video.picture(picture, first_ts + video_ts(shown), aggregate=True):
            timed.append((index / FPS, interleave(0, packet)))
    if audio:
        for index, unit in enumerate(clip.sounds):
            packet = sound.sounds([unit], 1000 + index * 1024)
            timed.append((index * 1024 / AUDIO_RATE, interleave(2, packet)))
    timed.sort(key=lambda item: item[0])
    return timed
