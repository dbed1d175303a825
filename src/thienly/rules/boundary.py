"""Does a point lie inside a boundary? Plain ray casting on the degrees of the map (GeoJSON, RFC 7946).

A commune is small enough that a degree is as good as a metre; nothing here crosses the 180th meridian.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import TypeGuard

Position = Sequence[float]
"""Longitude, latitude."""
Ring = Sequence[Position]
Polygon = Sequence[Ring]
"""The first ring bounds it, the others are holes."""
MultiPolygon = Sequence[Polygon]

MOST_POSITIONS = 200_000


class NoBoundary(ValueError):
    """The geometry cannot be a boundary; says why in English."""


def read_geometry(geometry: object) -> list[list[list[list[float]]]]:
    """The coordinates of a GeoJSON Polygon or MultiPolygon as a MultiPolygon. Raises NoBoundary."""
    if not isinstance(geometry, dict):
        raise NoBoundary("there is no geometry")
    polygons: object
    match geometry.get("type"):
        case "Polygon":
            polygons = [geometry.get("coordinates")]
        case "MultiPolygon":
            polygons = geometry.get("coordinates")
        case other:
            raise NoBoundary(f"{other} is neither Polygon nor MultiPolygon")
    if not isinstance(polygons, list) or not polygons:
        raise NoBoundary("it has no polygon")
    read = [[_ring(ring) for ring in _rings(polygon)] for polygon in polygons]
    if sum(len(ring) for polygon in read for ring in polygon) > MOST_POSITIONS:
        raise NoBoundary(f"it has more than {MOST_POSITIONS} positions: simplify it")
    return read


def box(boundary: MultiPolygon) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    outer = [position for polygon in boundary for position in polygon[0]]
    east, north = max(p[0] for p in outer), max(p[1] for p in outer)
    return min(p[0] for p in outer), min(p[1] for p in outer), east, north


def inside(boundary: MultiPolygon, longitude: float, latitude: float) -> bool:
    """Also on the line itself: a camera on the border lies in both, and a person decides."""
    return any(_in_polygon(polygon, longitude, latitude) for polygon in boundary)


def _in_polygon(polygon: Polygon, x: float, y: float) -> bool:
    outer, *holes = polygon
    within, on_line = _in_ring(outer, x, y)
    if on_line or not within:
        return on_line
    for hole in holes:
        in_hole, on_edge = _in_ring(hole, x, y)
        if in_hole and not on_edge:
            return False
    return True


def _in_ring(ring: Ring, x: float, y: float) -> tuple[bool, bool]:
    """Inside, and on the line."""
    within = False
    for (x1, y1, *_), (x2, y2, *_) in pairwise(ring):
        if min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
            if cross == 0:
                return True, True
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            within = not within
    return within, False


def _rings(polygon: object) -> list[object]:
    if not isinstance(polygon, list) or not polygon:
        raise NoBoundary("a polygon has no ring")
    return polygon


def _ring(ring: object) -> list[list[float]]:
    if not isinstance(ring, list) or len(ring) < 4:
        raise NoBoundary("a ring has fewer than four positions")
    positions = [_position(position) for position in ring]
    if positions[0] != positions[-1]:
        raise NoBoundary("a ring is not closed")
    return positions


def _position(position: object) -> list[float]:
    if not isinstance(position, list) or len(position) < 2 or not all(map(_is_number, position)):
        raise NoBoundary("a position is not two numbers")
    longitude, latitude = float(position[0]), float(position[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise NoBoundary(f"{longitude}, {latitude} is not in degrees (longitude first)")
    return [longitude, latitude]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
