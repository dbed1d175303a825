"""Any order in which packets may come, and what is made of it."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from thienly.media.rtp.packet import Buffer
from thienly.media.rtsp.receiver_report import Reception
from thienly.media.rtsp.reorder import MAX_WAITING, PATIENCE_S, Reorder


class Heard:
    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.reorder = Reorder(self._take)

    def _take(self, buffer: Buffer, start: int, end: int) -> None:
        self.numbers.append(int.from_bytes(buffer[start + 2 : start + 4], "big"))

    def hear(self, *numbers: int, now: float = 0.0) -> list[int]:
        for number in numbers:
            self.reorder.packet(pack(">HH", 0x8060, number & 0xFFFF) + bytes(8), 12, now)
        return self.numbers


@given(
    st.integers(0, 0xFFFF),
    st.permutations(range(40)),
    st.lists(st.integers(0, 39), max_size=20),
)
def test_every_packet_once_and_in_order_after_the_first(
    base: int, order: list[int], twice: list[int]
) -> None:
    heard = Heard()
    heard.hear(base)
    heard.hear(*(base + 1 + step for step in [*order, *twice]))
    assert heard.numbers == [base + step & 0xFFFF for step in range(41)]
    assert heard.reorder.late == len(twice)


def test_a_hole_is_waited_for_only_so_long() -> None:
    heard = Heard()
    heard.hear(10, 12, 13, now=1.0)
    heard.reorder.tick(1.0 + PATIENCE_S / 2)
    assert heard.numbers == [10]
    heard.reorder.tick(1.0 + PATIENCE_S * 1.1)
    assert heard.numbers == [10, 12, 13]
    assert heard.hear(11) == [10, 12, 13], "too late"
    assert heard.hear(14) == [10, 12, 13, 14]


def test_what_waits_is_bounded() -> None:
    heard = Heard()
    heard.hear(0)
    heard.hear(*range(2, 2 + MAX_WAITING + 1))
    assert heard.numbers == [0, *range(2, 2 + MAX_WAITING + 1)]


def test_a_camera_that_counts_anew_is_followed_and_a_single_stray_is_not() -> None:
    heard = Heard()
    heard.hear(100, 101)
    assert heard.hear(30_000) == [100, 101]
    assert heard.hear(102) == [100, 101, 102]
    assert heard.hear(40_000, 40_001, 40_002) == [100, 101, 102, 40_001, 40_002]


@given(st.lists(st.integers(0, 0xFFFF), max_size=300))
def test_any_numbers_neither_raise_nor_grow(numbers: list[int]) -> None:
    heard = Heard()
    for at, number in enumerate(numbers):
        heard.hear(number, now=at / 1000)
    heard.reorder.tick(10**6)
    assert len(heard.numbers) <= len(numbers)


def test_losses_are_reported_since_the_last_report_and_in_all() -> None:
    """RFC 3550 section A.3, across the wrap of the sequence numbers."""
    reception = Reception(7, "x")
    reception.sequence(65_530)
    reception.received = 8
    reception.sequence(3)  # ten are expected, eight came
    report = reception.report(0xABCD, 5.0)
    assert int.from_bytes(report[8:12], "big") == 0xABCD
    assert (report[12], int.from_bytes(report[13:16], "big")) == (2 * 256 // 10, 2)
    assert int.from_bytes(report[16:20], "big") == 0x1_0003
    reception.received = 18
    reception.sequence(13)
    report = reception.report(0xABCD, 10.0)
    assert (report[12], int.from_bytes(report[13:16], "big")) == (0, 2)
