from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.episodes import load_episodes
from greenrule.packs.instruments import load_instruments
from greenrule.packs.places import DatedBasis, Gazetteer, JoinedBasis, LayerBasis, UnknownBasis, load_places

PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_places([PACKS / "cn", PACKS / "cn-shanxi"])


def test_names_and_aliases(gazetteer: Gazetteer) -> None:
    assert {gazetteer.read(name).id for name in ("fen_valley", "汾河谷地", "汾河河谷", "Fen Valley")} == {"fen_valley"}
    with pytest.raises(InputFault, match=r"P070(.|\n)*汾河谷地"):
        gazetteer.read("汾河谷")


def test_the_kinds_of_basis(gazetteer: Gazetteer) -> None:
    assert gazetteer["fen_valley"].basis == LayerBasis("valley", {"name": ("汾河谷地",)})
    assert gazetteer["yellow_river_1km"].basis == LayerBasis(
        "river_line", {"order": ("yellow_main",)}, "yellow_river.mining_ban_distance"
    )
    assert isinstance(gazetteer["taiyuan_1_30"].basis, UnknownBasis)
    joined = gazetteer["urban_pattern"]
    assert isinstance(joined.basis, JoinedBasis)
    assert len(gazetteer.parts(joined.id)) == len(joined.basis.places)
    assert LayerBasis("taixin_zone", {}) in gazetteer.parts(joined.id)


def test_regions_have_the_members_of_the_day(gazetteer: Gazetteer) -> None:
    def members(id: str, day: date) -> tuple[str, ...] | None:
        basis = gazetteer[id].basis
        assert isinstance(basis, DatedBasis)
        found = basis.on(day)
        return found.where["name"] if isinstance(found, LayerBasis) else None

    old, new = date(2023, 11, 29), date(2023, 11, 30)
    plain = [members("fenwei_plain", day) or () for day in (old, new)]
    assert ["太原市" in cities for cities in plain] == [False, True]
    assert all("临汾市" in cities for cities in plain)
    # The list of 2018 is not written in full: who is not on it may still be a member.
    assert members("key_regions", old) is None
    assert members("jingjinji_around", old) is None
    cities = members("key_regions", new) or ()
    assert {"太原市", "北京市", "上海市"} <= set(cities)
    assert "大同市" not in cities
    assert members("fenwei_plain", date(2017, 1, 1)) is None
    assert "cn-air-action-plan-2023" in gazetteer["key_regions"].basis.cites  # type: ignore[union-attr, operator]


def test_the_warnings_read_the_same_list(gazetteer: Gazetteer) -> None:
    regions = load_episodes([PACKS / "cn"], load_instruments([PACKS / "cn"])).regions
    listed = gazetteer["key_regions"].basis
    assert isinstance(listed, DatedBasis)
    assert list(listed.regions) == [region for region in regions if region.id in {one.id for one in listed.regions}]


def test_no_place_of_the_texts_is_filled_in_without_a_source(gazetteer: Gazetteer) -> None:
    # These lists are not in the five documents; whoever knows them only from memory must not write them here.
    for id in ("taiyuan_1_30", "three_northern_cities", "central_cluster", "ranked_168_cities"):
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
        ("{regions: [fen]}", "", "P073"),
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
