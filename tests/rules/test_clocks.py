"""The two clocks over generated rulebooks: later knowledge never changes a past answer, and transitions choose the edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.scalar import Program
from greenrule.backends.situation import encode
from greenrule.core.units import Quantity
from greenrule.rules.book import DatedTable, DecisionSpec, Derivation, Ending, Point, Rulebook, Transition, Vocabulary
from greenrule.rules.clocks import standing
from greenrule.rules.items import CodeList, Effect, ListVersion
from greenrule.rules.link import link
from greenrule.rules.nodes import And, Compare, Day, Fact, Literal, Node, Parameter, Table, Under, rewritten
from tests.strategies import book, expressions, rule, rulebooks, worlds

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
THEN = date(2022, 1, 1)
CODES = ("1", "11", "112", "2", "A")
LISTED = CodeList("listed", "tree", "名录", ("111",), ("12",), note="等",
                  versions=(ListVersion(date(2021, 1, 1), date(2020, 12, 1), ("111",), ("12",), note="等"),))  # fmt: skip


def dated(plain: Rulebook) -> Rulebook:
    """A generated rulebook put on the clocks: every item has been known since the beginning of 2020."""
    when = Under("industry", (), (), "listed")
    rules = {**plain.rules, "listed-rule": rule("listed-rule", when)}
    first = date(2020, 1, 1)
    out = linked(replace(plain, lists={"listed": LISTED}, rules=rules))
    return replace(out, validity=dict.fromkeys(rules, (first, None, first, first)))


def linked(plain: Rulebook) -> Rulebook:
    faults: list = []
    out = link(plain, faults)
    assert not faults, [str(fault) for fault in faults]
    return out


@st.composite
def additions(draw: st.DrawFn, old_book: Rulebook, after: date) -> Rulebook:
    """The old_book with later knowledge of every sort, all of it recorded after a day."""
    learnt = after + timedelta(days=draw(st.integers(1, 900)))
    first = draw(DAYS)
    old = draw(st.sampled_from(sorted(old_book.rules)))
    new = rule("new", draw(expressions), Effect(draw(st.sampled_from(("prohibit", "restrict"))), "access"),
               Effect("prohibit", "second"), overrides=(draw(st.sampled_from(sorted(old_book.rules))),), replaces=(old,))  # fmt: skip
    limit = old_book.parameters["limit"]
    stairs = old_book.parameters["stairs"]
    listed = old_book.lists["listed"]
    tree = old_book.vocabularies["tree"]
    codes = tuple(draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True)))
    own = draw(st.booleans())
    version = ListVersion(draw(st.none() | DAYS), None if own and draw(st.booleans()) else learnt, codes, own=own)
    second = DecisionSpec(
        "second", "另一决定", (("no", "否"), ("yes", "是")), {"prohibit": "yes"}, default="no", recorded=learnt
    )
    grown = replace(
        old_book,
        rules={**old_book.rules, "new": new},
        decisions={**old_book.decisions, "second": second},
        parameters={
            **old_book.parameters,
            "limit": replace(
                limit, values=(*limit.values, (first, Fraction(1), "y#1")), recorded=(date(2020, 1, 1), learnt)
            ),
            "stairs": replace(stairs, table=(Point(Fraction(0), Fraction(9)),), tables=(
                DatedTable(None, stairs.table, "x#1"), DatedTable(first, (Point(Fraction(0), Fraction(9)),), "y#1", learnt),
            )),
        },
        lists={"listed": replace(listed, codes=codes, open_within=(), versions=(*listed.versions, version))},
        vocabularies={**old_book.vocabularies, "tree": Vocabulary("tree", {**tree.labels, "113": "113"},
                                                               {**tree.parent, "113": "11"}, {"113": (None, None, learnt)})},
        facts={**old_book.facts, "b": replace(old_book.facts["b"], derive=(Derivation(Literal(draw(st.booleans())), None, None, learnt),))},
    )  # fmt: skip
    grown = linked(grown)
    ends = (Ending(first - timedelta(days=1), learnt, "new", draw(st.booleans()), "不知"),)
    validity = {**old_book.validity, "new": (first, draw(st.none() | DAYS), learnt, first)}
    began, _, recorded, since = validity[old]
    if ends[0].sure:
        validity[old] = (began, ends[0].last, recorded, since)
    change = Transition("t", "衔接", "day", draw(DAYS), draw(st.sampled_from(("old", "new", "undecided"))), "y", ("access",),
                        ("new",), (old,), draw(st.none() | st.just("旧版")), "未载", recorded=learnt)  # fmt: skip
    return replace(grown, validity=validity, endings={old: ends}, bounds={old: None}, transitions=(change,))


@settings(max_examples=150)
@given(st.data())
def test_adding_later_knowledge_never_changes_a_past_answer(data):
    """Rules, ends, parameters, tables, lists, codes, decisions, derivations, transitions: all at once, in every mixture."""
    before = dated(data.draw(rulebooks()))
    known, on = data.draw(DAYS), data.draw(DAYS)
    after = data.draw(additions(before, known))
    events = data.draw(st.sampled_from((frozenset(), frozenset({"day"}))))
    one = Program(before, on, known, events=events)
    other = Program(after, on, known, events=events)

    assert one.live == other.live
    for _ in range(3):
        values = encode(before, data.draw(worlds()))
        first, second = one.run(values), other.run(values)
        assert {name: first.truth(name) for name in before.rules} == {name: second.truth(name) for name in before.rules}
        assert first.outcomes == second.outcomes
    assert standing(after, on, known, events).facts == standing(before, on, known, events).facts
    trees = [standing(book, on, known, events).vocabularies["tree"] for book in (after, before)]
    assert trees[0].labels == trees[1].labels
    assert trees[0].parent == trees[1].parent


@given(st.data())
def test_once_it_is_known_it_counts(data):
    """The law above would hold of a machine that never learns: here is what it learns."""
    before = dated(data.draw(rulebooks()))
    after = data.draw(additions(before, THEN))
    day = date(2031, 1, 1)
    late = standing(after, day, date(2035, 1, 1))
    early = standing(after, day, THEN)

    assert ("second" in late.decisions, "second" in early.decisions) == (True, False)
    assert late.parameters["limit"].on(day)[0] == 1
    assert early.parameters["limit"].on(day)[0] == before.parameters["limit"].on(day)[0]
    assert late.parameters["stairs"].table != early.parameters["stairs"].table == before.parameters["stairs"].table
    assert late.facts["b"].derive
    assert not early.facts["b"].derive
    assert "113" in late.vocabularies["tree"].labels
    assert "113" not in early.vocabularies["tree"].labels


def test_nothing_dated_costs_nothing():
    """Asked without a known day and without a stated event, an undated book is handed on as it is."""
    plain = book(rule("r", Fact("a")))

    assert standing(plain, THEN) is plain
    assert standing(plain, THEN, date(2035, 1, 1)) is plain


CATALOGUE = {"old": (date(2018, 1, 1), date(2020, 12, 31)), "new": (date(2021, 1, 1), None)}


def editions(before: str, missing: str | None = None) -> Rulebook:
    """Two editions of one catalogue: the old one forbids `a`, the new one `b`; the day of the case is `day`."""
    linked_book = book(rule("old", Fact("a")), rule("new", Fact("b")))
    validity = {name: (first, last, date(2017, 1, 1), first) for name, (first, last) in CATALOGUE.items()}
    change = Transition("t", "衔接", "day", date(2021, 1, 1), before, "y", ("access",), ("new",),
                        () if missing else ("old",), missing, "未载过渡条款")  # fmt: skip
    ends = {"old": (Ending(date(2020, 12, 31), None, "new"),)}
    return replace(
        linked_book, validity=validity, endings=ends, bounds={"old": None, "new": None}, transitions=(change,)
    )


@pytest.mark.parametrize(
    ("before", "accepted", "a", "b", "word"),
    [
        ("old", date(2020, 1, 1), True, False, "prohibited"),  # the old edition governs what came in under it
        ("old", date(2020, 1, 1), False, True, "allowed"),
        ("old", date(2021, 1, 1), True, False, "allowed"),  # the day of change itself is the new edition's
        ("old", date(2021, 1, 1), False, True, "prohibited"),
        ("old", None, False, False, "allowed"),  # neither edition forbids: the day does not matter
        ("old", None, True, False, None),
        (
            "old",
            None,
            True,
            True,
            None,
        ),  # both forbid, but each only on its own side: the machine does not see through it
        ("new", date(2020, 1, 1), True, False, "allowed"),
        ("new", date(2020, 1, 1), False, True, "prohibited"),
        ("undecided", date(2020, 1, 1), True, False, None),
        ("undecided", date(2020, 1, 1), False, True, None),
        ("undecided", date(2021, 1, 1), False, True, "prohibited"),
        ("undecided", date(2020, 1, 1), False, False, "allowed"),
    ],
)
def test_the_transition_clause_chooses_the_edition(before, accepted, a, b, word):
    """Asked in 2026 of a case whose day of acceptance is stated."""
    both = editions(before)
    program = Program(both, date(2026, 1, 1), events=frozenset({"day"}))
    values = encode(both, {"a": a, "b": b, "day": accepted})

    assert program.run(values).outcomes["access"].value == word


def test_a_case_that_states_no_day_is_asked_under_the_law_of_the_day():
    """The transition is nobody's business then, and nothing is unknown that was known before."""
    both = editions("undecided")
    for on, word in ((date(2020, 12, 31), "prohibited"), (date(2021, 1, 1), "allowed")):
        assert Program(both, on).run(encode(both, {"a": True, "b": False})).outcomes["access"].value == word


