"""The reference data of the packs, counted: what a careless edit would lose."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from greenrule.core.truth import FALSE, TRUE, UNKNOWN
from greenrule.packs.instruments import load_instruments
from greenrule.packs.marked import load_marked
from greenrule.packs.places import load_places
from greenrule.packs.vocabulary import read_vocabulary
from greenrule.rules.items import STRENGTHS, VERBS

ROOT = Path(__file__).parents[2]
PACKS = [ROOT / "packs" / "cn", ROOT / "packs" / "cn-shanxi"]
REGISTER = load_instruments(PACKS)
TODAY = date(2026, 11, 21)

#: document → how many numbered clauses the text has
DOCUMENTS = {"sx-2024-7-measures": 26, "sx-2022-8-taixin": 30, "sx-2024-7-air": 38, "sx-zoning-opinion": 14}


@pytest.mark.parametrize(("document", "count"), DOCUMENTS.items())
def test_every_numbered_clause_is_there(document: str, count: int) -> None:
    instrument = REGISTER[document]
    assert [id for id in instrument.clauses if id.isdigit()] == [str(n) for n in range(1, count + 1)]
    assert all(clause.sha256 and clause.heading for clause in instrument.clauses.values())


def test_the_outline_is_a_whole_tree() -> None:
    outline = REGISTER["sx-ecoprovince-2030"]
    assert [clause.id for clause in outline.children(None)] == ["preface", *(str(n) for n in range(1, 10))]
    assert len(outline.clauses) == 127
    sections = [len([c for c in outline.children(str(n)) if not c.id.startswith("box")]) for n in range(1, 10)]
    assert sections == [3, 3, 5, 4, 8, 3, 2, 6, 6]
    assert [len(outline.children(f"box{n}")) for n in range(1, 6)] == [5, 10, 3, 2, 3]


def test_the_national_instruments() -> None:
    assert sum(id.startswith("cn-") for id in REGISTER) >= 28
    for cite in ("cn-eia-catalogue-2021#173", "cn-permit-catalogue-2019#112", "cn-eia-catalogue-2021#art5"):
        assert REGISTER.resolve(cite, TODAY).in_force is TRUE
    assert REGISTER["cn-eia-catalogue-2021"].clause("174") is None
    assert REGISTER["cn-permit-catalogue-2019"].clause("113") is None


def test_the_change_of_law_in_2026() -> None:
    assert REGISTER.resolve("cn-eia-law#art22", date(2026, 8, 14)).in_force is TRUE
    absorbed = REGISTER.resolve("cn-eia-law#art22", date(2026, 8, 15))
    assert (absorbed.in_force, absorbed.superseded_by) == (FALSE, "cn-eco-code")
    # Which of the pollution acts the code absorbed is known at second hand only.
    assert REGISTER.resolve("cn-soil-pollution-law", TODAY).in_force is UNKNOWN
    assert REGISTER.resolve("cn-yellow-river-law", TODAY).in_force is TRUE
    assert REGISTER.resolve("gb-3095-2012", TODAY).superseded_by == "gb-3095-2026"


def test_memory_is_never_passed_off_as_text() -> None:
    read = {id for id, item in REGISTER.items() if item.quality == "official_text"}
    assert read == {"cn-eia-catalogue-2021", "cn-permit-catalogue-2019", "gb-3095-2026"}
    assert all(item.note or item.in_force.reason for item in REGISTER.values() if not item.sure)


def test_places_cite_clauses_that_exist() -> None:
    places = load_places(PACKS)
    assert len(places) >= 77
    for place in places:
        assert place.cites
        for cite in place.cites:
            REGISTER.find(cite, place.at)


def test_industries_and_their_everyday_names() -> None:
    folder = ROOT / "packs" / "cn" / "vocab"
    with (folder / "gbt4754.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["level"] == "class" for row in rows) == 1382
    assert not (folder / "gbt4754.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (folder / "industry_synonyms.csv").open(encoding="utf-8", newline="") as file:
        synonyms = list(csv.DictReader(file))
    assert len({row["name"] for row in synonyms}) >= 400
    assert {row["code"] for row in synonyms} <= {row["code"] for row in rows}
    assert not {row["name"] for row in synonyms} & {row["name"] for row in rows}


def test_vocabularies_speak_the_language_of_the_rules() -> None:
    labels = {path.stem: read_vocabulary(path, []).labels for path in (PACKS[0] / "vocab").glob("*.csv")}
    assert labels["verb"] == VERBS
    assert labels["strength"] == STRENGTHS
    decisions = load_marked(PACKS[0] / "decisions.yaml").mapping()["decisions"].mapping()
    for decision, name in {
        "access": "access",
        "eia.form": "eia_form",
        "eia.route": "eia_route",
        "permit.class": "permit_class",
        "approver": "approver_level",
        "quota.timing": "quota_timing",
    }.items():
        values = list(decisions[decision].mapping()["values"].mapping())
        assert list(labels[name]) == values, decision


def test_no_machine_path_and_no_clause_text_in_the_reference_data() -> None:
    for path in (item for pack in PACKS for item in (pack / "instruments").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/home/|/root/", text), path
        for line in text.splitlines():
            heading = re.search(r"heading: ([^,}]+)", line)
            assert not heading or len(heading[1]) <= 20, f"{path.name}: {line}"
