"""Vector files as bureaus send them: encodings, archives, layers, missing reference systems."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely

from greenrule.core.errors import InputFault
from greenrule.spatial.vectorfile import list_layers, read_as_written, read_vector

BOXES = np.array([shapely.box(112.0, 37.0, 112.1, 37.1), shapely.box(112.1, 37.0, 112.2, 37.1)], dtype=object)
NAMES = np.array(["优先保护单元", "忻州市岢岚县"], dtype=object)
KML = '<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>'
PLACEMARK = "<Placemark><name>{name}</name><Point><coordinates>112.5,37.8,0</coordinates></Point></Placemark>"


def write(path: Path, geometry=BOXES, crs: str | None = "EPSG:4490", encoding: str = "GBK", **more) -> Path:
    """A small data set through the same driver that GIS software uses."""
    from pyogrio import raw

    drivers = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".gdb": "OpenFileGDB", ".geojson": "GeoJSON"}
    options = {"encoding": encoding} if path.suffix == ".shp" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw.write(
            str(path),
            np.array(shapely.to_wkb(geometry), dtype=object),
            [NAMES[: len(geometry)], np.arange(len(geometry))],
            np.array(["单元名称代码", "n"], dtype=object),
            geometry_type=geometry[0].geom_type,
            crs=crs,
            driver=drivers[path.suffix],
            **options,
            **more,
        )
    return path


def codes(raised) -> list[str]:
    return [fault.code for fault in raised.value.faults]


@pytest.mark.parametrize("language_byte", [0x00, 0x4D, 0x57])
@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_shapefile_text_is_right_whatever_the_table_claims(tmp_path, encoding, language_byte):
    path = write(tmp_path / "a.shp", encoding=encoding)
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf")
    data = bytearray(table.read_bytes())
    data[29] = language_byte
    table.write_bytes(data)
    read = read_vector(path)
    name = next(iter(read.columns))
    # The table keeps ten bytes of a name: five characters of GBK, three of UTF-8.
    assert name == ("单元名称代" if encoding == "GBK" else "单元名")
    assert list(read.columns[name]) == list(NAMES)
    assert read.columns["n"] == [0, 1]


@pytest.mark.parametrize("encoding", ["GBK", "GB2312", "gb18030", "UTF-8"])
@pytest.mark.parametrize("inside", ["{}", "<Folder><name>厂区</name>{}</Folder>"])
def test_a_kml_without_a_document_is_read_in_any_encoding(tmp_path, encoding, inside):
    placemark = inside.format(PLACEMARK.format(name="某焦化厂"))
    text = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2">{placemark}</kml>'
    path = tmp_path / "场地.kml"
    path.write_bytes(text.encode(encoding))
    read = read_as_written(path)
    assert list(next(iter(read.columns.values()))) == ["某焦化厂"]
    assert not read.layer.startswith("pyogrio")


def test_where_a_driver_stumbled_in_its_own_sources_is_not_told(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_text("  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n  8\n", encoding="ascii")
    with pytest.raises(InputFault) as raised:
        read_as_written(path)
    assert codes(raised) == ["VEC004"]
    assert ".cpp" not in str(raised.value)


def test_wrong_code_page_file_is_overruled_and_said(tmp_path):
    path = write(tmp_path / "a.shp", encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    read = read_vector(path)
    assert list(read.columns["单元名称代"]) == list(NAMES)
    assert any("UTF-8" in note for note in read.notes)


def test_stated_encoding_that_does_not_fit_is_a_fault(tmp_path):
    path = write(tmp_path / "a.shp", encoding="GBK")
    with pytest.raises(InputFault) as raised:
        read_vector(path, encoding="utf-8")
    assert codes(raised) == ["VEC009"]


def test_missing_prj_is_a_fault_that_guesses_and_crs_settles_it(tmp_path):
    metres = shapely.transform(BOXES, lambda xy: (xy - [111.0, 0.0]) * [88_000, 111_000] + [500_000, 0])
    path = write(tmp_path / "a.shp", metres, crs=None)
    with pytest.raises(InputFault) as raised:
        read_vector(path)
    assert codes(raised) == ["VEC007"]
    assert "gk3:37" in raised.value.faults[0].message
    assert "gk3" in (raised.value.faults[0].help or "")
    read = read_vector(path, crs="gk3:37")
    assert read.crs == "gk3:37"
    assert read.crs_from == "stated"
    west, south, east, north = shapely.total_bounds(read.geometry)
    assert 111.9 < west < east < 112.3
    assert 36.8 < south < north < 37.4


def test_projected_file_arrives_in_degrees(tmp_path):
    import pyproj

    forward = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4525", always_xy=True)
    metres = shapely.transform(BOXES, lambda xy: np.column_stack(forward.transform(xy[:, 0], xy[:, 1])))
    read = read_vector(write(tmp_path / "a.gpkg", metres, crs="EPSG:4525"))
    assert read.crs == "EPSG:4525"
    assert shapely.hausdorff_distance(read.geometry, BOXES).max() < 1e-9


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".gdb", ".geojson"])
def test_every_format_gives_the_same_geometry(tmp_path, suffix):
    read = read_vector(write(tmp_path / f"层{suffix}"))
    assert (
        shapely.equals(read.geometry, BOXES).all()
        if suffix != ".gdb"
        else (shapely.hausdorff_distance(read.geometry, BOXES).max() < 1e-8)
    )
    assert list(next(iter(read.columns.values()))) == list(NAMES)
    assert read.rows.tolist() == [1, 2]


def test_zipped_shapefile_in_a_folder_with_gbk_names(tmp_path):
    path = write(tmp_path / "a.shp")
    archive = tmp_path / "z.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in tmp_path.glob("a.*"):
            info = zipfile.ZipInfo("x")
            # What Chinese Windows writes: raw GBK bytes, no UTF-8 flag.
            info.filename = f"图层/单元{file.suffix}".encode("gbk").decode("cp437")
            out.writestr(info, file.read_bytes())
        out.writestr("__MACOSX/._单元.shp", b"x")
        out.writestr("说明.txt", "读我")
    read = read_vector(archive)
    assert list(read.columns["单元名称代"]) == list(NAMES)
    assert path.exists()


def test_zip_with_two_data_sets_asks_and_obeys(tmp_path):
    write(tmp_path / "甲.shp")
    write(tmp_path / "乙.shp", BOXES[:1])
    archive = tmp_path / "z.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in [*tmp_path.glob("甲.*"), *tmp_path.glob("乙.*")]:
            out.write(file, file.name)
    with pytest.raises(InputFault) as raised:
        read_vector(archive)
    assert codes(raised) == ["VEC005"]
    assert set(list_layers(archive)) == {"甲", "乙"}
    assert len(read_vector(archive, layer="乙").geometry) == 1


def test_zipped_geodatabase_and_member_names_that_try_to_escape(tmp_path):
    folder = write(tmp_path / "d.gdb", layer="unit")
    archive = tmp_path / "z.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for file in folder.iterdir():
            out.write(file, f"../../d.gdb/{file.name}")
    before = set(tmp_path.parent.iterdir())
    assert len(read_vector(archive).geometry) == 2
    assert set(tmp_path.parent.iterdir()) == before


def test_several_layers_need_a_choice(tmp_path):
    path = write(tmp_path / "a.gpkg", layer="red_line")
    write(path, layer="units", append=True)
    with pytest.raises(InputFault) as raised:
        read_vector(path)
    assert codes(raised) == ["VEC005"]
    assert "`units`" in (raised.value.faults[0].help or "")
    assert read_vector(path, layer="units").layer == "units"
    with pytest.raises(InputFault):
        read_vector(path, layer="nothing")


def test_kml_folders_in_gbk(tmp_path):
    folders = "<Folder><name>空</name></Folder><Folder><name>点</name>" + PLACEMARK.format(name="项目") + "</Folder>"
    path = tmp_path / "a.kml"
    path.write_bytes(KML.format(encoding="GBK", folders=folders).encode("gbk"))
    read = read_vector(path)
    assert (read.geometry[0].x, read.geometry[0].y) == (112.5, 37.8)
    assert read.columns["Name"] == ["项目"]
    assert read.crs_from == "format"
    assert any("GB18030" in note for note in read.notes)
    assert "tessellate" not in read.columns


def test_kmz_and_the_list_of_layers(tmp_path):
    path = tmp_path / "a.kmz"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("doc.kml", KML.format(encoding="UTF-8", folders=PLACEMARK.format(name="项目")))
    read = read_vector(path)
    assert read.columns["Name"] == ["项目"]
    assert read.crs_from == "format"
    package = write(tmp_path / "a.gpkg", layer="red_line")
    write(package, layer="units", append=True)
    assert set(list_layers(package)) == {"red_line", "units"}


def test_coordinates_as_written_are_left_alone(tmp_path):
    metres = shapely.transform(BOXES, lambda xy: (xy - [111.0, 0.0]) * [88_000, 111_000] + [500_000, 0])
    read = read_as_written(write(tmp_path / "a.shp", metres, crs=None))
    assert read.crs == ""
    assert shapely.equals(read.geometry, metres).all()


def test_kml_may_be_stated_to_be_a_web_map(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(KML.format(encoding="UTF-8", folders=PLACEMARK.format(name="x")), "utf-8")
    moved = read_vector(path, crs="gcj02").geometry[0]
    assert 0.005 < 112.5 - moved.x < 0.008


def test_rows_without_geometry_are_left_out_and_counted(tmp_path):
    features = [
        {"type": "Feature", "properties": {"a": 1, "b": "甲"}, "geometry": None},
        {"type": "Feature", "properties": {"a": None, "b": None}, "geometry": shapely.geometry.mapping(BOXES[0])},
        {"type": "Feature", "properties": {"a": 3, "b": "乙"}, "geometry": shapely.geometry.mapping(BOXES[1])},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    read = read_vector(path)
    assert read.rows.tolist() == [2, 3]
    assert read.columns == {"a": [None, 3], "b": [None, "乙"]}
    assert any("1 个要素没有图形" in note for note in read.notes)


def test_metres_in_geojson_are_not_taken_for_degrees(tmp_path):
    point = {"type": "Point", "coordinates": [500000, 4200000]}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": point}))
    with pytest.raises(InputFault) as raised:
        read_vector(path)
    assert codes(raised) == ["CRS003"]
    assert round(read_vector(path, crs="gk3:37").geometry[0].x, 9) == 111.0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.shp", None, "VEC001"),
        ("a.gpkg", b"", "VEC002"),
        ("a.dwg", b"x", "VEC003"),
        ("a.shp", b"x", "VEC004"),
        ("a.gpkg", b"not a database", "VEC004"),
        ("a.geojson", b'{"type":"FeatureCollection","features":[', "VEC004"),
        ("a.geojson", b'{"type":"FeatureCollection","features":[]}', "VEC006"),
        ("a.kml", b"\xff\xff\xff", "VEC009"),
        ("a.zip", b"PK not a zip", "VEC008"),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path, name, content, code):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputFault) as raised:
        read_vector(path)
    assert codes(raised) == [code]
    fault = raised.value.faults[0]
    assert fault.help
    assert fault.place is not None
    assert fault.place.file == str(path)


def test_truncated_shapefile_does_not_crash(tmp_path):
    path = write(tmp_path / "a.shp")
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(InputFault) as raised:
        read_vector(path)
    assert codes(raised)[0] in ("VEC004", "VEC006")


def test_progress_runs_from_nothing_to_all(tmp_path):
    seen: list[float] = []
    read_vector(write(tmp_path / "a.gpkg"), progress=lambda stage, fraction: seen.append(fraction))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_old_datum_is_read_with_its_doubt(tmp_path):
    read = read_vector(write(tmp_path / "a.gpkg", crs="EPSG:4610"))
    assert any("精确转换参数" in note for note in read.notes)


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", None])
def test_geojson_in_gbk_or_with_its_encoding_stated(tmp_path, encoding):
    path = tmp_path / "a.geojson"
    told = {
        "type": "Feature",
        "properties": {"名称": "场地"},
        "geometry": {"type": "Point", "coordinates": [112.5, 37.8]},
    }
    path.write_bytes(json.dumps(told, ensure_ascii=False).encode(encoding or "gbk"))
    found = read_vector(path, encoding=encoding)
    assert found.columns["名称"] == ["场地"]
    assert found.geometry[0].equals(shapely.Point(112.5, 37.8))


@pytest.mark.parametrize("head", ["<!DOCTYPE kml SYSTEM 'file:///etc/passwd'>", "<! entity x 'y'>"])
def test_kml_with_a_document_type_is_refused(tmp_path, head):
    path = tmp_path / "a.kml"
    path.write_text(KML.format(encoding="UTF-8", folders=PLACEMARK.format(name="甲")).replace("<kml", head + "<kml"))
    with pytest.raises(InputFault) as told:
        read_vector(path)
    assert told.value.faults[0].code == "VEC011"
