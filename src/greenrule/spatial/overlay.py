"""Which features of a layer a site touches, and how much of it lies in each: exact shares, true areas.

The overlay is done in longitude/latitude, where layers store their edges: features that share an edge there share it
exactly, so the shares of a full coverage add up to one.  (Projecting first bends every edge differently at its corner
points and opens slivers.)  Areas are then integrals along those very edges in the ellipsoid's equal-area measure –
the authalic latitude that Albers 25/47 and Lambert's projections are built on – so they are true areas, need no
choice of centre or parallels, and splitting an edge changes nothing.  Lengths are integrated the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from greenrule.spatial.frame import Frame

if TYPE_CHECKING:
    import pyproj

    from greenrule.spatial.index.exact import ExactIndex, Met, PointBatch, SiteBatch

# Overlaps narrower than this are noise of digitising and of the last bits, not land: metres.
_HAIR_M = 1e-4
# Three Gauss–Legendre points per edge: the error of an edge of one degree is far below the last digit shown.
_NODES = np.array([0.5 - np.sqrt(0.15), 0.5, 0.5 + np.sqrt(0.15)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature that a site meets.

    row : row of the frame; share : part of the site in the feature, 0–1 (of area, of length, or of points)
    measure : m² for polygon sites, m for line sites, number of points for point sites; where the feature is of lower
    dimension than the site (a river line crossing a works), its length in the site, with share 0
    on_boundary : for points, exactly on the border of the feature (which counts as inside); for lines and polygons, the
    site only touches the feature's edge (to 0.1 mm) and no part of it lies inside; share and measure are then 0
    """

    row: int
    share: float
    measure: float
    on_boundary: bool


