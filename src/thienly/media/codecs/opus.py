"""How long an Opus packet sounds, from its first bytes (RFC 6716 section 3)."""

RATE = 48_000
"""Hz; what Opus counts in, whatever was encoded (RFC 7587 section 4.1)."""
MAX_SAMPLES = 5760
"""120 ms."""

_SILK, _HYBRID, _CELT = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)


def samples(packet: bytes | bytearray) -> int:
    """Duration in samples at 48 kHz. Raises ValueError when the packet has none or is longer than 120 ms."""
    if not packet:
        raise ValueError("an empty packet")
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = _SILK[config & 3]
    elif config < 16:
        frame = _HYBRID[config & 1]
    else:
        frame = _CELT[config & 3]
    count = (1, 2, 2)[code] if code < 3 else (packet[1] & 63 if len(packet) > 1 else 0)
    if not 0 < count * frame <= MAX_SAMPLES:
        raise ValueError("an impossible duration")
    return count * frame
