from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.places import Gazetteer, JoinedBasis, LayerBasis, UnknownBasis, load_places

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_places([PACKS / "cn", PACKS / "cn-shanxi"])


def test_names_and_aliases(gazetteer: Gazetteer) -> None:
    assert {gazetteer.read(name).id for name in ("fen_valley", "汾河谷地", "汾河河谷", "Fen Valley")} == {"fen_valley"}
    with pytest.raises(InputFault, match=r"P070(.|\n)*汾河谷地"):
        gazetteer.read("汾河谷")


def test_the_three_kinds_of_basis(gazetteer: Gazetteer) -> None:
    assert gazetteer["fen_valley"].basis == LayerBasis("valley", {"name": ("汾河谷地",)})
    assert gazetteer["yellow_river_1km"].basis == LayerBasis(
        "river_line", {"order": ("yellow_main",)}, "yellow_river.mining_ban_distance"
    )
    assert isinstance(gazetteer["key_regions"].basis, UnknownBasis)
    joined = gazetteer["urban_pattern"]
    assert isinstance(joined.basis, JoinedBasis)
    assert len(gazetteer.parts(joined.id)) == len(joined.basis.places)
    assert LayerBasis("taixin_zone", {}) in gazetteer.parts(joined.id)


def test_no_place_of_the_texts_is_filled_in_without_a_source(gazetteer: Gazetteer) -> None:
    # These lists are not in the five documents; whoever knows them only from memory must not write them here.
    for id in ("key_regions", "taiyuan_1_30", "three_northern_cities", "central_cluster", "ranked_168_cities"):
        basis = gazetteer[id].basis
        assert isinstance(basis, UnknownBasis)
        assert basis.reason


A = "  a: {label: {zh: 甲, en: A}, kind: park, basis: BASIS, cites: [x#1]}\n"


@pytest.mark.parametrize(
    ("basis", "more", "code"),
    [
        ("{layre: park}", "", "P072"),
        ("[park]", "", "P072"),
        ("{layer: park, places: [a]}", "", "P010"),
        ("{layer: park, where: {name: {}}}", "", "P012"),
        ("{places: [b]}", "", "P073"),
        ("{places: [a]}", "", "P073"),
        ("{places: [b]}", A.replace("a:", "b:", 1).replace("甲", "乙").replace("BASIS", "{places: [a]}"), "P073"),
        ("{layer: park}", A.replace("a:", "b:", 1).replace("BASIS", "{layer: park}"), "P071"),
    ],
)
def test_faults(tmp_path: Path, basis: str, more: str, code: str) -> None:
    (tmp_path / "places.yaml").write_text("places:\n" + A.replace("BASIS", basis) + more, encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        load_places([tmp_path])
    assert code in {fault.code for fault in caught.value.faults}


def test_a_pack_without_places_is_no_fault(tmp_path: Path) -> None:
    assert len(load_places([tmp_path])) == 0
