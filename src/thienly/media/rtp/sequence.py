"""What is missing between RTP sequence numbers (RFC 3550 section A.1, much simplified: TCP does not
reorder)."""

MAX_DROPOUT = 3000
"""A larger step is a camera that began anew, not a loss of that many packets."""


def missing(expected: int, got: int) -> int:
    """How many packets lie between `expected` and `got` (16 bits each); 1 for a restart or a step back."""
    step = (got - expected) & 0xFFFF
    return step if 0 < step <= MAX_DROPOUT else 1
