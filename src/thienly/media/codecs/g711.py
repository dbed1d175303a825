"""G.711: a byte for each sample of each channel (RFC 3551 section 4.5.14)."""


def samples(data: bytes | bytearray, channels: int) -> int:
    """Duration in samples. Raises ValueError when there is none, or a sample is cut."""
    if not data or len(data) % channels:
        raise ValueError("not whole samples")
    return len(data) // channels
