"""A site that is moved without being turned: where each question about it turns, and the nearest place where it does.

A shift is told by where it puts one point of the site, its handle.  A site touches a feature exactly while its handle
lies in the feature widened by the site's mirror image (the Minkowski difference of T. Lozano-Pérez, Spatial planning,
IEEE Trans. Comput. C-32 (1983)).  So the question "where may the site be?" becomes "where may a point be?", and
`carving.carve` answers it.

A site keeps its shape on the ground: in degrees it grows wider towards the pole, so it is drawn for one latitude at a
time, and what that may be off elsewhere is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.carving import HAIR_M, Zone, land_of, united
from greenrule.spatial.frame import Frame
from greenrule.spatial.overlay import LayerIndex, geodesics, radii

#: A site is cut into convex pieces; an outline that needs more than these is drawn more simply first.
_MOST_PIECES = 48
#: Points per quarter circle of the line that keeps room from a border.
_QUARTER = 16
#: Edges are cut into steps of at most this many degrees, so that each is straight in the plane to a millimetre.
_STEP = 0.002
#: A circle of 1024 corners lies within its radius by less than this share.
_ROUND = 1.0 - 1e-5
#: How much wider than needed the surroundings of a tile are looked at.
_MARGIN = 1.01


def _scale(lat: float) -> np.ndarray:
    """Metres per degree of longitude and of latitude."""
    meridian, parallel = radii(np.radians(lat))
    return np.radians([float(parallel), float(meridian)])


class Body:
    """A site that can be moved: point, line or polygon, of one or many parts, in degrees (EPSG:4490), valid.

    handle : (lon, lat) of the point by which it is held, the middle of its box; reach_m : how far it extends from there
    off_m : how far the outline that is searched with may lie from the true one, 0 for all but very fine outlines

    >>> body = Body(shapely.box(112.0, 37.0, 112.01, 37.01))
    >>> [round(x, 3) for x in body.moved(112.505, 38.005).bounds]
    [112.5, 38.0, 112.51, 38.01]
    """

    def __init__(self, geometry: Any) -> None:
        self.geometry = geometry
        west, south, east, north = shapely.bounds(geometry).tolist()
        self.handle = ((west + east) / 2, (south + north) / 2)
        here = _scale(self.handle[1])
        self._metres = shapely.transform(geometry, lambda at: (at - self.handle) * here)
        corners = shapely.get_coordinates(self._metres)
        self.reach_m = float(np.hypot(corners[:, 0], corners[:, 1]).max())
        self.off_m = 0.0
        #: connected parts: one point of each, and its convex pieces, in metres from the handle
        self.parts = [_pieces(part) for part in shapely.get_parts(self._metres)]
        tolerance = self.reach_m / 1000
        while sum(len(pieces) for _, pieces in self.parts) > _MOST_PIECES and tolerance < self.reach_m:
            simple = shapely.simplify(self._metres, tolerance)
            self.off_m = float(shapely.hausdorff_distance(self._metres, simple, densify=0.1))
            self.parts = [_pieces(part) for part in shapely.get_parts(simple)]
            tolerance *= 2

    @property
    def is_point(self) -> bool:
        """Whether it has no extent at all."""
        return self.reach_m == 0.0

    def moved(self, lon: float, lat: float) -> Any:
        """The site with its handle there, as large on the ground and lying as before."""
        if self.is_point:
            return shapely.Point(lon, lat)
        there = _scale(lat)
        return shapely.transform(self._metres, lambda at: at / there + (lon, lat))

    def warp_m(self, lat: float, other: float) -> float:
        """How far (metres) a corner of the outline drawn for one latitude lies from that drawn for another."""
        return self.reach_m * float(np.abs(_scale(lat) / _scale(other) - 1.0).max())

    def widened(self, land: Any, lines: Sequence[Any], lat: float) -> Any:
        """Where the handle is while the site touches land (polygons, None for none) or lines; None for nowhere.

        The site is drawn for the latitude `lat`.
        """
        scale = _scale(lat)
        edges = [_edges(shapely.boundary(land))] if land is not None else []
        edges += [_edges(line) for line in lines]
        borders = np.concatenate(edges) if edges else np.empty((0, 2, 2))
        found: list[Any] = []
        for point, pieces in self.parts:
            if land is not None:
                found.append(shapely.transform(land, lambda at, by=point / scale: at - by))
            for piece in pieces:
                if len(piece) > 1:
                    found += _swept(borders, piece / scale)
        return land_of(united(np.array(found, dtype=object)), 0.0) if found else None


def _pieces(part: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    """One point of a connected part and its convex pieces (corners)."""
    points = shapely.get_coordinates(part)
    dimension = int(shapely.get_dimensions(part))
    if dimension == 0:
        return points[0], [points]
    if dimension == 1:
        return points[0], list(np.stack([points[:-1], points[1:]], axis=1))
    hull = shapely.convex_hull(part)
    if shapely.area(hull) - shapely.area(part) <= 1e-9 * shapely.area(hull):
        return points[0], [shapely.get_coordinates(hull)[:-1]]
    triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(part))
    return points[0], [shapely.get_coordinates(triangle)[:-1] for triangle in triangles]


def _edges(shape: Any) -> np.ndarray:
    """(n, 2, 2) edges of lines; a point is an edge of no length."""
    points, part = shapely.get_coordinates(shapely.get_parts(shape), return_index=True)
    same = part[1:] == part[:-1]
    alone = points[np.bincount(part, minlength=1)[part] == 1] if len(part) else points
    return np.concatenate([np.stack([points[:-1][same], points[1:][same]], axis=1), np.stack([alone, alone], axis=1)])


def _swept(edges: np.ndarray, piece: np.ndarray) -> list[Any]:
    """Where the handle is while a convex piece touches each edge: the hull of the edge's ends less the piece's corners."""
    if len(edges) == 0:
        return []
    corners = (edges[:, :, None, :] - piece[None, None, :, :]).reshape(-1, 2)
    owner = np.repeat(np.arange(len(edges)), 2 * len(piece))
    hulls = shapely.convex_hull(shapely.multipoints(shapely.points(corners), indices=owner))
    return list(hulls[shapely.get_dimensions(hulls) == 2])


class Felt(Zone):
    """A zone as a site with an extent feels it, by where the handle is (the site drawn for one latitude)."""

    def __init__(self, zone: Zone, body: Body, lat: float) -> None:
        super().__init__(zone.name, zone.index, zone.yes, zone.silent, zone.elsewhere, zone.reach_m)
        self.zone, self.body, self.lat = zone, body, lat
        self._kept: tuple[Any, tuple[Any, Any]] | None = None

    def shapes(self, tile: Any) -> tuple[Any, Any]:
        """As `Zone.shapes`; the answer for the tile asked last is kept."""
        if self._kept is None or self._kept[0] is not tile:
            around = surroundings(tile, self.body)
            yes, silent = self.zone.shapes(around)
            lines = self.zone.lines(around) if self.reach_m is None else []
            self._kept = tile, (self._felt(yes, lines, around), self._felt(silent, [], around))
        return self._kept[1]

    def _felt(self, land: Any, lines: Sequence[Any], around: Any) -> Any:
        if land is not None:
            land = around if shapely.covers(land, around) else land_of(shapely.intersection(land, around), 0.0)
        return self.body.widened(land, lines, self.lat) if land is not None or lines else None


def surroundings(tile: Any, body: Body) -> Any:
    """A box around a tile in which lies whatever a site can touch whose handle is in the tile."""
    west, south, east, north = shapely.bounds(tile).tolist()
    wide, tall = (body.reach_m + 1.0) * _MARGIN / _scale(max(abs(south), abs(north)))
    return shapely.box(west - wide, south - tall, east + wide, north + tall)


def disc(lon: float, lat: float, radius_m: float) -> Any:
    """A polygon that holds all places within a distance, up to 100 km, and few others."""
    # The plane that is tangent there is off by less than 1 % at 100 km; a polygon's sides lie within its circle.
    round_one = shapely.buffer(shapely.Point(0, 0), radius_m * 1.01 / np.cos(np.pi / 128), quad_segs=32)
    return shapely.transform(round_one, lambda at: at / _scale(lat) + (lon, lat))


def kept_inside(tile: Any, land: Any, body: Body, lat: float) -> Any:
    """The part of a tile in which the handle is while the whole site lies on some land; None for none."""
    around = surroundings(tile, body)
    here = land_of(shapely.intersection(land, around), 0.0)
    if here is None:
        return None
    if not body.is_point and not shapely.covers(here, around):
        # Holes that are hairs between neighbours are no border.
        here = _less_hairs(here)
        off = body.widened(land_of(shapely.difference(around, here), HAIR_M), [], lat)
        return tile if off is None else land_of(shapely.difference(tile, off))
    return land_of(shapely.intersection(tile, here))


def land_around(index: LayerIndex, body: Body, radius_m: float) -> Any:
    """The union of a layer's polygons around all places to which a body may be moved by a distance; None for none."""
    near = index.tree.query(disc(*body.handle, radius_m + 2 * body.reach_m + 100.0), predicate="intersects")
    near = near[index.part_dimension[near] == 2]
    return united(index.parts[near]) if len(near) else None


