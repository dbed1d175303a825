"""Damage, as hypothesis draws it: of bytes, and of the order of packets."""

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, data: bytes, most: int = 6) -> bytes:
    """The data with bytes changed, cut out or put in."""
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        put = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"\0" * 4, b"\xff" * 4, b"\x80\0\0\0"])))
        taken = draw(st.sampled_from([0, 1, len(put), len(put), 40]))
        data = data[:at] + put + data[at + taken :]
    return data


@st.composite
def disordered(draw: st.DrawFn, packets: list[bytes]) -> list[bytes]:
    """The packets with some damaged, lost, repeated, moved or invented."""
    found = list(packets)
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(found) - 1)) if found else 0
        match draw(st.sampled_from(["damage", "damage", "damage", "lose", "repeat", "move", "invent"])):
            case "damage" if found:
                found[at] = draw(damaged(found[at], 2))
            case "lose" if found:
                del found[at]
            case "repeat" if found:
                found.insert(draw(st.integers(0, len(found))), found[at])
            case "move" if found:
                found.insert(draw(st.integers(0, len(found) - 1)), found.pop(at))
            case _:
                found.insert(at, draw(st.binary(max_size=40)))
    return found
