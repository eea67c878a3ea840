"""Layers under the names and with the values that bureaus use; every bad row is named."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from greenrule.core.errors import InputFault
from greenrule.spatial.layerread import FieldKind, LayerKind, canonical_columns, read_layer
from tests.spatial.layerfiles import NATIONAL, squares, units, write_layer, write_list

CLASSES = {
    "1": "priority",
    "优先": "priority",
    "优先保护单元": "priority",
    "2": "key",
    "重点": "key",
    "3": "general",
    "一般": "general",
}
KIND = LayerKind(
    "control_unit",
    "生态环境管控单元",
    "polygon",
    {
        "code": FieldKind("code", "管控单元编码", True, ("HJZHGKDYBM", "HJGKDYBM", "环境综合管控单元编码")),
        "name": FieldKind("name", "管控单元名称", True, ("HJZHGKDYMC", "管控单元名称")),
        "class": FieldKind("class", "管控单元分类", True, ("ZHGKDYFL", "分类"), CLASSES),
        "county": FieldKind("county", "县（市、区）", False, ("AREA", "COUNTY")),
        "subtype": FieldKind(
            "subtype", "单元细类", False, ("YSXL",), {"高排放": "high_emission", "弱扩散": "weak_dispersion"}
        ),
        "remark": FieldKind("remark", "备注", False, ("BZ",)),
    },
)
CODES = units()["HJZHGKDYBM"]


def faults(call, *rest, **more):
    with pytest.raises(InputFault) as raised:
        call(*rest, **more)
    return raised.value.faults


@pytest.mark.parametrize(
    "heads",
    [
        NATIONAL,
        ("hjzhgkdybm", "Hjzhgkdymc", "zhgkdyfl"),
        ("HJGKDYBM", "管控单元名称", "分类"),
        ("环境综合管控单元编码\n", " 管控单元 名称", "管控单元分类\r\n"),
        ("code", "name", "class"),
    ],
)
def test_fields_are_known_by_their_aliases(tmp_path, heads):
    """The standard's names in any case, Chinese headings with a line break or blanks, our own names."""
    frame = read_layer(KIND, write_layer(tmp_path / "单元.geojson", units(heads)))

    assert list(frame.columns["code"]) == CODES
    assert list(frame.columns["class"]) == ["priority", "key", "general"]
    assert frame.columns["name"][0] == "甲优先保护单元"
    assert frame.meta["kind"] == "control_unit"


def test_the_standard_name_goes_before_another_column_that_would_do(tmp_path):
    """NAME beside HJZHGKDYMC is something else, and is kept under a name of its own."""
    columns = {"NAME": ["测绘一", "测绘二", "测绘三"], "name": ["a", "b", "c"], **units()}

    frame = read_layer(KIND, write_layer(tmp_path / "a.geojson", columns))

    assert frame.columns["name"][0] == "甲优先保护单元"
    assert {"测绘一", "a"} <= {values[0] for values in frame.columns.values()}


def test_a_measured_area_is_not_a_county(tmp_path):
    """GIS software adds AREA in square metres; in the standard AREA is the county."""
    drawn = read_layer(KIND, write_layer(tmp_path / "a.gpkg", {**units(), "AREA": [1.5, 2.25, 3.0]}))
    named = read_layer(KIND, write_layer(tmp_path / "b.gpkg", {**units(), "AREA": ["小店区", "小店区", None]}))

    assert "county" not in drawn.columns
    assert list(drawn.columns["AREA"]) == [1.5, 2.25, 3.0]
    assert list(named.columns["county"]) == ["小店区", "小店区", None]


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_shapefile_with_chinese_text(tmp_path, encoding):
    """With and without a code page."""
    path = write_layer(tmp_path / "a.shp", units(), encoding=encoding)
    path.with_suffix(".cpg").unlink()

    assert list(read_layer(KIND, path).columns["name"]) == units()["HJZHGKDYMC"]


def test_headings_cut_by_a_shapefile_are_known(tmp_path):
    """Ten bytes are five characters of GBK: 管控单元编, 管控单元名, 管控单元分."""
    path = write_layer(tmp_path / "a.shp", units(("管控单元编码", "管控单元名称", "管控单元分类")), encoding="GBK")

    frame = read_layer(KIND, path)

    assert (list(frame.columns["code"]), frame.columns["class"][2]) == (CODES, "general")


