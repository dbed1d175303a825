"""How much a camera may ask of the recorder, and how long it may keep it waiting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. Beyond them the source ends with the Problem named."""

    connect_s: float = 8.0  # UNREACHABLE
    answer_s: float = 8.0  # TIMEOUT; for each request
    stall_s: float = 10.0  # STALLED; without a whole frame
    key_s: float = 60.0  # CORRUPT; media comes, but no whole key frame to begin with
    bytes_per_s: int = 16 << 20  # FLOOD; 134 Mbit/s, the best 4K cameras send 30
    packets_per_s: int = 60_000  # FLOOD
