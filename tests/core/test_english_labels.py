"""Labels of closed sets that the API gives out have English, and so have the faults of the public path."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from tools.fault_codes import faults_raised

from greenrule.core.errors import Fault, Place
from greenrule.core.tongue import fault_json, fault_words, speaking, words

CHINESE = re.compile("[\u4e00-\u9fff]")
#: Tables of labels: what a filing, a layer, a task, a problem, a role can be called.
TABLES = (
    "casework.filing EVENTS", "casework.filing STATES", "casework.filing_ledger DECISIONS", "casework.task_light COLOURS",
    "casework.layerlife STATES", "casework.tracking_paper TITLES", "casework.exchange KINDS", "store.desk.roles PERMISSIONS",
    "store.desk.roles ROLES", "store.desk.roles SORTS", "store.desk.roles LEVELS", "packs.library.entries SORTS",
    "casework.placefinding NAMED",
)  # fmt: skip
#: Modules that a question about a place, a project, an upload or a clause can lead to, without an account.
PUBLIC = [
    "web.api.__init__",
    "web.api.findings",
    "web.api.geometry",
    "web.api.interview",
    "web.api.law",
    "web.api.places",
    "web.pages",
    "web.uploads",
    "web.law_pages",
    "spatial.archives",
    "spatial.attributes",
    "spatial.cornerlist",
    "spatial.crs",
    "spatial.dms",
    "spatial.geojson",
    "spatial.intake",
    "spatial.uploaded",
    "spatial.vectorfile",
    "casework.project",
    "casework.placing",
    "casework.placefinding",
    "casework.question",
    "casework.interview",
    "casework.agreeing",
    "casework.screening",
    "casework.situation",
    "casework.situated",
    "casework.goals",
    "casework.mapping",
    "casework.verifying",
    "casework.report",
    "casework.report_pdf",
    "casework.entries",
    "packs.values",
    "packs.industries",
    "packs.library.entries",
    "packs.library.pages",
    "store.desk.records",
    "store.records",
]


def _labels(name: str) -> list[str]:
    module, table = name.split()
    found = getattr(importlib.import_module(f"greenrule.{module}"), table)
    values = found.values() if isinstance(found, dict) else [item[1] for item in found]
    return [value if isinstance(value, str) else value[0] for value in values]


@pytest.mark.parametrize("table", TABLES)
def test_labels_of_closed_sets_have_english(table: str) -> None:
    assert [label for label in _labels(table) if label not in words()] == []


def test_public_faults_have_an_english_sentence() -> None:
    """Every code that a module of the public path raises, read from the source."""
    modules = {f"greenrule.{name}" for name in PUBLIC}
    raised = {item.code for item in faults_raised() if item.module in modules}
    assert len(raised) > 80
    assert sorted(raised - set(fault_words())) == []


def test_english_sentences_are_for_codes_that_exist_and_are_english() -> None:
    assert sorted(set(fault_words()) - {item.code for item in faults_raised()}) == []
    for code, told in fault_words().items():
        for text in told.values():
            # A help line may show how something is written, in the words that the program reads.
            assert not CHINESE.search(re.sub(r"`[^`]*`|[\u4e00-\u9fff]+[：,]\S*.*", "", text)), code


def test_the_public_api_module_list_is_not_out_of_date() -> None:
    root = Path(__file__).resolve().parents[2] / "src" / "greenrule"
    assert [name for name in PUBLIC if not (root / f"{name.replace('.', '/')}.py").is_file()] == []


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
