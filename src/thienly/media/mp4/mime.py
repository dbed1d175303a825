"""The MIME type of an init segment, for MediaSource (RFC 6381), read from its bytes.

The type that is told while recording and the one that repair finds are thus the same.
"""

from thienly.media.codecs import aac, h265
from thienly.media.mp4.reader import MalformedBoxError, child, children

_VIDEO_ENTRY, _AUDIO_ENTRY = 78, 28  # bytes in front of the boxes inside a sample entry
_PLAIN = {b"Opus": "opus", b"alaw": "alaw", b"ulaw": "ulaw"}


def mime_of(init: bytes) -> str:
    """E.g. `video/mp4; codecs="avc1.64001f,mp4a.40.2"`; tracks that make no sense are left out."""
    codecs: list[str] = []
    try:
        traks = [body for kind, body in children(child(init, b"moov")) if kind == b"trak"]
    except MalformedBoxError:
        traks = []
    for trak in traks:
        try:
            table = child(trak, b"mdia", b"minf", b"stbl", b"stsd")
            codecs += [codec for kind, entry in children(table[8:]) if (codec := _codec(kind, entry))]
        except ValueError:
            continue
    return f'video/mp4; codecs="{",".join(codecs)}"'


def _codec(kind: bytes, entry: bytes) -> str:
    """Empty for what is not ours. Raises ValueError."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == b"avc1":
        config = child(entry[_VIDEO_ENTRY:], b"avcC")
        return f"avc1.{config[1:4].hex()}"
    if kind == b"hvc1":
        config = child(entry[_VIDEO_ENTRY:], b"hvcC")
        if len(config) < 13:
            raise ValueError("hvcC cut short")
        return h265.codec_string(config[1:13])
    if kind == b"mp4a":
        return aac.parse_config(_audio_config(child(entry[_AUDIO_ENTRY:], b"esds")[4:])).mime
    return ""


def _audio_config(descriptors: bytes) -> bytes:
    """DecoderSpecificInfo of an `esds` as we write it: lengths of one byte. Raises ValueError."""
    # ES_Descriptor (3 bytes of its own), DecoderConfigDescriptor (13), DecoderSpecificInfo
    for tag, own in ((3, 3), (4, 13), (5, 0)):
        if len(descriptors) < 2 or descriptors[0] != tag or descriptors[1] > len(descriptors) - 2:
            raise ValueError("descriptors cut short")
        descriptors = descriptors[2 : 2 + descriptors[1]][own:]
    return descriptors