def borders_of(name: str, index: LayerIndex) -> Zone:
    """The zone of a layer's borders: does a site with an extent lie across one?"""
    lines = LayerIndex(Frame(shapely.boundary(np.asarray(index.frame.geometry, dtype=object))))
    return Zone(name, lines, range(len(lines)), elsewhere=False)


def less(land: Any, shapes: Sequence[Any]) -> Any:
    """Land without some shapes."""
    return shapely.difference(land, shapely.union_all(np.asarray(shapes, dtype=object))) if len(shapes) else land


def _less_hairs(land: Any) -> Any:
    parts = []
    for part in shapely.get_parts(land):
        holes = [shapely.Polygon(ring) for ring in part.interiors]
        wide = [hole.exterior for hole in holes if land_of(hole) is not None]
        parts.append(shapely.Polygon(part.exterior, wide))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def nearest_with_room(
    land: Any, lon: float, lat: float, room_m: float, within_m: float
) -> tuple[float, float, float] | None:
    """The nearest place in land that has room to all its borders: longitude, latitude, and how far the land itself is.

    land : polygons, degrees; room_m : metres to every border; within_m : None is said where there is none within it.
    Distances are geodesics (to a millimetre): sought in the azimuthal equidistant plane of the start, edges in short steps.

    >>> lon, lat, border = nearest_with_room(shapely.box(112.0, 37.0, 112.1, 37.1), 111.9, 37.05, 1.0, 20_000.0)
    >>> round((lon - 112.0) * 88_900, 1), round(lat, 4), round(border)
    (1.0, 37.05, 8895)
    """
    import pyproj

    onto = pyproj.Transformer.from_crs(
        "EPSG:4490", f"+proj=aeqd +lon_0={lon!r} +lat_0={lat!r} +ellps=GRS80", always_xy=True
    )
    plane = shapely.transform(
        shapely.segmentize(land, _STEP), lambda at: np.column_stack(onto.transform(at[:, 0], at[:, 1]))
    )
    start = shapely.Point(0, 0)
    border = float(shapely.distance(plane, start))
    around = border + 20 * room_m + 50.0
    while border <= within_m:
        near = shapely.intersection(plane, shapely.buffer(start, around + room_m, quad_segs=256))
        inner = shapely.buffer(near, -room_m, quad_segs=_QUARTER)
        if not shapely.is_empty(inner):
            line = shapely.shortest_line(start, inner)
            # What the circle itself cut off lies at its rim.
            if shapely.length(line) <= min(around * _ROUND, within_m):
                x, y = shapely.get_coordinates(line)[1].tolist()
                lon, lat = onto.transform(x, y, direction="INVERSE")
                return float(lon), float(lat), border
        if around > within_m:
            return None
        around *= 2
    return None


def geodesic_m(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Distance in metres and bearing (degrees from north, clockwise, 0–360) from one place to another."""
    bearing, _, metres = geodesics().inv(*one, *other)
    return float(metres), float(bearing) % 360.0
