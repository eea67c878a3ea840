"""The roomiest spot of an area: the middle of the largest circle that fits into it."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from greenrule.spatial.overlay import radii

#: How far the circle found may be from the largest: a hundredth of the area's width, at least a metre.
_RELATIVE = 0.01


def roomiest_spot(shape: Any) -> tuple[float, float, float]:
    """Longitude, latitude and room (metres to the border) of the roomiest spot of polygons in degrees (EPSG:4490).

    >>> lon, lat, room = roomiest_spot(shapely.box(112.0, 37.0, 112.02, 37.01))
    >>> 37.004 < lat < 37.006, 545 < room < 556
    (True, True)
    """
    best = (-1.0, 0.0, 0.0)
    for part in shapely.get_parts(shape):
        west, south, east, north = shapely.bounds(part).tolist()
        origin = np.array([(west + east) / 2, (south + north) / 2])
        meridian, parallel = radii(np.radians(origin[1]))
        scale = np.radians([float(parallel), float(meridian)])
        plane = shapely.transform(part, lambda at, origin=origin, scale=scale: (at - origin) * scale)
        if best[0] > min(np.array([east - west, north - south]) * scale) / 2:
            continue  # no circle in this part can be larger
        spread = max(np.array([east - west, north - south]) * scale)
        radius = shapely.maximum_inscribed_circle(plane, tolerance=max(1.0, spread * _RELATIVE))
        room = float(shapely.length(radius))
        if room > best[0]:
            lon, lat = (shapely.get_coordinates(radius)[0] / scale + origin).tolist()
            best = (room, lon, lat)
    return best[1], best[2], best[0]
