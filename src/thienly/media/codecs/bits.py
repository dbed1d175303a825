"""A bounded reader of bits, most significant first, and what H.264 and H.265 put between them."""

MAX_PARAMETER_SET = 4096
"""Bytes; real ones have 10 to 100. A longer one is refused rather than parsed."""


class BitsExhaustedError(ValueError):
    """More bits were asked for than the data holds, or an Exp-Golomb code is longer than 32 bits."""


class BitReader:
    """Reads unsigned integers from `data`. Raises `BitsExhaustedError` at the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        """The next `count` bits as an unsigned integer."""
        if count > self._left:
            raise BitsExhaustedError(f"{count} bits wanted, {self._left} left")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """Unsigned Exp-Golomb code ue(v), ITU-T H.264 section 9.1."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise BitsExhaustedError("Exp-Golomb code longer than 32 bits")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """Signed Exp-Golomb code se(v), ITU-T H.264 section 9.1.1."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def unescape(nal: bytes) -> bytes:
    """The payload without emulation prevention bytes (ITU-T H.264 section 7.4.1, H.265 section 7.4.2):
    00 00 03 becomes 00 00."""
    if b"\0\0\3" not in nal:
        return nal
    out = bytearray()
    start = 0
    while (at := nal.find(b"\0\0\3", start)) >= 0:
        out += nal[start : at + 2]
        start = at + 3
    return bytes(out + nal[start:])