def test_where_no_pack_holds_the_old_edition_anything_may_be():
    """Not "allowed" because the rules of the old edition are not there."""
    one = editions("undecided", missing="旧版")
    program = Program(one, date(2026, 1, 1), events=frozenset({"day"}))
    before = program.run(encode(one, {"a": False, "b": False, "day": date(2020, 1, 1)})).outcomes["access"]
    after = program.run(encode(one, {"a": False, "b": False, "day": date(2021, 1, 1)})).outcomes["access"]

    assert before.candidates == ("allowed", "restricted", "prohibited")
    assert after.value == "allowed"


def test_an_unsure_end_leaves_the_rule_unknown_from_the_day_after():
    """It is not known whether the successor replaced it."""
    one = book(rule("r", Fact("a")))
    ends = {"r": (Ending(date(2023, 12, 31), date(2023, 6, 1), "z", False, "不知是否取代"),)}
    one = replace(one, validity={"r": (date(2020, 1, 1), None, date(2020, 1, 1), date(2020, 1, 1))}, endings=ends)
    values = encode(one, {"a": True})

    def asked(on, known=None):
        return Program(one, on, known).run(values).truth("r").word

    assert asked(date(2023, 12, 31)) == "true"
    assert asked(date(2024, 1, 1)) == "unknown"
    assert asked(date(2024, 1, 1), date(2023, 5, 31)) == "true"