class LayerIndex:
    """A layer ready to be asked: multi-part features are indexed by part.

    frame : geometries in EPSG:4490, valid
    exact : gives the layer's stored index for many sites at once; built in memory when None

    One site is asked of shapely's tree, which needs no compiled kernels; many sites are asked of the exact index.
    Both answer alike.
    """

    def __init__(self, frame: Frame, exact: Callable[[], ExactIndex | None] | None = None) -> None:
        self.frame = frame
        self._open_exact = exact
        self._exact: ExactIndex | None = None
        self._exact_tried = False
        geometry = np.asarray(frame.geometry, dtype=object)
        #: Single-part geometries, and the row of the frame each belongs to.
        self.parts, self.part_row = shapely.get_parts(geometry, return_index=True)
        self.part_dimension = shapely.get_dimensions(self.parts)
        self.part_bounds = shapely.bounds(self.parts)
        self.tree = shapely.STRtree(self.parts)
        shapely.prepare(self.parts)
        # Filled by `nearness`: borders of parts, by number, and of unions of parts, by the set of numbers.
        self.runs: dict[int, Any] = {}
        self.outlines: dict[tuple[int, ...], Any] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def chosen(self, rows: Sequence[int] | np.ndarray | None) -> np.ndarray | None:
        """Boolean mask over the parts for the chosen rows; None means all."""
        if rows is None:
            return None
        wanted = np.zeros(len(self.frame), dtype=bool)
        wanted[np.asarray(rows, dtype=int)] = True
        return np.asarray(wanted[self.part_row])

    def meeting(
        self, geometry: Any, rows: Sequence[int] | np.ndarray | None = None, boxes: Sequence[int] | None = None
    ) -> np.ndarray:
        """Numbers of the parts that have a point in common with the geometry, ascending."""
        found = np.sort(self.tree.query(geometry) if boxes is None else np.array(boxes, dtype=int))
        mask = self.chosen(rows)
        if mask is not None:
            found = found[mask[found]]
        return np.asarray(found[shapely.intersects(self.parts[found], geometry)])

    @property
    def exact(self) -> ExactIndex | None:
        """The index for many sites at once, opened or built when first asked; None where it cannot be built."""
        if not self._exact_tried:
            from greenrule.spatial.index.exact import ExactIndex

            self._exact = self._open_exact() if self._open_exact else ExactIndex.build(self.frame.geometry)
            self._exact_tried = True
        return self._exact

    def rows_of_points(self, points: np.ndarray | PointBatch) -> Met:
        """The rows over many points, (n, 2) degrees, with those on whose border they lie.

        >>> index = LayerIndex(Frame(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)])))
        >>> met = index.rows_of_points(np.array([[113.5, 37.5], [113.0, 37.5], [0.0, 0.0]]))
        >>> list(zip(met.item.tolist(), met.row.tolist(), met.edge.tolist()))
        [(0, 1, False), (1, 0, True), (1, 1, True)]
        """
        from greenrule.spatial.index.exact import PointBatch, met_by_shapely

        if self.exact is not None:
            return self.exact.points(points)
        asked = points.points if isinstance(points, PointBatch) else points
        return met_by_shapely(self.parts, self.part_row, self.part_dimension == 2, shapely.points(asked))

    def rows_of_sites(self, sites: np.ndarray | SiteBatch) -> Met:
        """The rows that many geometries meet, (n,) shapely in degrees; which of them hold a geometry wholly inside."""
        from greenrule.spatial.index.exact import SiteBatch, met_by_shapely

        if self.exact is not None:
            return self.exact.sites(sites)
        asked = sites.geometry if isinstance(sites, SiteBatch) else np.asarray(sites, dtype=object)
        return met_by_shapely(self.parts, self.part_row, self.part_dimension == 2, asked)

    def hits_of_sites(self, sites: np.ndarray | SiteBatch) -> list[list[Hit]]:
        """`hits` of many geometries at once, in their order; only those that a border enters are overlaid."""
        from greenrule.spatial.index.exact import SiteBatch

        batch = sites if isinstance(sites, SiteBatch) else SiteBatch(sites)
        asked = batch.geometry
        met = self.rows_of_sites(batch)
        if batch.measures is None:
            batch.measures = measures(asked)
        wholes = batch.measures.tolist()
        found: list[list[Hit]] = [[] for _ in asked]
        crossed = np.zeros(len(asked), dtype=bool)
        crossed[met.item[met.edge]] = True
        for item, row in zip(*(some[~crossed[met.item]].tolist() for some in (met.item, met.row)), strict=True):
            found[item].append(Hit(row, 1.0, wholes[item], False))
        for item in np.flatnonzero(crossed).tolist():
            rows = met.row[slice(*np.searchsorted(met.item, [item, item + 1]))]
            found[item] = self.hits(asked[item], rows, wholes[item])
        return found

    def hits(
        self,
        geometry: Any,
        rows: Sequence[int] | np.ndarray | None = None,
        whole: float | None = None,
        boxes: Sequence[int] | None = None,
    ) -> list[Hit]:
        """The features the site meets, by row.

        geometry : shapely, degrees, EPSG:4490, valid; rows : the features to ask, all when None; whole : the site's own
        measure, when the caller asks many layers about one site; boxes : the parts whose boxes meet its own, if known

        >>> index = LayerIndex(Frame(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)])))
        >>> [(hit.row, round(hit.share, 6)) for hit in index.hits(shapely.box(112.9, 37.4, 113.1, 37.6))]
        [(0, 0.5), (1, 0.5)]
        """
        parts = self.meeting(geometry, rows, boxes)
        if len(parts) == 0:
            return []
        dimension = int(shapely.get_dimensions(geometry))
        if dimension == 0:
            return self._point_hits(geometry, parts)
        whole = measure(geometry) if whole is None else whole
        # Per row: measure inside, whether anything is really inside, whether a lower-dimensional feature crosses.
        inside: dict[int, tuple[float, bool, bool]] = {}
        for part in parts.tolist():
            row = int(self.part_row[part])
            amount, real, lower = self._part_measure(geometry, dimension, part, whole)
            before = inside.get(row, (0.0, False, True))
            inside[row] = (before[0] + amount, before[1] or real, before[2] and lower)
        # A touch has no measure, not even the hair that digitising left: "share > 0" and "not a touch" must agree.
        return [
            Hit(row, 0.0 if lower else min(amount / whole, 1.0), amount, False) if real else Hit(row, 0.0, 0.0, True)
            for row, (amount, real, lower) in sorted(inside.items())
        ]

    def _point_hits(self, geometry: Any, parts: np.ndarray) -> list[Hit]:
        if geometry.geom_type == "Point":  # as below, for the one point that meets all of these parts
            inner = shapely.contains_properly(self.parts[parts], geometry) | (self.part_dimension[parts] != 2)
            inmost: dict[int, bool] = {}
            for row, inside in zip(self.part_row[parts].tolist(), inner.tolist(), strict=True):
                inmost[row] = inside or inmost.get(row, False)
            return [Hit(row, 1.0, 1.0, not inside) for row, inside in sorted(inmost.items())]
        points = shapely.get_parts(geometry)
        within = shapely.intersects(self.parts[parts][:, None], points[None, :])
        # Lines and points have no inside to be on the border of.
        border = within & ~shapely.contains_properly(self.parts[parts][:, None], points[None, :])
        border &= (self.part_dimension[parts] == 2)[:, None]
        hits = []
        for row in np.unique(self.part_row[parts]).tolist():
            mine = self.part_row[parts] == row
            count = int(within[mine].any(axis=0).sum())
            properly = (within[mine] & ~border[mine]).any(axis=0)
            on_border = bool((border[mine].any(axis=0) & ~properly).any())
            hits.append(Hit(row, count / len(points), float(count), on_border))
        return hits

    def _part_measure(self, geometry: Any, dimension: int, part: int, whole: float) -> tuple[float, bool, bool]:
        """Measure of the site in one part, whether it is more than a touch, and whether the part has lower
        dimension."""
        feature = self.parts[part]
        if self.part_dimension[part] < dimension:
            crossing = shapely.intersection(geometry, feature)
            return (measure(crossing) if self.part_dimension[part] else 0.0), True, True
        if self.part_dimension[part] == 2 and shapely.contains_properly(feature, geometry):
            return whole, True, False
        common = _common(feature, geometry)
        if dimension == 1 and self.part_dimension[part] == 2:
            # What runs along the edge is in neither neighbour; the shares of a coverage must not count it twice.
            common = shapely.difference(common, shapely.boundary(feature))
        pieces = shapely.get_parts(common)
        pieces = pieces[shapely.get_dimensions(pieces) == dimension]
        amount = float(np.sum(areas_m2(pieces) if dimension == 2 else lengths_m(pieces)))
        if dimension == 1:
            # A line has no edge to touch: a pipeline that crosses a river line meets it, with no length in common.
            return amount, amount > _HAIR_M or self.part_dimension[part] == 1, False
        return amount, amount > _HAIR_M * float(np.sum(lengths_m(shapely.boundary(pieces)))) / 2, False


