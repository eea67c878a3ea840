from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.vocabulary import TermList, load_vocabularies, load_vocabulary

PACK = Path(__file__).parents[2] / "packs" / "cn"


@pytest.fixture(scope="module")
def lists() -> dict[str, TermList]:
    return load_vocabularies([PACK])


def test_the_ranks_follow_the_law(lists: dict[str, TermList]) -> None:
    assert lists["eia_form"].strictest(["registration", "book", "form", "none"]) == "book"
    assert lists["permit_class"].strictest(["simplified", "registration"]) == "simplified"
    assert lists["access"].strictest([]) is None
    with pytest.raises(ValueError, match="no rank"):
        lists["nature"].strictest(["new"])


def test_terms_are_read_in_both_languages(lists: dict[str, TermList]) -> None:
    nature = lists["nature"]
    assert [nature.read(word) for word in ("新建", "new", " Expansion ", "技术改造")] == [
        "new",
        "new",
        "expand",
        "upgrade",
    ]
    with pytest.raises(InputFault, match=r"P066(.|\n)*改建"):
        nature.read("改健")


def test_sensitive_areas_fall_in_three_classes(lists: dict[str, TermList]) -> None:
    areas = lists["sensitive_area"]
    one, two, three = (areas.under(f"class_{n}") for n in (1, 2, 3))
    assert set(one) >= {"national_park", "nature_reserve", "scenic_area", "world_heritage", "water_source"}
    assert set(two) >= {"red_line_other", "permanent_farmland", "geopark", "natural_forest", "spawning_ground"}
    assert set(three) == {"residential_function", "heritage_site"}
    assert not {*one} & {*two}
    assert areas.is_under("forest_park", "nature_park")
    assert not areas.is_under("forest_park", "class_1")


def test_extra_columns_are_kept(lists: dict[str, TermList]) -> None:
    assert {term.id: term.more["digit"] for term in lists["unit_class"].terms.values()} == {
        "priority": "1",
        "key": "2",
        "general": "3",
    }
    assert lists["pollutant"]["so2"].more["medium"] == "air"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["P060"]),
        ("id,en\na,b\n", ["P061"]),
        ("id,zh\na,\n", ["P062"]),
        ("id,zh\na,甲\na,乙\n", ["P063"]),
        ("id,zh\na,甲\nb,甲\n", ["P063"]),
        ("id,zh,parent\na,甲,b\n", ["P064"]),
        ("id,zh,parent\na,甲,a\n", ["P064"]),
        ("id,zh,parent\na,甲,b\nb,乙,a\n", ["P064", "P064"]),
        ("id,zh,rank\na,甲,high\n", ["P065"]),
        ("id,zh\na\n", ["P060"]),
        ("id,zh\na,\nb,乙\nb,丙\n", ["P062", "P063"]),
    ],
)
def test_faults_of_a_list(tmp_path: Path, text: str, codes: list[str]) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        load_vocabulary(path)
    assert [fault.code for fault in caught.value.faults] == codes


def test_file_trouble(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="P001"):
        load_vocabulary(tmp_path / "none.csv")
    path = tmp_path / "gbk.csv"
    path.write_bytes("id,zh\na,甲\n".encode("gbk"))
    with pytest.raises(InputFault, match="P002"):
        load_vocabulary(path)
