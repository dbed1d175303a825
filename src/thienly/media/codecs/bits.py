"""A bounded reader of bits, most significant first."""


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
