"""A finding can be recomputed by anybody, and whatever was changed in it shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.casework.project import read_projects
from greenrule.casework.screening import Screener
from greenrule.casework.sealing import sealed
from greenrule.casework.verifying import verify
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law, write

BASE = "name: 甲\non: 2026-11-21\nindustry: '2521'\nnature: new\n"
SQUARE = "[[112.5, 37.8], [112.52, 37.8], [112.52, 37.82], [112.5, 37.82], [112.5, 37.8]]"
CROSSED = "[[112.5, 37.8], [112.52, 37.82], [112.52, 37.8], [112.5, 37.82], [112.5, 37.8]]"
CASES = {
    "no place": "",
    "stated datum": "location: {crs: gcj02, point: [112.55, 37.87]}\n",
    "unknown datum": "location: {point: [112.55, 37.87]}\n",
    "settled by its county": "location: {point: [112.55, 37.87], county: 杏花岭区}\n",
    "degrees": "location: {dms: [112°18′24″, 38°44′02″]}\n",
    "box": 'location: {bbox_dms: ["112°18′24″", "38°44′02″", "112°21′17″", "38°46′42″"]}\n',
    "metres": "location: {crs: 'gk3:112', point: [548000, 4192000]}\n",
    "mended": f"location: {{crs: cgcs2000, geometry: {{type: Polygon, coordinates: [{CROSSED}]}}}}\n",
    "geopackage": "location: {file: q.gpkg}\n",
    "shapefile without prj": "location: {file: q.shp}\n",
    "geojson": "location: {file: q.geojson}\n",
    "kml": "location: {file: q.kml}\n",
    "several shapes": "location: {file: two.gpkg}\n",
    "facts": "facts: {capacity: 106 万吨/年, burns_coal: 是, sensitive.any: '?'}\n",
}
KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Point><coordinates>112.5,37.8</coordinates></Point>'
    "</Placemark></kml>"
)


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Geometry files of several kinds."""
    import pyogrio
    import shapely

    path = tmp_path_factory.mktemp("files")
    boxes = np.array([shapely.box(112.5, 37.8, 112.52, 37.82), shapely.box(112.53, 37.8, 112.54, 37.82)])
    for name, count, crs in (("q.gpkg", 1, "EPSG:4326"), ("two.gpkg", 2, "EPSG:4490"), ("q.shp", 1, "EPSG:4490")):
        pyogrio.raw.write(
            str(path / name), shapely.to_wkb(boxes[:count]), [np.arange(count)], ["a"], geometry_type="Polygon", crs=crs
        )
    (path / "q.prj").unlink()
    write(path / "q.geojson", f'{{"type": "Polygon", "coordinates": [{SQUARE}]}}')
    write(path / "q.kml", KML)
    return path


@pytest.mark.parametrize("case", CASES)
def test_every_finding_can_be_recomputed(case, folder, screener):
    """Offline, without the files that the project named, from its JSON text."""
    path = write(folder / "甲.yaml", BASE + CASES[case])
    project = read_projects(path, screener.law, repair=True)[0]
    for everything in (False, True):
        finding = json.loads(
            json.dumps(screener.screen(project, everything=everything, repair=True), ensure_ascii=False)
        )
        for part in folder.glob("q.*"):
            part.rename(part.with_suffix(part.suffix + ".away"))
        try:
            assert verify(finding, screener) == []
        finally:
            for part in folder.glob("q.*.away"):
                part.rename(part.with_suffix(""))


@pytest.fixture(scope="session")
def honest(screener, folder) -> dict[str, Any]:
    """A finding with something in every part."""
    path = write(
        folder / "乙.yaml", BASE + "location: {crs: cgcs2000, point: [112.55, 37.87]}\nfacts: {capacity: 106 万吨/年}\n"
    )
    finding: dict[str, Any] = json.loads(json.dumps(screener.screen(read_projects(path, screener.law)[0])))
    return finding


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path


def _changed(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return value + "x" if not value else value[:-1] + ("x" if value[-1] != "x" else "y")


@settings(max_examples=15)
@given(data=st.data())
def test_any_change_is_found_even_under_a_new_seal(data, honest, screener):
    """Decision, reasons, units, obligations, versions: one value changed, the digest renewed, and it shows."""
    paths = [path for path in _leaves(honest) if path[0] not in ("digest", "project")]
    path = data.draw(st.sampled_from([("decision",), *paths]))
    forged = copy.deepcopy(honest)
    at = forged
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = _changed(at[path[-1]])

    assert [item["path"] for item in verify(forged, screener)] != []
    assert verify(sealed(forged), screener) != []


@pytest.mark.parametrize("key", ["reasons", "missing", "doubts", "obligations", "units"])
def test_a_row_taken_away_or_doubled_is_found(key, honest, screener):
    """Silence is a change too."""
    for change in (lambda rows: rows[1:], lambda rows: [*rows, rows[-1]]):
        if honest[key]:
            forged = sealed({**copy.deepcopy(honest), key: change(honest[key])})
            assert verify(forged, screener)


def test_a_changed_digest_is_found(honest, screener):
    """The seal itself."""
    forged = {**honest, "digest": "sha256:" + "0" * 64}

    assert [item["path"] for item in verify(forged, screener)] == ["digest"]


def test_a_changed_project_is_found(honest, screener):
    """Another question would have had another answer."""
    forged = copy.deepcopy(honest)
    forged["project"]["industry"] = "0313"

    assert verify(sealed(forged), screener)


def test_items_are_compared_with_their_namesakes(honest, screener):
    """A row taken from the middle is one difference, not one for every row behind it."""
    rows = honest["reasons"]
    gone = rows[len(rows) // 2]
    forged = sealed({**copy.deepcopy(honest), "reasons": [row for row in rows if row is not gone]})

    assert [item["path"] for item in verify(forged, screener)] == [f"reasons[{gone['rule']}]"]
