"""The map: layers that a style can be made from, tiles that stay, addresses that lead nowhere."""

from __future__ import annotations

import gzip
import math
from typing import Any

import pytest


@pytest.fixture(scope="module")
def drawn(served: Any) -> Any:
    """The served workspace with the tiles of two small layers made."""
    from greenrule.casework.tiling import make_tiles, map_layers
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(served.workspace)
    layers = {layer.id: layer for layer in map_layers(workspace)}
    for name in ("taixin_zone", "scenic_area"):
        make_tiles(workspace, layers[name])
    return layers


def _at(lon: float, lat: float, z: int) -> str:
    """The part of an address that names the tile with a point."""
    x = int((lon + 180) / 360 * (1 << z))
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * (1 << z))
    return f"{z}/{x}/{y}.mvt"


def test_layers_are_told_with_titles_labels_bounds_and_colours(client: Any) -> None:
    told = client.get("/tiles/layers.json").json()
    layers = {layer["id"]: layer for layer in told["layers"]}
    units = layers["control_unit"]
    assert units["title"] == "生态环境管控单元"
    assert units["demo"]
    assert told["notices"] == ["演示数据（非官方）"]
    assert units["bounds"] == pytest.approx([110.2295, 34.584, 114.5604, 40.7436], abs=1e-3)
    assert {field["name"]: field["label"] for field in units["fields"]}["code"] == "管控单元编码"
    assert "spatial_constraint" not in {field["name"] for field in units["fields"]}
    assert units["words"]["class"]["priority"] == "优先保护单元"
    assert [item["class"] for item in told["classes"]] == ["priority", "key", "general"]
    assert told["colours"]["source"]
    assert told["colours"]["sure"] is False
    borders = layers["borders"]
    assert borders["geometry"] == "line"
    assert borders["words"]["level"]["city"] == "市界"
    assert [version["kind"] for version in borders["versions"]] == ["city", "county"]
    assert layers["county"]["digest"] != borders["digest"]


def test_a_tile_is_there_stays_and_is_empty_elsewhere(client: Any, drawn: Any) -> None:
    layer = drawn["taixin_zone"]
    base = f"/tiles/taixin_zone/{layer.digest}"
    at = _at(112.6, 38.1, 8)
    found = client.get(f"{base}/{at}", headers={"Accept-Encoding": "gzip"})
    assert found.status_code == 200
    assert found["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert found["Content-Encoding"] == "gzip"
    assert "immutable" in found["Cache-Control"]
    assert "public" in found["Cache-Control"]
    plain = client.get(f"{base}/{at}")
    assert "Content-Encoding" not in plain
    assert plain.content == gzip.decompress(found.content)
    assert b"taixin_zone" in plain.content
    for outside in (_at(0, 0, 8), "3/6/3.mvt", "13/1/1.mvt", "8/300/300.mvt"):
        assert client.get(f"{base}/{outside}").status_code == 204


@pytest.mark.parametrize(
    "address", ["taixin_zone/0000/8/1/1.mvt", "nothing/0000/8/1/1.mvt", "borders/0000/8/1/1.mvt", "../x/8/1/1.mvt"]
)
def test_unknown_layers_are_404_in_the_shape_of_the_api(client: Any, address: str) -> None:
    found = client.get(f"/tiles/{address}")
    assert found.status_code == 404
    assert found["Content-Type"] == "application/problem+json"


def test_missing_tiles_are_made_when_asked(client: Any, drawn: Any, served: Any, monkeypatch: Any) -> None:
    from greenrule.store.workspace import Workspace
    from greenrule.web import tiles

    layer = drawn["heritage_site"]
    store = Workspace.open(served.workspace).tiles
    assert store.open(layer.id, layer.digest) is None
    address = f"/tiles/heritage_site/{layer.digest}/5/26/12.mvt"
    monkeypatch.setattr(tiles, "_PATIENCE_S", 0.0)
    early = client.get(address)
    assert early.status_code == 503
    assert early["Retry-After"] == "5"
    tiles._MAKING[layer.id, layer.digest].wait(60)
    assert client.get(address).status_code == 200
    assert store.open(layer.id, layer.digest) is not None


def test_a_draft_is_for_those_who_may_see_it(client: Any, drawn: Any, served: Any) -> None:
    from datetime import date

    from django.contrib.auth import get_user_model

    from greenrule.casework.tiling import layer_of, make_tiles
    from greenrule.spatial.frame import Frame
    from greenrule.store.workspace import Workspace

    workspace = Workspace.open(served.workspace)
    version = workspace.layers()["scenic_area"]
    frame = workspace.read(version)
    draft = workspace.import_frame(
        "scenic_area", Frame(frame.geometry[:3], {name: list(values)[:3] for name, values in frame.columns.items()}),
        title="草稿", source="测试", accuracy_m=None, complete=False, valid_from=date(2021, 1, 1), draft=True,
    )  # fmt: skip
    layer = layer_of(draft)
    make_tiles(workspace, layer)
    address = f"/tiles/scenic_area/{layer.digest}/5/0/0.mvt"
    assert client.get(address).status_code == 404
    assert client.get("/tiles/layers.json?drafts=1").status_code == 403
    client.force_login(get_user_model().objects.get(username="admin"))
    found = client.get(address)
    assert found.status_code == 204
    assert "private" in found["Cache-Control"]
    assert layer.digest in {item["digest"] for item in client.get("/tiles/layers.json?drafts=1").json()["layers"]}
    client.logout()
    assert client.get(address).status_code == 404


def test_a_day_is_a_day(client: Any) -> None:
    assert client.get("/tiles/layers.json?on=yesterday").status_code == 422
    assert client.get("/tiles/layers.json?on=1999-01-01").json()["layers"] == []


def test_starting_makes_all_tiles_once(demo_workspace: Any, tmp_path: Any) -> None:
    from greenrule.casework.tiling import make_all
    from greenrule.store.workspace import Workspace

    workspace = Workspace.create(tmp_path / "workspace")
    for kind in ("taixin_zone", "heritage_site"):
        version = demo_workspace.layers()[kind]
        workspace.import_frame(
            kind, demo_workspace.read(version), title=version.title, source=version.source, accuracy_m=None, complete=True,
            valid_from=version.valid_from, demo=True,
        )  # fmt: skip
    heard: list[tuple[str, int, int]] = []
    assert make_all(workspace, lambda *step: heard.append(step)) == 2
    assert [step[1:] for step in heard] == [(1, 2), (2, 2)]
    assert make_all(workspace) == 0
