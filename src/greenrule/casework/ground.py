"""The layers of a day, ready to be asked about one place after another: what a site meets, what lies near it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from greenrule.rules.book import FactSpec
from greenrule.spatial.nearness import near_any
from greenrule.spatial.overlay import Hit, LayerIndex
from greenrule.spatial.overlay import measure as measure_of
from greenrule.spatial.together import Found, Together
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asks:
    """What one fact asks of a layer: the features that count, and whether the layer has the columns that tell."""

    rule: Mapping[str, Any]
    kind: str
    version: LayerVersion
    index: LayerIndex
    source: str
    where: tuple[str, ...]
    rows: tuple[int, ...]
    #: row → whether it counts; part → whether its row does
    counts: np.ndarray
    parts: np.ndarray
    known: bool


@dataclass(slots=True)
class _Answers:
    """What was answered of one geometry."""

    geometry: Any
    whole: float | None = None
    met: Found | None = None
    hits: dict[str, list[Hit]] = field(default_factory=dict)
    reach: float | None = None
    around: Found | None = None


@dataclass
class Ground:
    """The layers that hold on a day as known on another, indexed when first asked."""

    workspace: Workspace
    on: date
    known: date | None = None
    versions: dict[str, LayerVersion] = field(default_factory=dict)
    #: kind → "sha256:…": exactly these versions, whatever was imported since
    pinned: Mapping[str, str] | None = None
    #: what counts as today where no day of knowledge is given
    today: date | None = None
    #: layers that are open already, and where those opened here are put
    opened: MutableMapping[LayerVersion, LayerIndex] = field(default_factory=dict)
    _indexes: dict[str, LayerIndex] = field(default_factory=dict)
    _rows: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    _asks: dict[str, Asks | None] = field(default_factory=dict)
    #: a rulebook's facts, and those of them that ask about the place
    _placed: tuple[Any, tuple[FactSpec, ...]] = (None, ())
    #: fact → what `greenrule.casework.placing` says of it wherever its layer has nothing
    absent: dict[str, Any] = field(default_factory=dict)
    #: the geometry asked last, and what was answered: one screening asks the same question several times
    _asked: _Answers = field(default_factory=lambda: _Answers(None))
    #: the layers that can be asked together; made for the second geometry, for one question is answered sooner without
    _together: Together | None = None
    #: what `expect` was told, by the geometries' bytes, and the hits of all of them, by layer kind
    _expected: tuple[Any, list[bytes]] | None = None
    _many: dict[str, dict[bytes, list[Hit]]] = field(default_factory=dict)
    #: the geometry asked last and its bytes: it is asked of one layer after another
    _keyed: tuple[Any, bytes] = (None, b"")

    def __post_init__(self) -> None:
        if self.pinned is None:
            self.versions = self.workspace.layers(self.on, self.known or self.today)
        else:
            wanted = set(self.pinned.items())
            self.versions = {v.kind: v for v in self.workspace.versions() if (v.kind, f"sha256:{v.sha256}") in wanted}

    def index(self, kind: str) -> LayerIndex | None:
        """The index of a layer kind, None where the workspace holds none."""
        version = self.versions.get(kind)
        if version is None:
            return None
        if kind not in self._indexes:
            found = self.opened.get(version)
            if found is None:
                found = self.opened[version] = self.workspace.index(version)
            self._indexes[kind] = found
        return self._indexes[kind]

    def rows(self, kind: str, where: Mapping[str, Any]) -> tuple[int, ...]:
        """Features of a layer whose attributes match."""
        key = (kind, repr(sorted(where.items())))
        if key not in self._rows:
            index = self.index(kind)
            assert index is not None
            columns = index.frame.columns
            self._rows[key] = tuple(
                row for row in range(len(index.frame))
                if all(name in columns and _matches(columns[name][row], wanted) for name, wanted in where.items())
            )  # fmt: skip
        return self._rows[key]

    def expect(self, geometries: Sequence[Any]) -> None:
        """Say which geometries will be asked; each layer then answers for all of them at once, when first asked.

        Answers stay the same.  Worth it from some hundred sites on; an empty sequence forgets them.
        """
        from greenrule.spatial.index.exact import SiteBatch

        keys = [bytes(geometry.wkb) for geometry in geometries]
        self._expected = (SiteBatch(list(geometries)), keys) if keys else None
        self._many = {}

    def _expected_hits(self, kind: str, index: LayerIndex, geometry: Any) -> list[Hit] | None:
        if self._expected is None:
            return None
        if kind not in self._many:
            batch, keys = self._expected
            self._many[kind] = dict(zip(keys, index.hits_of_sites(batch), strict=True))
        if self._keyed[0] is not geometry:
            self._keyed = (geometry, bytes(geometry.wkb))
        return self._many[kind].get(self._keyed[1])

    def hits(self, kind: str, geometry: Any) -> list[Hit]:
        """Features of a layer that a geometry meets."""
        index = self.index(kind)
        assert index is not None
        known = self._expected_hits(kind, index, geometry)
        return self._hits(kind, index, geometry) if known is None else known

    def _hits(self, kind: str, index: LayerIndex, geometry: Any) -> list[Hit]:
        asked = self._answers(geometry)
        if kind not in asked.hits:
            met = asked.met.of(kind) if asked.met is not None else None
            nothing = met is not None and not met
            asked.hits[kind] = [] if nothing else index.hits(geometry, whole=asked.whole, boxes=met)
        return asked.hits[kind]

    def _answers(self, geometry: Any) -> _Answers:
        if self._asked.geometry is not geometry:
            if self._together is None and self._asked.geometry is not None:
                self._together = Together(self._indexes)
            whole = measure_of(geometry) if geometry.geom_type not in ("Point", "MultiPoint") else None
            met = self._together.meeting(geometry) if self._together is not None else None
            self._asked = _Answers(geometry, whole, met)
        return self._asked

    def near(self, asks: Asks, geometry: Any, metres: float) -> bool:
        """Whether a feature that a fact asks for may come within a distance (`spatial.nearness.near_any`)."""
        asked = self._answers(geometry)
        if self._together is not None:
            if asked.reach != metres:
                asked.reach, asked.around = metres, self._together.around(geometry, metres)
            found = asked.around.of(asks.kind) if asked.around is not None else None
            if found is not None:
                return any(map(asks.parts.__getitem__, found))
        return near_any(asks.index, geometry, asks.rows, metres)

    def placed(self, facts: Mapping[str, FactSpec]) -> tuple[FactSpec, ...]:
        """Those of a rulebook's facts that ask about the place."""
        if self._placed[0] is not facts:
            self._placed = facts, tuple(spec for spec in facts.values() if spec.place is not None)
        return self._placed[1]

    def asks(self, spec: FactSpec) -> Asks | None:
        """What a fact of a place asks of the layers; None where its layer is not loaded."""
        if spec.id not in self._asks:
            rule: Mapping[str, Any] = spec.place or {}
            kind = str(rule.get("layer"))
            version, index = self.versions.get(kind), self.index(kind)
            if version is None or index is None:
                self._asks[spec.id] = None
            else:
                where = rule.get("where") or {}
                rows = self.rows(kind, where)
                counts = np.zeros(len(index.frame), dtype=bool)
                counts[list(rows)] = True
                known = all(name in index.frame.columns for name in where)
                source, parts = self.source(kind), counts[index.part_row]
                self._asks[spec.id] = Asks(rule, kind, version, index, source, tuple(where), rows, counts, parts, known)
        return self._asks[spec.id]

    def source(self, kind: str) -> str:
        """How a finding names the layer version."""
        version = self.versions[kind]
        return f"layer:{kind}@{version.sha256[:12]}"


def _matches(cell: Any, wanted: Any) -> bool:
    options = {str(item).lower() for item in (wanted if isinstance(wanted, list) else [wanted])}
    cells = cell if isinstance(cell, (list, tuple)) else str(cell).replace("；", ";").replace(",", ";").split(";")
    return any(str(item).strip().lower() in options for item in cells)
