"""Every clause of the five documents is carried by something: counted, both ways."""

from __future__ import annotations

import pytest
import yaml

from greenrule.packs.book import Law, load_book
from greenrule.packs.coverage import Coverage, load_coverage
from tests.documents import ROOT

#: the reading of the five documents, clause by clause, that the rules were written from; not part of the repository
REGISTER = ROOT.parent / "shared" / "register"
#: rows about a project that ask nothing of it, with what does them instead
SERVICES = {"zn-06-c": "询问选址选线是否合宜：`greenrule screen`、`where`、`route` 就是答复"}
#: rows whose parts differ in strength: the word that the part stands under
PARTED = {"air-08-e-support": "encourage", "air-08-f": "mandatory", "eco-08-4-c": "promote"}

#: document → (numbered clauses, all clauses that its file lists)
DOCUMENTS = {
    "sx-2024-7-measures": (26, 34),
    "sx-2022-8-taixin": (30, 38),
    "sx-zoning-opinion": (14, 20),
    "sx-2024-7-air": (38, 62),
    "sx-ecoprovince-2030": (9, 127),
}


@pytest.fixture(scope="module")
def law() -> Law:
    """The packs that come with the software."""
    return load_book()


@pytest.fixture(scope="module")
def coverage(law: Law) -> Coverage:
    """What carries their clauses."""
    return load_coverage(law)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_clause_is_carried(coverage: Coverage, document: str) -> None:
    entries = coverage.entries[document]
    numbered = [clause for clause in entries if clause.isdigit()]
    assert (len(numbered), len(entries)) == DOCUMENTS[document]
    assert [clause for clause, entry in entries.items() if not entry.mapped] == []
    assert coverage.unmapped == ()


@pytest.mark.parametrize("document", ["sx-2024-7-measures", "sx-2022-8-taixin", "sx-zoning-opinion"])
def test_every_numbered_clause_has_more_than_a_reason(coverage: Coverage, document: str) -> None:
    bare = [id for id, entry in coverage.entries[document].items() if id.isdigit() and not any(entry.carriers.values())]
    assert bare == []


def test_only_headings_and_preambles_have_nothing_but_a_reason(law: Law, coverage: Coverage) -> None:
    # What asks for nothing: parts of a text, preambles, and the chapters on situation and principles of the outline.
    for entry in coverage:
        if any(entry.carriers.values()):
            continue
        instrument = law.instruments[entry.instrument]
        heading = bool(instrument.children(entry.clause)) or entry.clause in ("preamble", "s1", "s2", "s3")
        background = entry.instrument == "sx-ecoprovince-2030" and entry.clause.split(".")[0] in ("1", "2")
        assert heading or background, f"{entry.instrument}#{entry.clause}"


def test_every_rule_stands_under_the_clause_it_cites(law: Law, coverage: Coverage) -> None:
    seen = 0
    for rule in law.book.rules.values():
        for cite in rule.cites:
            instrument, _, clause = cite.partition("#")
            if instrument in DOCUMENTS:
                assert clause, f"{rule.id} cites {instrument} without a clause"
                assert rule.id in coverage.entries[instrument][clause].carriers["rules"]
                seen += 1
    assert seen >= 300


def test_every_task_of_the_air_plan_and_of_the_outline(coverage: Coverage) -> None:
    air = {
        task.cites[0].partition("#")[2].split(".")[0]
        for task in coverage.tasks.values()
        if task.id.startswith("t-air-")
    }
    assert air == {str(number) for number in range(1, 39)}
    assert sum(task.id.startswith("t-eco-") for task in coverage.tasks.values()) >= 52
    for task in coverage.tasks.values():  # the air plan names who does each of its tasks; the outline names nobody
        assert task.id.startswith("t-air-") <= bool(task.everyone), task.id


def test_every_row_about_a_project_is_a_rule_of_the_same_strength(law: Law) -> None:
    files = sorted(REGISTER.glob("*.yaml"))
    if not files:
        pytest.skip("no register beside the repository")
    rows = [row for file in files for row in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]]
    of_project = {row["id"] for row in rows if row["subject"] in ("project", "项目")}
    assert len(of_project) >= 100
    made = {
        row["id"]: [rule for rule in law.book.rules.values() if f"{rule.id}-".startswith(f"{row['id']}-")]
        for row in rows
    }
    assert {id for id in of_project if not made[id]} == set(SERVICES)
    differ = {
        rule.id: rule.strength
        for row in rows
        for rule in made[row["id"]]
        if row.get("strength", rule.strength) != rule.strength
    }
    assert differ == PARTED


def test_how_many_targets(coverage: Coverage) -> None:
    assert len(coverage.targets) >= 119
    cities = {target.places[0] for target in coverage.targets.values() if target.indicator == "PM2.5年均浓度"}
    assert len(cities) == 11


def test_our_words_are_short(coverage: Coverage) -> None:
    # A title or an output as long as a sentence would be the text itself.
    for task in coverage.tasks.values():
        assert len(task.title) <= 24, task.id
        assert all(len(part) <= 24 for part in task.output.split("；")), task.id
    for target in coverage.targets.values():
        assert len(target.indicator) <= 32, target.id


def test_the_check_can_fail(law: Law, coverage: Coverage) -> None:
    from dataclasses import replace

    entries = {name: dict(clauses) for name, clauses in coverage.entries.items()}
    del entries["sx-2024-7-air"]["26"]
    spoiled = replace(coverage, entries=entries)
    assert {row["instrument"]: row["unmapped"] for row in spoiled.table(law)}["sx-2024-7-air"] == 1
