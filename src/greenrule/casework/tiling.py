"""The map of a workspace: which layers it shows, what their tiles carry, and making the tiles.

Every layer version has tiles of its own; the borders of counties, cities and the province are drawn from those layers.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.casework.layerimport import layer_kinds
from greenrule.casework.report_map import CLASS_LOOK
from greenrule.casework.report_words import DEMO, ZONE_CLASS
from greenrule.core.clock import china_today
from greenrule.core.errors import InputFault
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace

if TYPE_CHECKING:
    from greenrule.spatial.layerread import LayerKind

BORDERS = "borders"
#: Raised whenever tiles of the same layer would come out otherwise.
FORMAT = 1
#: Fields in sentences: a map shows names, and whoever wants these asks the place.
_PROSE = {"spatial_constraint", "pollution_control", "risk_control", "resource_efficiency", "remark"}
_LEVELS = {"province": "省界", "city": "市界", "county": "县界"}
_COLOURS_FROM = "优先绿、重点橙红、一般黄，为各省公开图件的通行用色；国家成果图件规范的色值未见原文，色值取本系统报告所用的，并以图案区别。"


@dataclass(frozen=True)
class TileLayer:
    """A layer of the map: the versions it is drawn from (one, or several for borders) and the digest of its tiles."""

    id: str
    digest: str
    versions: tuple[LayerVersion, ...]

    @property
    def demo(self) -> bool:
        """Whether any of it is demonstration."""
        return any(version.demo for version in self.versions)


def layer_of(version: LayerVersion) -> TileLayer:
    """The map layer of one layer version, drafts as well."""
    return TileLayer(version.kind, _digest([version]), (version,))


def borders_of(versions: Iterable[LayerVersion]) -> TileLayer | None:
    """The borders that a set of versions gives; None without a layer of areas."""
    areas = [version for version in versions if version.kind in _LEVELS]
    areas.sort(key=lambda version: list(_LEVELS).index(version.kind))
    return TileLayer(BORDERS, _digest(areas), tuple(areas)) if areas else None


def _digest(versions: list[LayerVersion]) -> str:
    text = " ".join([f"v{FORMAT}", *(version.sha256 for version in versions)])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def map_layers(workspace: Workspace, on: date | None = None) -> list[TileLayer]:
    """The layers that hold on a day (today), borders last."""
    held = workspace.layers(on)
    borders = borders_of(held.values())
    return [*(layer_of(version) for version in held.values()), *([borders] if borders else [])]


def make_tiles(workspace: Workspace, layer: TileLayer) -> Path:
    """Make the tiles of a layer where they are not there yet; EnvironmentFault TIL002 where the disk refuses."""
    return workspace.tiles.make(layer.id, layer.digest, partial(_write, workspace, layer))


def make_all(workspace: Workspace, progress: Callable[[str, int, int], None] | None = None) -> int:
    """Make what today's map needs, sweep what no map needs any more; how many archives were made.

    progress : what is done, how many of how many
    """
    layers = map_layers(workspace)
    made = 0
    for number, layer in enumerate(layers):
        if workspace.tiles.open(layer.id, layer.digest) is None:
            make_tiles(workspace, layer)
            made += 1
        if progress:
            progress("生成地图瓦片", number + 1, len(layers))
    workspace.tiles.sweep((layer.id, layer.digest) for layer in layers)
    return made


def _write(workspace: Workspace, layer: TileLayer, path: Path) -> None:
    from greenrule.spatial.borderlines import border_lines
    from greenrule.spatial.tilewriting import carried, write_tiles

    if layer.id == BORDERS:
        frame = border_lines({version.kind: workspace.read(version).geometry for version in layer.versions})
    else:
        frame = workspace.read(layer.versions[0])
    write_tiles(frame, path, layer.id, [name for name in carried(frame) if name not in _PROSE])


def describe(workspace: Workspace, layers: Iterable[TileLayer]) -> dict[str, Any]:
    """What a map needs to know: for each layer title, tiles, bounds, zooms, attributes with labels, demo mark; colours of classes."""
    told = [_told(workspace, layer) for layer in layers]
    return {
        "layers": told,
        "classes": [
            {"class": code, "label": label, "fill": CLASS_LOOK[code][0], "stroke": CLASS_LOOK[code][1]}
            for code, label in ZONE_CLASS.items()
        ],
        "colours": {"source": _COLOURS_FROM, "sure": False},
        "notices": [DEMO] if any(layer["demo"] for layer in told) else [],
    }  # fmt: skip


def _told(workspace: Workspace, layer: TileLayer) -> dict[str, Any]:
    from greenrule.spatial.tilewriting import NUMBER, ZOOMS

    looked = [_looked(workspace.path, version) for version in layer.versions]
    columns: tuple[str, ...] = ("level",)
    title, geometry = "行政区边界", "line"
    labels, words = {"level": "级别"}, {"level": _LEVELS}
    if layer.id != BORDERS:
        title, columns = layer.versions[0].title.replace(DEMO, "").strip(), looked[0].columns
        kind = _kinds().get(layer.id)
        fields = kind.fields if kind else {}
        geometry = kind.geometry if kind else "any"
        labels = {name: field.label for name, field in fields.items()}
        # Of several words for one code the first is the full one.
        words = {name: {code: word for word, code in reversed(list(field.words.items())) if not word.isascii()}
                 for name, field in fields.items() if name in columns and field.words}  # fmt: skip
    boxes = list(zip(*(item.bounds for item in looked), strict=True))
    return {
        "id": layer.id, "title": title, "geometry": geometry, "digest": layer.digest,
        "tiles": f"/tiles/{layer.id}/{layer.digest}/{{z}}/{{x}}/{{y}}.mvt", "source_layer": layer.id,
        "bounds": [min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])], "minzoom": ZOOMS[0], "maxzoom": ZOOMS[1],
        "id_field": NUMBER, "fields": [{"name": name, "label": labels.get(name, name)} for name in columns], "words": words,
        "demo": layer.demo, "source": "；".join(dict.fromkeys(version.source for version in layer.versions)),
        "versions": [
            {"kind": version.kind, "sha256": version.sha256, "valid_from": version.valid_from.isoformat()}
            for version in layer.versions
        ],
    }  # fmt: skip


def find_layer(workspace: Workspace, name: str, digest: str) -> tuple[TileLayer, bool] | None:
    """The layer with these tiles, and whether it is public; borders are known as of the days on which a layer of areas began."""
    if name == BORDERS:
        days = {version.valid_from for version in workspace.published() if version.kind in _LEVELS} | {china_today()}
        known = (borders_of(workspace.layers(day).values()) for day in sorted(days, reverse=True))
        found = next((borders for borders in known if borders is not None and borders.digest == digest), None)
        return (found, True) if found else None
    public = {version.seq for version in workspace.published()}
    same = [version for version in workspace.versions(name) if layer_of(version).digest == digest]
    # The same file may have been imported twice, once as a draft: what was published once is public.
    best = max(same, key=lambda version: version.seq in public, default=None)
    return (layer_of(best), best.seq in public) if best else None


@dataclass(frozen=True)
class _Looked:
    bounds: tuple[float, float, float, float]
    columns: tuple[str, ...]


@lru_cache(maxsize=256)
def _looked(path: Path, version: LayerVersion) -> _Looked:
    """Bounds and carried columns of a version; a version never changes."""
    from greenrule.spatial.frame import bounds
    from greenrule.spatial.tilewriting import carried

    frame = Workspace(path).read(version)
    return _Looked(bounds(frame), tuple(name for name in carried(frame) if name not in _PROSE))


@lru_cache(maxsize=1)
def _kinds() -> dict[str, LayerKind]:
    return layer_kinds()


def main(words: list[str]) -> None:
    """Make the tiles of one layer in a process of its own: WORKSPACE LAYER DIGEST."""
    workspace = Workspace.open(words[0])
    found = find_layer(workspace, words[1], words[2])
    if found is None:
        return
    try:
        make_tiles(workspace, found[0])
    except InputFault as error:  # the disk refuses, or the layer's file is damaged
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