def _common(feature: Any, geometry: Any) -> Any:
    try:
        return shapely.intersection(feature, geometry)
    except shapely.errors.GEOSException:
        # Layers are checked on import; one that slipped through is mended here rather than failing the question.
        return shapely.intersection(shapely.make_valid(feature), shapely.make_valid(geometry))


def measure(geometry: Any) -> float:
    """Area in m² of a polygonal, length in m of a linear, number of a point geometry in degrees (EPSG:4490)."""
    parts = shapely.get_parts(geometry)
    dimension = int(shapely.get_dimensions(geometry))
    if dimension == 2:
        return float(areas_m2(parts[shapely.get_dimensions(parts) == 2]).sum())
    if dimension == 1:
        return float(lengths_m(parts[shapely.get_dimensions(parts) == 1]).sum())
    return float(len(parts))


def measures(geometry: np.ndarray) -> np.ndarray:
    """`measure` of each of an array (n,) of geometries, worked out together where each is one area.

    >>> (measures(np.array([shapely.box(112, 37, 113, 38), shapely.Point(112, 37)])) / [1e6, 1]).round().tolist()
    [9814.0, 1.0]
    """
    single = shapely.get_type_id(geometry) == 3
    found = np.empty(len(geometry))
    found[single] = areas_m2(geometry[single])
    found[~single] = [measure(some) for some in geometry[~single]]
    return found


