"""The packs as they stand: counted, so that an empty loop cannot pass."""

from __future__ import annotations

from datetime import date

import pytest

from greenrule.packs.book import Law, load_book
from greenrule.packs.cases import CASE_DAY, case_files, load_cases, run_cases
from greenrule.packs.mutants import Bench
from greenrule.packs.thresholds import count
from greenrule.rules.link import link
from greenrule.rules.misheard import misheard
from greenrule.rules.parser import parse
from greenrule.rules.render import Sentence, definition_text, rule_text


@pytest.fixture(scope="session")
def law() -> Law:
    """The packs that come with the software."""
    return load_book()


def _cases(law: Law) -> list:
    faults: list = []
    cases = load_cases(law.book, case_files(law.folders), faults)
    assert not faults, [str(fault) for fault in faults]
    return cases


def test_how_much_there_is(law):
    """Rules by instrument; a shrinking pack is seen."""
    rules = law.book.rules
    count = {
        prefix: sum(name.startswith(prefix) for name in rules)
        for prefix in ("eia-", "permit-", "m24-", "tx22-", "zn-", "air-", "eco-")
    }

    assert count["eia-"] >= 405
    assert count["permit-"] >= 280
    assert sum(count[prefix] for prefix in ("m24-", "tx22-", "zn-", "air-", "eco-")) >= 300
    assert min(count.values()) >= 30


def test_every_case_comes_out(law):
    """Thousands of situations with the truth a lawyer gave them."""
    cases = _cases(law)

    assert len(cases) >= 9000
    assert [str(fault) for fault in run_cases(law.book, cases)] == []


def test_every_rule_has_a_yes_a_no_and_a_missing_fact(law):
    """And says in its case which effect it is about."""
    seen: dict[str, set[str]] = {name: set() for name in law.book.rules}
    for case in _cases(law):
        seen[case.rule].add(case.expected.word)
        if case.missing:
            seen[case.rule].add("missing")

    assert {name: words for name, words in seen.items() if words != {"true", "false", "unknown", "missing"}} == {}


def test_every_threshold_is_tried_on_it_and_beside_it(law):
    """The number itself and its other side, for each number that a rule or definition compares with."""
    bench = Bench(law.book, _cases(law))
    items = [*law.book.rules.values(), *law.book.definitions.values()]

    assert count(law.book, items, CASE_DAY) >= 260
    assert [str(fault) for item in items for fault in bench.unbounded(item)] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_every_mutant_is_noticed(law, part):
    """A rule or definition changed a little (number, code, comparison, connective, one part less) fails some case."""
    bench = Bench(law.book, _cases(law))
    rules = list(law.book.rules)[part::4]
    definitions = list(law.book.definitions)[part::4]
    faults = [fault for name in rules for fault in bench.rule(name)]
    faults += [fault for name in definitions for fault in bench.definition(name)]

    assert len(rules) > 240
    assert [str(fault) for fault in faults] == []


def test_rules_written_back_are_the_same_rules(law):
    """Text → rule → text → rule, for every rule and definition of the packs."""
    faults: list = []
    text = "".join(definition_text(item) for item in law.book.definitions.values()) + "".join(
        rule_text(rule) for rule in law.book.rules.values()
    )
    source = parse(text, "again.rules", faults)
    from dataclasses import replace

    again = link(
        replace(law.book, rules={r.id: r for r in source.rules}, definitions={d.name: d for d in source.definitions}),
        faults,
    )

    assert not faults
    assert again.rules == law.book.rules
    assert again.definitions == law.book.definitions


def test_every_sentence_is_heard_as_its_rule(law):
    """Rule → Chinese sentence → the same condition, consequence and exceptions, and no other reading."""
    assert [str(fault) for fault in misheard(law.book)] == []


def test_every_rule_says_itself_in_chinese(law):
    """One sentence, no English id in it, a consequence at its end."""
    say = Sentence(law.book)
    for rule in law.book.rules.values():
        sentence = say.rule(rule)
        assert sentence.startswith("当")
        assert sentence.endswith("。")
        assert rule.then.rstrip("。") in sentence


def test_every_citation_resolves_on_the_day_of_asking(law):
    """To an instrument with a title, and to a clause with a label where one is named."""
    for rule in law.book.rules.values():
        for cite in rule.cites:
            found = law.instruments.resolve(cite, date(2026, 11, 21))
            assert found.title
            assert ("#" in cite) == bool(found.clause_label), cite


def test_every_number_of_law_has_an_address(law):
    """Parameters cite; uncertain ones say why."""
    assert len(law.book.parameters) >= 15
    for spec in law.book.parameters.values():
        assert spec.table or all(cite for _, _, cite in spec.values), spec.id
        assert spec.sure or spec.note, spec.id
        for _, _, cite in spec.values:
            law.instruments.find(cite)


def test_facts_ask_their_question_in_chinese(law):
    """Every fact has a label and a question that a person can answer."""
    for spec in law.book.facts.values():
        assert any("\u4e00" <= char <= "\u9fff" for char in spec.question), spec.id
        assert any("\u4e00" <= char <= "\u9fff" for char in spec.zh), spec.id


def test_every_fact_is_read_by_something(law):
    """No question without a use."""
    from greenrule.backends.scalar import facts_in

    read = {item.event for item in law.book.transitions}
    for item in [*law.book.rules.values(), *law.book.definitions.values()]:
        read |= facts_in(item.when if hasattr(item, "when") else item.body)
    for spec in law.book.facts.values():
        for derivation in spec.derive:
            read |= facts_in(derivation.value) | (facts_in(derivation.when) if derivation.when else set())
    unused = sorted(set(law.book.facts) - read)

    assert unused == []
