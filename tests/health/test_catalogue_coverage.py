"""Every class of GB/T 4754 under both national catalogues: decided, or open with a name for what is missing.

A class that some item names never comes out as 不纳入 merely because nothing was asked of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pytest

from greenrule.backends.scalar import Answer, Program
from greenrule.backends.situation import encode
from greenrule.backends.trace import explain
from greenrule.core.units import Quantity
from greenrule.packs.book import load_book
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule
from greenrule.rules.nodes import And, Under
from tests.documents import ROOT

DATA = ROOT.parent / "shared" / "data"
NATURES = ("new", "expand", "rebuild", "upgrade")

_PRODUCTS = "本项逐类列出产品，各栏都没有它"
_SALES = "本项只有加油站的栏"
_POWER = "本项只有火电、热电和生物质发电的栏"
_HEALTH = "本项只有医院和疾控中心的栏"
_PORT = "本项只有货运码头的栏"


@dataclass(frozen=True)
class Catalogue:
    """One catalogue: its rules, its decision, and the answers that put aside the items that bind every industry."""

    prefix: str
    decision: str
    file: str
    #: codes of items → classes that an item's group covers while none of its columns does, with the reason
    left: dict[str, str]
    #: (class, natures) that are 不纳入 for a reason other than a missing fact
    settled: dict[str, tuple[tuple[str, ...], str]]
    columns: dict[str, str]
    #: items without rules: works at sea, in a province without a coast
    uncoded: range
    book: Rulebook

    @cached_property
    def answers(self) -> dict[str, object]:
        """No boilers, furnaces, surface or water treatment: what every industry is asked (第91项; 第109—112项、第七条)."""
        if self.prefix == "eia":
            none = Quantity.parse("0 蒸吨/小时")
            return {
                "boiler.coal_oil_capacity": none,
                "boiler.gas_capacity": none,
                "boiler.other_high_polluting": False,
            }
        general = ("boiler.any", "furnace.any", "surface.any", "water_treatment.any")
        return dict.fromkeys((*general, "emission.to_air", "emission.to_water"), False)

    @cached_property
    def items(self) -> dict[int, list[Rule]]:
        """Rules by item number."""
        found: dict[int, list[Rule]] = {}
        for rule in self.book.rules.values():
            parts = rule.id.split("-")
            if parts[0] == self.prefix and parts[1].isdigit():
                found.setdefault(int(parts[1]), []).append(rule)
        return found

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Four-digit codes."""
        return tuple(code for code in self.book.vocabularies["gbt4754"].labels if len(code) == 4 and code.isdigit())

    def under(self, codes: Iterable[str]) -> set[str]:
        """The classes at or below any of the codes."""
        wanted, vocabulary = set(codes), self.book.vocabularies["gbt4754"]
        return {code for code in self.classes if wanted & {code, *vocabulary.ancestors(code)}}

    def named(self, rules: Iterable[Rule]) -> set[str]:
        """The classes that the rules' industry conditions let in; rules without one bind everybody and name nobody."""
        out: set[str] = set()
        for rule in rules:
            parts = rule.when.parts if isinstance(rule.when, And) else (rule.when,)
            gates = [part for part in parts if isinstance(part, Under) and part.fact == "industry"]
            if gates:
                out |= self.under(gates[0].codes)
        return out

    @cached_property
    def program(self) -> Program:
        return Program(self.book, on=date(2026, 11, 21))

    def ask(self, code: str, nature: str, answers: dict[str, object]) -> tuple[dict[str, object], Answer]:
        """The machine's answer for a project of one class of which only the nature and `answers` are known."""
        facts = {"industry": frozenset({code}), "nature": nature, **answers}
        values = encode(self.book, facts)  # type: ignore[arg-type]
        return values, self.program.run(values, self.decision)


@pytest.fixture(scope="module", params=["eia", "permit"])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    """Both national catalogues in turn."""
    book = load_book().book
    if request.param == "eia":
        return Catalogue(
            "eia", "eia.catalogue_form", "eia_catalogue_2021.json",
            dict.fromkeys(("1393", "1399", "1942", "2683", "2832", "3023", "3024"), _PRODUCTS),
            dict.fromkeys(
                ("8511", "8512", "8513", "8514", "8515", "8516", "8519"),
                (("expand", "rebuild", "upgrade"), "第110项的福利院、养老院只管新建"),
            ),
            {"report_book": "book", "report_form": "form", "registration": "registration"}, range(150, 161), book,
        )  # fmt: skip
    return Catalogue(
        "permit", "permit.catalogue_class", "permit_catalogue_2019.json",
        dict.fromkeys(("4413", "4414", "4415", "4416", "4419"), _POWER)
        | dict.fromkeys(("5261", "5262", "5263", "5264", "5266", "5267"), _SALES)
        | dict.fromkeys(("5531", "5539"), _PORT)
        | dict.fromkeys(("8432", "8433", "8434", "8435", "8436"), _HEALTH),
        {"4430": (NATURES, "第96项各栏都是锅炉，这里已答没有锅炉")},
        {"key": "key", "simplified": "simplified", "registration": "registration"}, range(0), book,
    )  # fmt: skip