@lru_cache(maxsize=1)
def ellipsoid() -> tuple[float, float]:
    """Semi-major axis (m) and squared eccentricity of the CGCS2000 ellipsoid, which is GRS80 to eleven digits."""
    shape = geodesics()
    return float(shape.a), float(shape.es)


@lru_cache(maxsize=1)
def geodesics() -> pyproj.Geod:
    """Geodesic computations on the ellipsoid of CGCS2000."""
    import pyproj

    return pyproj.Geod(ellps="GRS80")


def _authalic(phi: np.ndarray) -> np.ndarray:
    """Snyder's q (Map Projections – A Working Manual, 1987, eq. 3-12): equal steps of q bound equal areas."""
    _, e2 = ellipsoid()
    e = np.sqrt(e2)
    sine = np.sin(phi)
    return np.asarray((1.0 - e2) * (sine / (1.0 - e2 * sine * sine) + np.arctanh(e * sine) / e))


def areas_m2(polygons: np.ndarray) -> np.ndarray:
    """True areas (m², ellipsoidal) of an array (n,) of polygons whose edges are straight in longitude/latitude.

    >>> round(float(areas_m2(np.array([shapely.box(112, 37, 113, 38)]))[0]) / 1e6)
    9814
    """
    polygons = np.asarray(polygons, dtype=object)
    parts, owner_part = shapely.get_parts(polygons, return_index=True)
    if len(parts) == 0:
        return np.zeros(len(polygons))
    rings, owner = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.r_[True, ring[1:] != ring[:-1]]
    start = np.flatnonzero(first)[ring]
    # Differences from the ring's first corner, so that small sites keep their digits.
    lam = np.radians(points[:, 0] - points[start, 0])
    phi = np.radians(points[:, 1])
    edge = ~first[1:]
    step = (lam[1:] - lam[:-1])[edge]
    along = phi[:-1][edge, None] + (phi[1:] - phi[:-1])[edge, None] * _NODES
    height = (_authalic(along) - _authalic(phi[start])[:-1][edge, None]) @ _WEIGHTS
    a, _ = ellipsoid()
    by_ring = np.abs(np.bincount(ring[:-1][edge], weights=step * height, minlength=len(rings))) * a * a / 2.0
    # The first ring of a polygon is its shell, the others are holes.
    shell = np.r_[True, owner[1:] != owner[:-1]]
    by_part = np.bincount(owner, weights=np.where(shell, by_ring, -by_ring), minlength=len(parts))
    return np.asarray(np.bincount(owner_part, weights=by_part, minlength=len(polygons)))


def lengths_m(lines: np.ndarray) -> np.ndarray:
    """True lengths (m, ellipsoidal) of an array (n,) of lines whose edges are straight in longitude/latitude.

    >>> round(float(lengths_m(np.array([shapely.LineString([(112, 37), (112, 38)])]))[0]))
    110987
    """
    lines = np.asarray(lines, dtype=object)
    parts, owner = shapely.get_parts(lines, return_index=True)
    if len(parts) == 0:
        return np.zeros(len(lines))
    points, part = shapely.get_coordinates(parts, return_index=True)
    edge = part[1:] == part[:-1]
    radians = np.radians(points)
    steps = (radians[1:] - radians[:-1])[edge]
    along = radians[:-1][edge, 1, None] + steps[:, 1, None] * _NODES
    meridian, parallel = radii(along)
    length = np.hypot(meridian * steps[:, 1, None], parallel * steps[:, 0, None]) @ _WEIGHTS
    return np.asarray(np.bincount(owner[part[:-1][edge]], weights=length, minlength=len(lines)))


def radii(phi: Any) -> tuple[Any, Any]:
    """Metres per radian of latitude and of longitude at latitude `phi` (radians, any shape)."""
    a, e2 = ellipsoid()
    root = np.sqrt(1.0 - e2 * np.sin(phi) ** 2)
    return a * (1.0 - e2) / root**3, a * np.cos(phi) / root
