"""Files as a bad day leaves them: torn, half overwritten, a byte lost.  Each is answered or refused in words, never by a traceback."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from tests.cli.workspace import ROOT, run

SHEET = [
    ["项目名称", "日期", "行业", "建设性质", "经度", "纬度", "坐标系", "县区", "生产能力", "新增产能"],
    ["甲焦化厂", "2026-11-21", "炼焦", "新建", "113.3538", "38.0986", "cgcs2000", "盂县", "100 万吨/年", "是"],
    ["乙洗煤厂", "2026-11-21", "洗煤厂", "扩建", "112.55", "37.87", "wgs84", "", "300 万吨/年", "未知"],
]
PIECES = [
    *(b"null", b"true", b"-1", b"1e400", b".nan", b"[]", b"{}", b'""', b"'", b'"', b"\x00", b"\xff", b"\n", b"\t", b": "),
    *(b"- ", b"&a ", b"*a", b"!!x ", b"|", b"%", b"@", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80", b"9" * 40, b"2026-13-45", b"0610"),
    *(b"\xef\xbb\xbf", b"<<: ", b"? ", b"#", b"\\u0000", b"\\ud800", b"Infinity", b"37,8", "（".encode(), "万吨".encode()),
]  # fmt: skip
#: What a fault looks like on standard error.
TOLD = re.compile(r"^[A-Z]+\d+ .*(\nhelp: .*)?", re.M)


def mutated(data: bytes, random: Random) -> bytes:
    """A few bytes lost, changed, doubled or replaced."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(out) + 1)
        end = min(len(out), at + random.choice((1, 1, 2, 8, 40)))
        match random.randrange(6):
            case 0:
                out[at:end] = b""
            case 1:
                out[at:at] = random.choice(PIECES)
            case 2:
                out[at:end] = random.choice(PIECES)
            case 3:
                out[at:at] = out[random.randrange(len(out) + 1) :][: end - at]
            case 4:
                out[at:end] = random.randbytes(end - at)
            case _:
                del out[random.randrange(len(out) + 1) if random.random() < 0.3 else len(out) :]
    return bytes(out)


