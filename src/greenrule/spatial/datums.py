"""The two map datums of Chinese web maps: GCJ-02 (高德、腾讯) and BD-09 (百度), and the way back.

GCJ-02 is WGS-84 moved by a smooth displacement of 100–700 m; BD-09 moves GCJ-02 once more.  CGCS2000
and WGS-84 differ by less than 0.1 m and are the same thing here.  The forward formulas are the ones in public use;
the inverses are exact: they iterate the forward formula until it reproduces the input to better than 1e-9 degree (0.1
mm), whereas the usual "subtract the shift" is 1–5 m wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

Array = np.ndarray
Mapping2D = Callable[[Array, Array], tuple[Array, Array]]

# The displacement was fitted on the Krassovsky ellipsoid, whatever datum the input has.
_SEMI_MAJOR = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
# Outside this rectangle the web maps do not displace anything.
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BD_TURN = np.pi * 3000.0 / 180.0
# The forward maps contract by a factor of 50 or more per step, so ten steps reach the last bit; the rest is reserve.
_STEPS, _TOLERANCE = 30, 1e-12


def inside_shifted_area(lon: Array, lat: Array) -> Array:
    """Where GCJ-02 differs from WGS-84: boolean (n,) for degrees (n,)."""
    return (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)


def _displaced(lon: Array, lat: Array) -> tuple[Array, Array]:
    """The GCJ-02 displacement applied everywhere, inside the rectangle or not."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _SEMI_MAJOR * (1.0 - _ECCENTRICITY2) / (magic * np.sqrt(magic))
    parallel = _SEMI_MAJOR / np.sqrt(magic) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _inverted(forward: Mapping2D, lon: Array, lat: Array) -> tuple[Array, Array]:
    """The point whose forward image is (lon, lat), by fixed-point iteration."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        image_x, image_y = forward(x, y)
        step_x, step_y = image_x - lon, image_y - lat
        x, y = x - step_x, y - step_y
        # Non-finite input never converges and must not spoil the stop test for the rest.
        if not (
            np.nanmax(np.abs(step_x), initial=0.0) > _TOLERANCE or np.nanmax(np.abs(step_y), initial=0.0) > _TOLERANCE
        ):
            break
    return x, y


def _arrays(lon: Any, lat: Any) -> tuple[Array, Array]:
    return np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))


def gcj02_from_wgs84(lon: Any, lat: Any) -> tuple[Array, Array]:
    """WGS-84 (or CGCS2000) degrees, (n,) each, to GCJ-02; identity outside China.

    >>> lon, lat = gcj02_from_wgs84(112.55, 37.87)
    >>> round(float(lon[0]), 4), round(float(lat[0]), 4)
    (112.5563, 37.8705)
    """
    x, y = _arrays(lon, lat)
    inside = inside_shifted_area(x, y)
    east, north = _displaced(x, y)
    return np.where(inside, east, x), np.where(inside, north, y)


def wgs84_from_gcj02(lon: Any, lat: Any) -> tuple[Array, Array]:
    """GCJ-02 degrees, (n,) each, to WGS-84, exact to 1e-9 degree; identity outside China.

    Within 0.01° of the edge of the displaced rectangle (mid-ocean, Central Asia) the forward map is not invertible;
    nothing lies there.
    """
    x, y = _arrays(lon, lat)
    return _undisplaced(x, y, x, y)


def _undisplaced(x: Array, y: Array, other_x: Array, other_y: Array) -> tuple[Array, Array]:
    """GCJ-02 (x, y) to WGS-84; `other` where the answer lies outside the displaced rectangle."""
    # The displacement is below 0.01°; farther out there is nothing to invert, and the iteration would wander.
    close = (x > _WEST - 0.05) & (x < _EAST + 0.05) & (y > _SOUTH - 0.05) & (y < _NORTH + 0.05)
    back_x, back_y = np.array(other_x), np.array(other_y)
    found_x, found_y = _inverted(_displaced, x[close], y[close])
    inside = inside_shifted_area(found_x, found_y)
    back_x[close] = np.where(inside, found_x, back_x[close])
    back_y[close] = np.where(inside, found_y, back_y[close])
    return back_x, back_y


def bd09_from_gcj02(lon: Any, lat: Any) -> tuple[Array, Array]:
    """GCJ-02 degrees, (n,) each, to BD-09."""
    x, y = _arrays(lon, lat)
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def gcj02_from_bd09(lon: Any, lat: Any) -> tuple[Array, Array]:
    """BD-09 degrees, (n,) each, to GCJ-02, exact to 1e-9 degree."""
    return _inverted(bd09_from_gcj02, *_arrays(lon, lat))


def bd09_from_wgs84(lon: Any, lat: Any) -> tuple[Array, Array]:
    """WGS-84 degrees, (n,) each, to BD-09; identity outside China."""
    x, y = _arrays(lon, lat)
    inside = inside_shifted_area(x, y)
    east, north = bd09_from_gcj02(*gcj02_from_wgs84(x, y))
    return np.where(inside, east, x), np.where(inside, north, y)


def wgs84_from_bd09(lon: Any, lat: Any) -> tuple[Array, Array]:
    """BD-09 degrees, (n,) each, to WGS-84, exact to 1e-9 degree; identity outside China."""
    x, y = _arrays(lon, lat)
    return _undisplaced(*gcj02_from_bd09(x, y), x, y)


_TO_WGS84: dict[str, Mapping2D] = {"gcj02": wgs84_from_gcj02, "bd09": wgs84_from_bd09}
_FROM_WGS84: dict[str, Mapping2D] = {"gcj02": gcj02_from_wgs84, "bd09": bd09_from_wgs84}


def shift_datum(geometry: Any, source: str, target: str) -> Any:
    """A geometry, or an object array of geometries, moved between `cgcs2000`, `wgs84`, `gcj02` and `bd09`.

    Degrees in and out; CGCS2000 and WGS-84 count as one.  KeyError for another datum name.

    >>> back = shift_datum(shift_datum(shapely.Point(112.55, 37.87), "wgs84", "bd09"), "bd09", "wgs84")
    >>> round(back.x, 9), round(back.y, 9)
    (112.55, 37.87)
    """
    steps: list[Mapping2D] = []
    if source != target:
        if source not in ("wgs84", "cgcs2000"):
            steps.append(_TO_WGS84[source])
        if target not in ("wgs84", "cgcs2000"):
            steps.append(_FROM_WGS84[target])

    def move(points: Array) -> Array:
        x, y = points[:, 0], points[:, 1]
        for step in steps:
            x, y = step(x, y)
        return np.column_stack([x, y])

    return shapely.transform(geometry, move) if steps else geometry
