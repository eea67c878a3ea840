"""Every class of GB/T 4754 under both national catalogues: decided, or open with a name for what is missing.

A class that some item names never comes out as 不纳入 merely because nothing was asked of it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.packs.book import Law, load_book
from greenrule.packs.cases import CASE_DAY
from greenrule.packs.classes import Catalogue, Row, counts, load_catalogues, survey, unanswered, uneven
from greenrule.rules.link import link
from greenrule.rules.nodes import And, Under
from tests.documents import ROOT

DATA = ROOT.parent / "shared" / "data"
FILES = {"eia": "eia_catalogue_2021.json", "permit": "permit_catalogue_2019.json"}
COLUMNS = {
    "eia": {"report_book": "book", "report_form": "form", "registration": "registration"},
    "permit": {"key": "key", "simplified": "simplified", "registration": "registration"},
}


@pytest.fixture(scope="module")
def law() -> Law:
    """The packs that come with the software."""
    return load_book()


@pytest.fixture(scope="module", params=["eia", "permit"])
def catalogue(request: pytest.FixtureRequest, law: Law) -> Catalogue:
    """Both national catalogues in turn."""
    faults: list = []
    found = load_catalogues(law, faults)
    assert not faults
    assert list(found) == ["eia", "permit"]
    return found[request.param]


@pytest.fixture(scope="module")
def rows(catalogue: Catalogue) -> list[Row]:
    """All classes under all five natures."""
    return list(survey(catalogue, catalogue.book.vocabularies["nature"].labels, CASE_DAY))


def test_every_class_is_decided_or_says_what_is_missing(catalogue: Catalogue, rows: list[Row]) -> None:
    """Of a class that an item names, `none` needs a reason; of any other it is what 第五条 or 第108项 says."""
    assert [str(fault) for fault in unanswered(catalogue, rows)] == []
    found = counts(rows)
    assert {nature: count.total() for nature, count in found.items()} == dict.fromkeys(
        ("new", "expand", "rebuild", "relocate", "upgrade"), 1382
    )
    total = sum(found.values(), Counter())
    assert total["none"] > 1300
    assert total["open"] > 1900
    assert all(row.value is not None or row.missing for row in rows)
    assert all(row.value != "none" or row.reason for row in rows)


def test_the_items_are_those_of_the_catalogue(catalogue: Catalogue) -> None:
    """All items have rules; each just the columns, the classes and the asterisk that it is printed with."""
    assert sorted(catalogue.printed) == list(range(1, {"eia": 174, "permit": 113}[catalogue.id]))
    assert [str(fault) for fault in uneven(catalogue)] == []


def _without(catalogue: Catalogue, prefix: str) -> Catalogue:
    book = catalogue.book
    kept = {name: rule for name, rule in book.rules.items() if not name.startswith(prefix)}
    waits = {name: rule for name, rule in kept.items() if prefix not in repr(rule.when)}
    faults: list = []
    return replace(catalogue, book=link(replace(book, rules=waits), faults))


def test_a_missing_item_is_noticed(catalogue: Catalogue) -> None:
    """The check can fail: an item without its rules, and a rule without one of its codes."""
    first = next(iter(catalogue.items[61]))
    assert any("第61项没有" in str(fault) for fault in uneven(_without(catalogue, first.id[:-4])))

    number = {"eia": 28, "permit": 25}[catalogue.id]
    rules = dict(catalogue.book.rules)
    for rule in catalogue.items[number]:
        assert isinstance(rule.when, And)
        gate, *rest = rule.when.parts
        assert isinstance(gate, Under)
        rules[rule.id] = replace(rule, when=And((replace(gate, codes=gate.codes[1:]), *rest)))
    fewer = replace(catalogue, book=replace(catalogue.book, rules=rules))
    assert any("171" in str(fault) for fault in uneven(fewer))


def test_a_silent_class_is_noticed(catalogue: Catalogue) -> None:
    """A class that an item names and that comes out as 不纳入 without a written reason is a fault; so is a reason that does not hold."""
    code = next(iter(catalogue.left))
    rows = [
        Row(code, "new", "none", ("none",)),
        Row("2521", "new", "none", ("none",)),
        Row("3110", "new", None, (None, "book"), (), None, ("x",)),
    ]
    told = [str(fault) for fault in unanswered(catalogue, rows)]

    assert len([text for text in told if text.startswith("P100")]) == 3
    assert any("2521 炼焦" in text for text in told)
    assert unanswered(catalogue, [Row(code, "new", "form", ("form",))])


def test_nothing_is_none_before_the_general_questions_are_answered(catalogue: Catalogue) -> None:
    """A boiler brings any industry under both catalogues: without that answer nobody is left out."""
    program = Program(catalogue.book, CASE_DAY)
    for code in catalogue.classes:
        values = encode(catalogue.book, {"industry": frozenset({code}), "nature": "new"})
        assert program.run(values, catalogue.decision).outcomes[catalogue.decision].value != "none", code


def test_the_printed_items_are_those_of_the_table(catalogue: Catalogue) -> None:
    """Columns, codes and asterisks of our table against the catalogue's own cells."""
    path = DATA / FILES[catalogue.id]
    if not path.exists():
        pytest.skip(f"{path.name} 不在 ../shared/data，无法与名录原表核对")
    table = json.loads(path.read_text(encoding="utf-8"))["items"]
    known = set(catalogue.book.vocabularies["gbt4754"].labels)
    assert len(table) == len(catalogue.printed)
    off = []
    for row in table:
        item = catalogue.printed[row["no"]]
        # 第108项的简化、登记两栏就是第109—112项本身。
        general = catalogue.id == "permit" and item.number == 108
        filled = {value for column, value in COLUMNS[catalogue.id].items() if row[column] != "/"}
        if item.values != ({"key"} if general else filled):
            off.append((item.number, "columns"))
        # Floor areas were read as codes in two rows of the file, and 第80项 names two codes only to take them out.
        codes = set(row["gb4754_codes"]) & known - {"5000"}
        if catalogue.id == "permit" and item.number == 80:
            codes = (codes - {"339", "3391", "3392"}) | {"3393", "3394", "3399"}
        if set(item.codes) != (set() if general else codes):
            off.append((item.number, "codes"))
        if item.industrial_building is not None and item.industrial_building != row["industrial_building_only"]:
            off.append((item.number, "asterisk"))
    assert off == []


def test_item_108_is_for_the_industries_that_no_other_item_lists(law: Law) -> None:
    """The list behind 第108项 holds the codes of 第1至107项, no more and no fewer."""
    catalogue = load_catalogues(law, [])["permit"]
    printed = {code for item in catalogue.printed.values() if item.number < 108 for code in item.codes}
    listed = law.book.lists["permit_listed_industries"].codes

    assert catalogue.under(listed) == catalogue.under(printed)
