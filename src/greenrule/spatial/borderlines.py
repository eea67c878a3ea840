"""The borders of provinces, cities and counties as lines, each drawn once and at its highest level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from greenrule.spatial.frame import Frame

#: From the widest to the narrowest.
LEVELS = ("province", "city", "county")


def border_lines(areas: Mapping[str, np.ndarray]) -> Frame:
    """One row for each stretch of border with its `level`, less what a level above has drawn; in the order of the levels.

    areas : level → polygons (n,), degrees; where the province itself is missing, its border is that of everything there is

    >>> found = border_lines({"county": np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)])})
    >>> found.columns["level"], [shape.length for shape in found.geometry]
    (['province', 'county'], [6.0, 1.0])
    """
    known = dict(areas)
    if "province" not in known and known:
        known["province"] = np.array([shapely.union_all(next(known[level] for level in LEVELS if level in known))])
    levels, shapes, drawn = [], [], shapely.MultiLineString()
    for level in LEVELS:
        if level not in known:
            continue
        lines = shapely.union_all(shapely.boundary(known[level]))
        own = shapely.difference(lines, drawn)
        parts = shapely.get_parts(own)
        parts = shapely.get_parts(
            shapely.line_merge(shapely.multilinestrings(parts[shapely.get_dimensions(parts) == 1]))
        )
        levels += [level] * len(parts)
        shapes += list(parts)
        drawn = shapely.union(drawn, lines)
    return Frame(np.array(shapes, dtype=object), {"level": levels})