def test_a_table_before_its_first_edition_has_no_value():
    """Unknown, not the first value, and not a crash."""
    one = book(rule("r", Compare(">=", Table("stairs", Fact("mass")), Table("stairs", Fact("mass")))))
    spec = one.parameters["stairs"]
    spec = replace(spec, tables=(DatedTable(date(2024, 1, 1), spec.table, "x#1"),))
    one = replace(one, parameters={**one.parameters, "stairs": spec})
    values = encode(one, {"mass": Quantity(Fraction(1), "吨/年")})

    assert Program(one, date(2023, 12, 31)).run(values).truth("r").word == "unknown"
    assert Program(one, date(2024, 1, 1)).run(values).truth("r").word == "true"


@given(expressions)
def test_a_rewriting_that_changes_nothing_keeps_the_tree(node):
    """The same object, so that a book without changes costs nothing."""
    assert rewritten(node, lambda part: part) is node


@given(expressions)
def test_every_node_is_offered_children_first(node):
    """As many as there are."""
    seen: list[Node] = []
    rewritten(node, lambda part: (seen.append(part), part)[1])

    assert len(seen) == sum(1 for _ in node.walk())
    assert seen[-1] is node


def test_a_list_has_the_edition_of_the_day():
    """A user's list goes before the packs'; one that does not say since when it is known stays out of known-day answers."""
    packs = ListVersion(date(2024, 1, 1), date(2023, 12, 1), ("1",))
    mine = ListVersion(None, None, ("2",), own=True)
    item = CodeList("x", "tree", "名录", ("2",), versions=(packs, mine))

    assert item.at_day(date(2025, 1, 1), None).codes == ("2",)
    assert item.at_day(date(2025, 1, 1), date(2025, 1, 1)).codes == ("1",)
    assert item.at_day(date(2023, 1, 1), date(2025, 1, 1)).open_within == ("*",)
    assert item.at_day(date(2025, 1, 1), date(2023, 11, 30)).open_within == ("*",)
    told = replace(mine, recorded=date(2024, 6, 1))
    item = replace(item, versions=(packs, told))
    assert item.at_day(date(2025, 1, 1), date(2024, 5, 31)).codes == ("1",)
    assert item.at_day(date(2025, 1, 1), date(2024, 6, 1)).codes == ("2",)


def test_the_expression_of_a_bound_rule_reads_the_event():
    """So that a machine that proves things about cases sees the day too."""
    new = standing(editions("old"), date(2026, 1, 1), None, frozenset({"day"})).rules["new"].when
    assert isinstance(new, And)
    assert Day(date(2021, 1, 1)) in list(new.walk())
    assert Parameter("limit") not in list(new.walk())