def test_a_heading_cut_where_two_fields_still_agree_is_left_alone():
    """环境管控单… may be the code or the name."""
    fields = {
        "code": FieldKind("code", "甲", True, ("环境管控单元编码",)),
        "name": FieldKind("name", "乙", True, ("环境管控单元名称",)),
    }

    assert canonical_columns(LayerKind("x", "x", "polygon", fields), ["环境管控单"]) == {"环境管控单": "环境管控单"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "priority"), ("优先", "priority"), (" 优先保护单元 ", "priority"), ("key", "key"), (3, "general")],
)
def test_classes_in_words_and_digits(tmp_path, value, expected):
    """As text or number, with blanks, or in our own words."""
    columns = {"HJZHGKDYBM": ["ZH14010510001"], "HJZHGKDYMC": ["甲"], "ZHGKDYFL": [value]}

    assert list(read_layer(KIND, write_layer(tmp_path / "a.gpkg", columns)).columns["class"]) == [expected]


def test_every_bad_value_is_named_by_row_and_column(tmp_path):
    """A class nobody knows, two at once, an empty name: all in one go."""
    columns = units()
    columns["ZHGKDYFL"] = ["优先", "重要", "优先、重点"]
    columns["HJZHGKDYMC"][1] = None

    found = faults(read_layer, KIND, write_layer(tmp_path / "a.gpkg", columns))

    assert [(fault.code, fault.place.line, fault.place.column) for fault in found] == [
        ("LAY003", 2, "管控单元名称"),
        ("LAY003", 2, "管控单元分类"),
        ("LAY003", 3, "管控单元分类"),
    ]
    assert "`重要`" in found[1].message
    assert "优先" in (found[1].help or "")


def test_unknown_words_of_an_optional_field_are_kept(tmp_path):
    """They may be right; the check tells of them."""
    columns = {**units(), "YSXL": ["高排放；弱扩散", "高排放、新类", None]}

    frame = read_layer(KIND, write_layer(tmp_path / "a.gpkg", columns))

    assert list(frame.columns["subtype"]) == ["high_emission;weak_dispersion", "high_emission;新类", None]


def test_a_missing_field_names_the_nearest_column(tmp_path):
    """One letter off; the fields that are optional are not missed."""
    (fault,) = faults(read_layer, KIND, write_layer(tmp_path / "a.gpkg", units(("HJZHGKDBM", *NATIONAL[1:]))))

    assert fault.code == "LAY002"
    assert "HJZHGKDYBM" in (fault.help or "")
    assert "相近的有 HJZHGKDBM" in (fault.help or "")


@pytest.mark.parametrize(
    "shape", [shapely.Point(112, 37), shapely.LineString([(112, 37), (112.1, 37)])], ids=["point", "line"]
)
def test_geometry_of_another_sort_is_refused_with_its_row(tmp_path, shape):
    """A point among areas."""
    geometry = squares(3)
    geometry[1] = shape

    (fault,) = faults(read_layer, KIND, write_layer(tmp_path / "a.gpkg", units(), geometry))

    assert (fault.code, fault.place.line) == ("LAY001", 2)
    assert "面图层" in fault.message


def test_a_column_of_several_sorts_becomes_text(tmp_path):
    """What nobody asks for must not keep a layer from being stored."""
    sheet = write_list(
        tmp_path / "a.xlsx", [["HJZHGKDYBM", "面积"], [CODES[0], 1], [CODES[1], "约2"], [CODES[2], None]]
    )

    frame = read_layer(KIND, write_layer(tmp_path / "a.gpkg", units()), table=sheet)

    assert list(frame.columns["面积"]) == ["1", "约2", None]


