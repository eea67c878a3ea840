"""Whatever the program notes of a site or doubts in a finding has its English template."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenrule.casework import doubts
from greenrule.core.retelling import retold
from greenrule.core.tongue import words

SOURCE = Path(__file__).resolve().parents[2] / "src" / "greenrule"
CHINESE = re.compile("[\u4e00-\u9fff]")
#: Where notes and remarks that may stand in a finding are written.
MODULES = (*sorted((SOURCE / "spatial").glob("*.py")), SOURCE / "casework" / "screening.py")


def resaid(text: str) -> str | None:
    return words().get(text) or retold(text, {"结论": "result"})


#: Notes of reading a layer, which is no site and stands in no finding.
LAYERS_ONLY = ("layer", "land", "vectorout")


def written(path: Path) -> Iterator[tuple[int, str]]:
    """Texts that a module adds to `notes` or `remarks`, holes filled with a number."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("append", "extend")
        ):
            continue
        if not ast.unparse(node.func.value).endswith(("notes", "remarks")):
            continue
        for part in node.args:
            for text in filled(part):
                if CHINESE.search(text):
                    yield node.lineno, text


def filled(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "12" for part in node.values)]
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return filled(node.elt)
    return []


def test_every_note_of_a_site_has_its_english() -> None:
    found = [
        (path.name, line, text)
        for path in MODULES
        if not path.stem.startswith(LAYERS_ONLY)
        for line, text in written(path)
    ]
    assert len(found) > 15
    assert [item for item in found if resaid(item[2]) is None] == []


#: What the functions that make doubts and flaws say, one of each.
SAID = [
    doubts.NOT_DATED, *doubts.datum_doubt("结论", {"wgs84": "允许准入", "gcj02": "禁止准入"}), doubts.outside_doubt("gcj02"),
    *(item["message"] for item in doubts.unit_doubts([({"code": "ZH1", "name": "A"}, away, reach) for away, reach in ((0.0, None), (-3.0, 5.0), (3.0, 5.0))], [{"code": "ZH1"}])),
    *(item["message"] for item in doubts.unit_doubts([({"code": "ZH2", "name": "A"}, 1.0, 5.0)], [])),
    "政策包 cn 收录的规定最早自 2014-12-30 起施行；所问日期（或已知日期）早于它，更早的规定不在包内，结论不全",
    "政策包 cn 收录的规定在已知日期 2010-01-01 都还不为人知；当时的规定不在包内，结论不全",
    "自备名录 A、B 没有写 recorded（何日知悉），按已知日期提问时不采用",
]  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_doubts_of_the_program_are_said_without_chinese(text: str) -> None:
    told = resaid(text)
    assert told is not None
    assert not CHINESE.search(told), told


def test_flaws_of_a_shape_are_said_in_english() -> None:
    import shapely

    from greenrule.spatial.validity import find_flaws, mended

    bow_tie = shapely.Polygon([(112, 37), (113, 38), (113, 37), (112, 38)])
    spike = shapely.Polygon([(112, 37), (113, 37), (114, 37), (113, 37), (113, 38)])
    outside = shapely.Polygon(shapely.box(112, 37, 113, 38).exterior, [shapely.box(114, 37, 115, 38).exterior])
    two = shapely.MultiPolygon([bow_tie, shapely.box(120, 37, 121, 38)])
    for shape in (bow_tie, spike, outside, two):
        for text in (*(f"原图形：{flaw.message}" for flaw in find_flaws(shape)), *mended(shape)[1]):
            told = resaid(text)
            assert told, text
            assert not CHINESE.search(told), (text, told)