def test_every_class_is_decided_or_says_what_is_missing(catalogue: Catalogue) -> None:
    """Of a class that an item names, `none` needs a reason; of any other it is what 第五条 or 第108项 says."""
    named = catalogue.named(rule for rules in catalogue.items.values() for rule in rules)
    named |= catalogue.under(catalogue.book.lists["eia_uncoded"].codes) if catalogue.prefix == "eia" else set()
    silent, astray, nameless, count = [], [], [], Counter[str]()
    for code in catalogue.classes:
        for nature in NATURES:
            values, answer = catalogue.ask(code, nature, catalogue.answers)
            outcome = answer.outcomes[catalogue.decision]
            count[outcome.word] += 1
            settled = nature in catalogue.settled.get(code, ((), ""))[0]
            if code in named and (outcome.value == "none") != settled:
                silent.append((code, nature))
            if code not in named and outcome.value != "none":
                astray.append((code, nature, outcome.open or outcome.deciding))
            if outcome.value is not None:
                continue
            why = explain(catalogue.program, values, answer)
            for rule in outcome.open:
                reads = why.rule(rule).reads
                if not any(read.sort == "text" or (read.sort == "fact" and read.value is None) for read in reads):
                    nameless.append((code, nature, rule))

    assert silent == []
    assert astray == []
    assert nameless == []
    assert sum(count.values()) == 1382 * len(NATURES)
    assert count["none"] > 900
    assert count["undetermined"] > 900


def test_nothing_is_none_before_the_general_questions_are_answered(catalogue: Catalogue) -> None:
    """A boiler brings any industry under both catalogues: without that answer nobody is left out."""
    found = {code: catalogue.ask(code, "new", {})[1].outcomes[catalogue.decision] for code in catalogue.classes}
    assert [code for code, outcome in found.items() if outcome.value == "none"] == []
    assert len(found) == 1382


def _rows(catalogue: Catalogue) -> list[dict[str, object]]:
    path = DATA / catalogue.file
    if not path.exists():
        pytest.skip(f"{path.name} 不在 ../shared/data，无法与名录原表核对")
    rows: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return rows


def test_every_item_is_coded_with_the_columns_it_has(catalogue: Catalogue) -> None:
    """An item has a rule for each of its columns that is not empty, and none for an empty one."""
    off = []
    for row in _rows(catalogue):
        number = int(str(row["no"]))
        if number in catalogue.uncoded:
            assert number not in catalogue.items
            continue
        values = {effect.value for rule in catalogue.items[number] for effect in rule.effects}
        for column, value in catalogue.columns.items():
            # 第108项的简化、登记两栏就是第109—112项本身。
            general = catalogue.prefix == "permit" and number == 108 and value != "key"
            if (value in values) != (row[column] != "/" and not general):
                off.append((number, column))
    assert off == []


def test_every_item_lets_in_just_the_classes_of_its_codes(catalogue: Catalogue) -> None:
    """What an item's codes cover and no column of it does is listed here with the reason, and comes out as 不纳入."""
    left: set[str] = set()
    covered: set[str] = set()
    for row in _rows(catalogue):
        # Figures of floor areas were read as codes in two rows of the file; they are no codes of the standard.
        codes = catalogue.under(str(code) for code in row["gb4754_codes"])  # type: ignore[attr-defined]
        if codes:
            mine = catalogue.named(catalogue.items[int(str(row["no"]))])
            assert mine <= codes, row["no"]
            left |= codes - mine
            covered |= mine
    assert left - covered == set(catalogue.left)
    for code in catalogue.left:
        assert catalogue.ask(code, "new", catalogue.answers)[1].outcomes[catalogue.decision].value == "none"


def test_item_108_is_for_the_industries_that_no_other_item_lists() -> None:
    """The list behind 第108项 holds the codes of 第1至107项, no more and no fewer."""
    path = DATA / "permit_catalogue_2019.json"
    if not path.exists():
        pytest.skip(f"{path.name} 不在 ../shared/data，无法与名录原表核对")
    book = load_book().book
    rows = json.loads(path.read_text(encoding="utf-8"))["items"]
    known = set(book.vocabularies["gbt4754"].labels)
    listed = {code for row in rows if row["no"] < 108 for code in row["gb4754_codes"]} & known
    assert listed - set(book.lists["permit_listed_industries"].codes) == {"3391", "3392"}  # already under 339
    assert set(book.lists["permit_listed_industries"].codes) <= listed


def test_the_star_items_ask_for_an_industrial_building(catalogue: Catalogue) -> None:
    """Every rule of an EIA item whose categories all bear the asterisk asks for an industrial building, no other does."""
    if catalogue.prefix == "permit":
        pytest.skip("排污许可名录的星号按栏标注，由用例核对")
    off = []
    for row in _rows(catalogue):
        number = int(str(row["no"]))
        if number in catalogue.uncoded:
            continue
        for rule in catalogue.items[number]:
            if ("process.in_industrial_building" in repr(rule.when)) != row["industrial_building_only"]:
                off.append(rule.id)
    assert off == []