class TestList:
    """The Excel list of requirements, joined by code."""

    HEAD = ("管控单元编码", "管控单元名称", "ZHGKDYFL", "备注")
    ROWS = tuple((code, f"单元{n}", n, f"备注{n}") for n, code in enumerate(CODES, 1))

    def shapes(self, tmp_path, columns=None):
        return write_layer(tmp_path / "图形.gpkg", columns or {"HJZHGKDYBM": CODES})

    def test_rows_find_their_shapes_in_any_order(self, tmp_path):
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *reversed(self.ROWS)])

        frame = read_layer(KIND, self.shapes(tmp_path), table=table)

        assert list(frame.columns["name"]) == ["单元1", "单元2", "单元3"]
        assert list(frame.columns["class"]) == ["priority", "key", "general"]
        assert list(frame.columns["remark"]) == ["备注1", "备注2", "备注3"]

    def test_the_list_prevails_and_empty_cells_leave_what_the_shapes_say(self, tmp_path):
        rows = [self.ROWS[0], (CODES[1], None, 2, None), self.ROWS[2]]
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *rows])

        frame = read_layer(KIND, self.shapes(tmp_path, units()), table=table)

        assert list(frame.columns["name"]) == ["单元1", "乙重点管控单元", "单元3"]

    def test_missing_and_double_rows_are_named_together(self, tmp_path):
        rows = [self.ROWS[0], self.ROWS[0], ("ZH14010520009", "多", 2, ""), (None, "无编码", 1, "")]
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *rows])

        found = faults(read_layer, KIND, self.shapes(tmp_path), table=table)

        told = [(fault.code, fault.place.line) for fault in found if fault.code == "LAY006" or "编码" in fault.message]
        assert told == [("LAY006", 3), ("LAY003", 5), ("LAY006", None), ("LAY006", None), ("LAY006", 4)]
        assert [code for code in CODES[1:] if any(code in fault.message for fault in found)] == CODES[1:]

    def test_a_bad_value_of_the_list_is_named_by_its_row_there(self, tmp_path):
        rows = [self.ROWS[2], (CODES[1], None, "重要", ""), self.ROWS[0]]
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *rows])

        found = faults(read_layer, KIND, self.shapes(tmp_path), table=table)

        assert [(fault.place.file, fault.place.line, fault.place.column) for fault in found] == [
            (str(table), 3, "管控单元名称"),
            (str(table), 3, "ZHGKDYFL"),
        ]

    @pytest.mark.parametrize("merge", ["A1:B1", "B2:B3"])
    def test_merged_cells_are_refused(self, tmp_path, merge):
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *self.ROWS], merge)

        (fault,) = faults(read_layer, KIND, self.shapes(tmp_path), table=table)

        assert (fault.code, merge in fault.message) == ("LAY004", True)

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ([HEAD], "LAY004"),
            ([], "LAY004"),
            ([("名称", "分类"), ("甲", 1)], "LAY005"),
            ([("编号", "编号"), (1, 2)], "LAY004"),
        ],
    )
    def test_a_list_without_rows_codes_or_clear_headings(self, tmp_path, rows, code):
        table = write_list(tmp_path / "清单.xlsx", rows)

        assert faults(read_layer, KIND, self.shapes(tmp_path, units()), table=table)[0].code == code

    def test_shapes_without_codes(self, tmp_path):
        table = write_list(tmp_path / "清单.xlsx", [self.HEAD, *self.ROWS])
        shapes = write_layer(tmp_path / "a.gpkg", {"n": [1, 2, 3]})

        (fault,) = [fault for fault in faults(read_layer, KIND, shapes, table=table) if fault.code == "LAY005"]
        assert fault.place.file == str(shapes)

    @pytest.mark.parametrize("content", [b"", b"not a workbook", None])
    def test_what_is_no_workbook(self, tmp_path, content):
        table = tmp_path / "清单.xlsx"
        if content is not None:
            table.write_bytes(content)

        assert faults(read_layer, KIND, self.shapes(tmp_path), table=table)[0].code == "LAY004"


def test_codes_that_a_spreadsheet_keeps_as_numbers(tmp_path):
    """140105 and 140105.0 are one county."""
    kind = LayerKind(
        "county", "县", "polygon", {"code": FieldKind("code", "代码", True), "name": FieldKind("name", "名称", True)}
    )
    shapes = write_layer(tmp_path / "a.gpkg", {"code": ["140105", "140106"]})
    table = write_list(tmp_path / "a.xlsx", [["代码", "名称"], [140105, "甲"], [140106.0, "乙"]])

    assert list(read_layer(kind, shapes, table=table).columns["name"]) == ["甲", "乙"]


def test_notes_and_reference_system_travel_with_the_frame(tmp_path):
    """A projected file comes back in degrees."""
    geometry = shapely.transform(squares(3), lambda xy: (xy - [112, 37]) * 1e5 + [37_500_000, 4_100_000])

    frame = read_layer(KIND, write_layer(tmp_path / "a.gpkg", units(), geometry, crs="EPSG:4525"))

    west, south, _, _ = shapely.total_bounds(frame.geometry)
    assert (round(west), round(south)) == (111, 37)
    assert "4525" in frame.meta["crs"]
    assert isinstance(frame.geometry, np.ndarray)


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_rows_without_geometry_are_named(tmp_path, name):
    """A red line whose shape was lost would be land without one: it is not left out silently."""
    shapes = squares(3)
    shapes[1] = shapely.Polygon()

    found = faults(read_layer, KIND, write_layer(tmp_path / name, units(), shapes))

    assert [(fault.code, fault.place.line) for fault in found] == [("LAY007", 2)]
    assert "1 个要素没有图形（第 2 行）" in found[0].message
