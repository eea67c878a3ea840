from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import Fault, InputFault
from greenrule.packs.book import load_book
from greenrule.packs.vocabulary import read_rows, read_vocabulary

PACK = Path(__file__).parents[2] / "packs" / "cn"


def test_sensitive_areas_fall_in_three_classes() -> None:
    areas = read_vocabulary(PACK / "vocab" / "sensitive_area.csv", [])
    one, two, three = ({code for code in areas.labels if f"class_{n}" in areas.ancestors(code)} for n in (1, 2, 3))
    assert one >= {"national_park", "nature_reserve", "scenic_area", "world_heritage", "water_source"}
    assert two >= {"red_line_other", "permanent_farmland", "geopark", "natural_forest", "spawning_ground"}
    assert three >= {"residential_function", "heritage_site"}
    assert not one & two
    assert "nature_park" in areas.ancestors("forest_park")
    assert "class_1" not in areas.ancestors("forest_park")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["P060"]),
        ("id,en\na,b\n", ["P061"]),
        ("id,zh\na,\n", ["P062"]),
        ("id,zh\na,甲\na,乙\n", ["P063"]),
        ("id,zh\na,甲\nb,甲\n", ["P063"]),
        ("code,name,parent\n31,炼铁,\n311,炼铁,31\n", []),
        ("code,name,parent\n31,炼铁,\n32,炼钢,\n321,炼铁,32\n", ["P063"]),
        ("id,zh,parent\na,甲,b\n", ["P064"]),
        ("id,zh,parent\na,甲,a\n", ["P064"]),
        ("id,zh,parent\na,甲,b\nb,乙,a\n", ["P064", "P064"]),
        ("id,zh,parent\na,甲,b\nb,乙,a\nc,甲,a\n", ["P064", "P064"]),
        ("id,zh\na\n", ["P060"]),
        ("id,zh\na,\nb,乙\nb,丙\n", ["P062", "P063"]),
    ],
)
def test_faults_of_a_list(tmp_path: Path, text: str, codes: list[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    read_vocabulary(path, faults)
    assert [fault.code for fault in faults] == codes


def test_file_trouble(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="P001"):
        read_rows(tmp_path / "none.csv")
    path = tmp_path / "gbk.csv"
    path.write_bytes("id,zh\na,甲\n".encode("gbk"))
    with pytest.raises(InputFault, match="P002"):
        read_rows(path)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "id,zh\na,甲\n".encode())
    assert read_vocabulary(path, []).labels == {"a": "甲"}


def test_a_pack_with_a_faulty_list_or_rule_file_is_refused_with_its_place(tmp_path: Path) -> None:
    """What the strict readers see reaches whoever loads the pack."""
    pack = tmp_path / "mine"
    (pack / "vocab").mkdir(parents=True)
    (pack / "rules").mkdir()
    (pack / "pack.toml").write_text('id = "mine"\n', encoding="utf-8")
    (pack / "vocab" / "stage.csv").write_text("id,zh\na,甲\na,乙\n", encoding="utf-8")
    (pack / "rules" / "mine.rules").write_bytes("# 规则\n".encode("gbk"))
    with pytest.raises(InputFault) as caught:
        load_book([pack])
    assert {fault.code for fault in caught.value.faults} == {"P063", "P002"}
    assert all(str(pack) in str(fault.place) for fault in caught.value.faults)