def workbook(rows: list[list[str]]) -> bytes:
    """Rows as an Excel file."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> dict[str, dict[str, bytes]]:
    """Sound files by what they are: one entry may be several files that belong together."""
    folder = tmp_path_factory.mktemp("seeds")
    ring = [(113.3257 + 0.01 * np.cos(a), 38.1589 + 0.008 * np.sin(a)) for a in np.linspace(0, 6.2, 30)]
    shape = np.array([shapely.to_wkb(shapely.Polygon(ring))], dtype=object)
    for name, driver in (
        ("site.shp", "ESRI Shapefile"),
        ("site.gpkg", "GPKG"),
        ("site.geojson", "GeoJSON"),
        ("site.kml", "KML"),
    ):
        pyogrio.raw.write(
            folder / name, shape, [np.array(["某厂红线"], dtype=object)], ["Name"], crs="EPSG:4326", geometry_type="Polygon", driver=driver,
            **({"encoding": "GB18030"} if name == "site.shp" else {}),
        )  # fmt: skip
    parts = {f"site.{end}": (folder / f"site.{end}").read_bytes() for end in ("shp", "shx", "dbf", "prj")}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(f"场址/{name}", data)
    units = [["环境管控单元编码", "单元名称", "类别"], ["ZH14010510001", "甲", "优先"], ["ZH14010520001", "乙", "重点"]]
    boxes = [
        {"type": "Feature", "properties": {"code": row[0]}, "geometry": {"type": "Polygon", "coordinates": [
            [[112.5 + k / 20, 37.7], [112.55 + k / 20, 37.7], [112.55 + k / 20, 37.75], [112.5 + k / 20, 37.75], [112.5 + k / 20, 37.7]]]}}
        for k, row in enumerate(units[1:])
    ]  # fmt: skip
    return {
        "yaml": {"p.yaml": (ROOT / "examples" / "yuanping-coal.yaml").read_bytes()},
        "json": {"p.json": json.dumps({"name": "甲", "industry": "2521", "location": {"geometry": shapely.geometry.mapping(
            shapely.Polygon(ring))}, "facts": {"capacity": "5 万吨/年"}}, ensure_ascii=False).encode()},
        "csv": {"p.csv": "\n".join(",".join(row) for row in SHEET).encode()},
        "xlsx": {"p.xlsx": workbook(SHEET)},
        "shp": parts,
        "zip": {"site.zip": packed.getvalue()},
        **{name: {f"site.{name}": (folder / f"site.{name}").read_bytes()} for name in ("gpkg", "geojson", "kml")},
        "list": {"list.xlsx": workbook(units), "units.geojson": json.dumps({"type": "FeatureCollection", "features": boxes}).encode()},
        "finding": {"finding.json": (Path(__file__).parents[1] / "casework" / "data" / "xinfu-solar.json").read_bytes()},
    }  # fmt: skip


def ask(kind: str, folder: Path, demo: Path) -> list[object]:
    """The command that reads what lies in a folder."""
    if kind == "finding":
        return ["verify", folder / "finding.json", "-w", demo]
    if kind == "list":
        return ["layer", "check", "control_unit", folder / "units.geojson", "--table", folder / "list.xlsx"]
    if kind in ("yaml", "json", "csv", "xlsx"):
        return ["screen", folder / f"p.{kind}", "-w", demo, "--format", "json"]
    (folder / "p.yaml").write_text(f"name: 甲\nindustry: '2521'\nlocation: {{file: site.{kind}}}\n", encoding="utf-8")
    return ["screen", folder / "p.yaml", "-w", demo, "--format", "json"]


def trial(seeds: dict[str, dict[str, bytes]], demo: Path, folder: Path) -> Callable[[int], None]:
    """One mutated file, asked and looked at."""

    def one(number: int) -> None:
        random = Random(number)
        kind = list(seeds)[number % len(seeds)]
        place = folder / str(number)
        place.mkdir()
        spoilt = random.choice(list(seeds[kind]))
        for name, data in seeds[kind].items():
            (place / name).write_bytes(mutated(data, random) if name == spoilt else data)

        result = run(*ask(kind, place, demo))  # anything but an orderly end raises here

        assert result.exit_code in (0, 1, 2), (number, kind, result.stderr)
        if result.exit_code == 2:
            assert TOLD.match(result.stderr), (number, kind, result.stderr)

    return one


def test_the_files_are_sound_before_they_are_spoilt(seeds, demo, quick, tmp_path):
    """Each is answered; otherwise the mutations would prove nothing."""
    for kind, files in seeds.items():
        place = tmp_path / kind
        place.mkdir()
        for name, data in files.items():
            (place / name).write_bytes(data)
        expected = 1 if kind == "finding" else 0  # the stored finding was made with other layers
        result = run(*ask(kind, place, demo))
        assert result.exit_code == expected, (kind, result.stderr)


def test_a_mutated_file_is_answered_or_refused_in_words(seeds, demo, quick, tmp_path):
    """Some of every kind."""
    one = trial(seeds, demo, tmp_path)
    for number in range(8 * len(seeds)):
        one(number)


@pytest.mark.long
def test_many_mutated_files_are_answered_or_refused_in_words(seeds, demo, quick, tmp_path):
    """Five hundred more."""
    one = trial(seeds, demo, tmp_path)
    for number in range(1000, 1500):
        one(number)


def test_a_shapefile_with_a_torn_ring_is_refused(seeds, demo, quick, tmp_path):
    """A ring that does not close is damage, not a row without geometry: told with its row."""
    for name, data in seeds["shp"].items():
        (tmp_path / name).write_bytes(data)
    torn = bytearray(seeds["shp"]["site.shp"])
    torn[-16:] = np.array([113.0, 38.0]).tobytes()  # the last corner, elsewhere
    (tmp_path / "site.shp").write_bytes(bytes(torn))

    result = run(*ask("shp", tmp_path, demo))

    assert result.exit_code == 2
    assert "1 个要素的图形是坏的（第 1 行）" in result.stderr


def test_a_torn_archive_is_bad_input_and_not_a_full_disk(seeds, demo, quick, tmp_path):
    """The header of a member points nowhere."""
    data = bytearray(seeds["zip"]["site.zip"])
    at = data.index(b"PK\x03\x04")
    data[at : at + 4] = b"XXXX"
    (tmp_path / "site.zip").write_bytes(bytes(data))

    result = run(*ask("zip", tmp_path, demo))

    assert result.exit_code == 2
    assert result.stderr.startswith("VEC008 ")


def test_many_faults_of_one_kind_are_counted(demo, quick, tmp_path):
    """Sixty wrong rows: fifty in words, the rest as a number, and nothing else hidden by them."""
    rows = [
        SHEET[0],
        *([*SHEET[1][:2], "9999", *SHEET[1][3:]] for _ in range(60)),
        [*SHEET[1][:3], "新剑", *SHEET[1][4:]],
    ]
    (tmp_path / "p.csv").write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")

    said = run("screen", tmp_path / "p.csv", "-w", demo).stderr

    assert said.count("P068 ") == 51
    assert "P068 另有 10 处同类问题，未逐条列出" in said
    assert "新剑" in said
