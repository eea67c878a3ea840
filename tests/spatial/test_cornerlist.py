"""Lists of corners: the habits of surveyors, where rings begin and end, and rows that are refused by their number."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault, Place
from greenrule.spatial.cornerlist import read_corner_file, read_corners
from greenrule.spatial.intake import read_site

_SQUARE = [(112.5, 37.8), (112.51, 37.8), (112.51, 37.81), (112.5, 37.81)]


def _list(points: object, form: str, start: str = "") -> str:
    return start + "\n".join(form.format(n=number, x=x, y=y) for number, (x, y) in enumerate(points, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        _list(_SQUARE, "{n},{x},{y}"),
        _list(_SQUARE, "J{n} {x} {y}"),
        _list(_SQUARE, "{n}\t{x}\t{y}\t800.5"),
        _list(_SQUARE, "{n},,{x},{y},800.5"),  # CASS: number, code, east, north, height
        _list(_SQUARE, "{x}，{y}"),
        _list(_SQUARE, "{n},{y},{x}"),
        _list(_SQUARE, "{n},{y},{x}", "点号,纬度,经度\n"),
        _list(_SQUARE, "{n},{x},{y}", "拐点编号,经度（°）,纬度（°）\n"),
        _list(_SQUARE, "{n},{x},{y}", "某某公司场地范围\n\n"),
        _list([*_SQUARE, _SQUARE[0]], "{n},{x},{y}"),
        "；".join(f"{x} {y}" for x, y in _SQUARE),
        "1 112°30′00″ 37°48′00″\n2 112°30′36″ 37°48′00″\n3 112°30′36″ 37°48′36″\n4 112°30′00″ 37°48′36″",
        "1,东经112度30分,北纬37度48分\n2,东经112度30分36秒,北纬37度48分\n3,东经112度30分36秒,北纬37度48分36秒\n4,东经112度30分,北纬37度48分36秒",
    ],
)
def test_each_habit_gives_the_same_square(text: str) -> None:
    found = read_corners(text)
    assert len(found.geometry) == 1
    assert shapely.equals_exact(found.geometry[0].normalize(), shapely.Polygon(_SQUARE).normalize(), 1e-9)


@given(
    st.lists(st.tuples(st.integers(112_000_000, 112_999_999), st.integers(37_000_000, 37_999_999)), min_size=3, max_size=30, unique=True),
    st.sampled_from(["{n},{x},{y}", "{n} {x} {y}", "J{n}\t{x}\t{y}", "{n},,{x},{y},1200", "{x};{y}"]),
)  # fmt: skip
def test_no_corner_is_lost_or_moved(points: list[tuple[int, int]], form: str) -> None:
    degrees = [(x / 1e6, y / 1e6) for x, y in points]
    found = read_corners(_list(degrees, form))
    assert np.array_equal(shapely.get_coordinates(found.geometry)[:-1], np.array(degrees))


def test_rings_end_where_they_began_and_empty_lines_part_sites() -> None:
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    hole = [(20, 20), (40, 20), (40, 40), (20, 20)]
    far = [(500, 0), (600, 0), (600, 100)]
    metres = [[(530_000 + x, 4_195_000 + y) for x, y in part] for part in (ring, hole, far)]
    text = _list(metres[0] + metres[1], "{n} {x}.5 {y}.5") + "\n\n" + _list(metres[2], "{n} {x}.5 {y}.5")
    found = read_corners(text)
    assert [len(shape.interiors) for shape in found.geometry] == [1, 0]
    assert sum(shape.area for shape in found.geometry) == pytest.approx(100 * 100 - 200 + 5000)


@pytest.mark.parametrize(
    ("system", "said"),
    [("坐标系=CGCS2000\n几度分带=6\n带号=19", "gk6:19"), ("坐标系=80西安坐标系", "80西安坐标系"), ("", None)],
)
def test_the_head_of_an_exchange_file_states_the_system(system: str, said: str | None) -> None:
    found = read_corners(
        f"[属性描述]\n{system}\n[地块坐标]\n3,1,1,甲,面,,,,@\nJ1,1,4195000.1,19500000.2\nJ2,1,4195100.1,19500000.2\nJ3,1,4195100.1,19500100.2"
    )
    assert found.crs == said
    assert found.geometry[0].geom_type == "Polygon"


def test_a_project_may_name_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "界址点.txt").write_bytes(("坐标系=2000国家大地坐标系\n几度分带=3\n带号=37\n" + _list(
        [(4195000.5, 37530000.5), (4195100.5, 37530000.5), (4195100.5, 37530100.5)], "J{n},1,{x},{y}")).encode("gb18030"))  # fmt: skip
    site = read_site({"file": "界址点.txt"}, base_dir=tmp_path)
    assert (site.kind, site.crs, site.stated) == ("polygon", "gk3:37", True)
    with pytest.raises(InputFault) as told:
        read_site({"file": "没有.txt"}, base_dir=tmp_path)
    assert told.value.faults[0].code == "VEC001"


def test_every_bad_row_is_named() -> None:
    rows = [f"{n},{112.5 + n / 1000},{37.8}" for n in range(20)]
    rows[3], rows[7], rows[9] = "4,112.5o3,37.8", "8,nan,37.8", "10"
    with pytest.raises(InputFault) as told:
        read_corners("\n".join(rows), Place("a.txt"))
    assert [(fault.code, fault.place.line) for fault in told.value.faults if fault.place] == [
        ("UPL012", 4),
        ("UPL012", 8),
        ("UPL012", 10),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "UPL011"), ("你好\n世界", "UPL011"), ("点号,经度,纬度", "UPL011"), ("1,2,3\n2,3,4\n5,6,7", "UPL013")],
)
def test_what_is_no_list_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputFault) as told:
        read_corners(text)
    assert told.value.faults[0].code == code


@given(st.binary(max_size=400))
def test_any_bytes_give_shapes_or_faults(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(data)
    with contextlib.suppress(InputFault):
        assert len(read_corner_file(path).geometry)
