"""A point and a boundary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thienly.rules.boundary import NoBoundary, box, inside, read_geometry

SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 1.0]]
ISLAND = [[10.0, 10.0], [11.0, 10.0], [10.5, 11.0], [10.0, 10.0]]
BOUNDARY = [[SQUARE, HOLE], [ISLAND]]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.5, 0.5, True),
        (1.5, 1.5, False),  # in the hole
        (1.0, 1.5, True),  # on the edge of the hole
        (4.0, 2.0, True),  # on the line
        (0.0, 0.0, True),  # a corner
        (4.1, 2.0, False),
        (-1.0, 4.0, False),  # level with a side
        (10.5, 10.2, True),  # the island
        (10.9, 10.9, False),
    ],
)
def test_a_point_lies_inside_on_the_line_or_outside(x: float, y: float, expected: bool) -> None:
    assert inside(BOUNDARY, x, y) is expected


def test_a_geometry_is_read_or_says_what_is_wrong_with_it() -> None:
    assert read_geometry({"type": "Polygon", "coordinates": [SQUARE]}) == [[SQUARE]]
    assert read_geometry({"type": "MultiPolygon", "coordinates": BOUNDARY}) == BOUNDARY
    assert box(BOUNDARY) == (0.0, 0.0, 11.0, 11.0)
    wrong: list[tuple[object, str]] = [
        (None, "no geometry"),
        ({"type": "Point", "coordinates": [0, 0]}, "Point is neither"),
        ({"type": "Polygon", "coordinates": [SQUARE[:3]]}, "fewer than four"),
        ({"type": "Polygon", "coordinates": [SQUARE[:4]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, "x"], [1, 1], [0, 0]]]}, "two numbers"),
        ({"type": "Polygon", "coordinates": [[[0, 99], [1, 0], [1, 1], [0, 99]]]}, "degrees"),
        ({"type": "Polygon", "coordinates": [[[0, float("nan")], [1, 0], [1, 1], [0, 0]]]}, "two numbers"),
        ({"type": "MultiPolygon", "coordinates": []}, "no polygon"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "no ring"),
    ]
    for geometry, told in wrong:
        with pytest.raises(NoBoundary, match=told):
            read_geometry(geometry)


@given(st.floats(-1, 5), st.floats(-1, 5), st.floats(0.1, 3.9))
def test_two_neighbours_share_the_land_between_them_without_a_gap(x: float, y: float, border: float) -> None:
    """What lies in the whole lies in one of its two halves, or in both when it lies on the line."""
    west = [[[[0.0, 0.0], [border, 0.0], [border, 4.0], [0.0, 4.0], [0.0, 0.0]]]]
    east = [[[[border, 0.0], [4.0, 0.0], [4.0, 4.0], [border, 4.0], [border, 0.0]]]]
    assert inside([[SQUARE]], x, y) == (inside(west, x, y) or inside(east, x, y))
    if inside(west, x, y) and inside(east, x, y):
        assert x == border
