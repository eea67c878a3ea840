"""Labels of closed sets that the API gives out have English, and so has every fault."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from tools.fault_codes import faults_raised

from greenrule.core.errors import Fault, Place
from greenrule.core.retelling import fault_json
from greenrule.core.tongue import fault_words, speaking, words

SOURCE = Path(__file__).resolve().parents[2] / "src" / "greenrule"
CHINESE = re.compile("[\u4e00-\u9fff]")
#: Tables of labels: what a filing, a layer, a task, a problem, a role can be called.
TABLES = (
    "casework.filing EVENTS", "casework.filing STATES", "casework.filing_ledger DECISIONS", "casework.filing_ledger CHECKS", "casework.service_days READINGS",
    "casework.task_light COLOURS",
    "casework.layerlife STATES", "casework.tracking_paper TITLES", "casework.exchange KINDS", "store.desk.roles PERMISSIONS",
    "store.desk.roles ROLES", "store.desk.roles SORTS", "store.desk.roles LEVELS", "packs.library.entries SORTS",
    "casework.placefinding NAMED",
)  # fmt: skip


def _labels(name: str) -> list[str]:
    module, table = name.split()
    found = getattr(importlib.import_module(f"greenrule.{module}"), table)
    values = found.values() if isinstance(found, dict) else [item[1] for item in found]
    return [value if isinstance(value, str) else value[0] for value in values]


@pytest.mark.parametrize("table", TABLES)
def test_labels_of_closed_sets_have_english(table: str) -> None:
    assert [label for label in _labels(table) if label not in words()] == []


def _written() -> set[str]:
    """Every code that stands in the source as a text of its own, whoever makes a fault of it."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[A-Z]{1,5}\d{3}", node.value)
            ):
                found.add(node.value)
    return found


def test_every_fault_has_an_english_sentence() -> None:
    """The codes are read from the source, so a new one without English fails here."""
    codes = {item.code for item in faults_raised()} | _written()
    assert len(codes) > 680
    assert sorted(codes - set(fault_words())) == []


def test_english_sentences_are_for_codes_that_exist_and_are_english() -> None:
    assert sorted(set(fault_words()) - {item.code for item in faults_raised()} - _written()) == []
    for code, told in fault_words().items():
        for text in told.values():
            # A help line may show how something is written, in the words that the program reads.
            assert not CHINESE.search(re.sub(r"`[^`]*`|[\u4e00-\u9fff]+[：,]\S*.*", "", text)), code


def test_a_fault_in_english_keeps_its_place_code_and_chinese() -> None:
    fault = Fault("J024", "`生产能力` 缺少单位", Place("a.yaml", 3), "量要连单位一起写")
    assert "original" not in fault_json(fault)
    with speaking("en"):
        told = fault_json(fault)
        unknown = fault_json(Fault("ZZ999", "别的", None))
    assert (told["code"], told["place"]) == ("J024", "a.yaml:3")
    assert told["message"] == "The amount has no unit"
    assert told["original"]["message"] == "`生产能力` 缺少单位"
    assert unknown == {"code": "ZZ999", "message": "别的"}
