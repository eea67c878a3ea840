"""What cases must show, how it is measured, and that the solver's cases show all of it that can be shown."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings

from greenrule.backends.questions import Prover
from greenrule.backends.situation import encode
from greenrule.core.errors import Fault
from greenrule.core.units import Quantity
from greenrule.packs.boundaries import condition, goals, parts, put
from greenrule.packs.casebook import Chapter, Line, read_book, write_book
from greenrule.packs.generating import Generator
from greenrule.packs.measuring import Measure
from greenrule.packs.mutants import mutants
from greenrule.rules.nodes import Amount, And, Arithmetic, Compare, Fact, In, Literal, Not, Or, Parameter, Under
from tests.strategies import ON, book, rule, rulebooks

NINETY = Compare(">=", Fact("mass"), Amount(Fraction(30), "吨/年"))


def chapter(linked, name: str) -> Chapter:
    """The solver's cases of one rule."""
    return Generator(Prover(linked, ON), lambda facts: encode(linked, facts)).chapter(name)


def signs(found: Chapter) -> str:
    """Truths of the cases, one sign each."""
    return "".join("-?+"[line.expected] for line in found.lines)


def test_goals_name_every_part_both_ways_its_bound_its_codes_and_its_silence():
    """Of one condition with a part of each kind."""
    linked = book(rule("r", And((Fact("a"), NINETY, In("colour", ("red", "blue")), Under("industry", ("11", "2"))))))
    found = [goal.label for goal in goals(linked, linked.rules["r"].when, frozenset())]

    mass, colour, industry = "mass（中）不小于30 吨/年", "colour（中）为red、blue", "industry（中）为11（11）、2（2）"
    assert found == [
        "a（中）：成立而决定", "a（中）：不成立而决定", "a（中）：未知",
        f"{mass}：成立而决定", f"{mass}：不成立而决定", f"{mass}：恰为界值", f"{mass}：刚过界值", f"{mass}：缺“mass（中）”",
        f"{colour}：成立而决定", f"{colour}：不成立而决定", f"{colour}：因red（red）", f"{colour}：因blue（blue）", f"{colour}：缺“colour（中）”",
        f"{industry}：成立而决定", f"{industry}：不成立而决定", f"{industry}：因11（11）", f"{industry}：因2（2）", f"{industry}：缺“industry（中）”",
    ]  # fmt: skip


def test_a_part_decides_only_where_the_rule_would_turn_with_it():
    """`a` does not decide while `b` holds as well."""
    linked = book(rule("r", Or((Fact("a"), Fact("b")))))
    measure = Measure(Prover(linked, ON).program, "r", linked.rules["r"].when)
    wanted = goals(linked, linked.rules["r"].when, frozenset())

    def shown(**facts: object) -> list[str]:
        return [goal.label for goal in measure.shown(encode(linked, facts), wanted)]

    assert shown(a=True, b=True) == []
    assert shown(a=True, b=False) == ["a（中）：成立而决定"]
    assert shown(a=False, b=False) == ["a（中）：不成立而决定", "b（中）：不成立而决定"]
    assert shown(a=False) == ["b（中）：未知"]


def test_each_side_of_a_bound_an_exception_and_each_unknown():
    """The cases of a rule with a bound and an exception."""
    linked = book(rule("r", NINETY, unless=("but",)), rule("but", Fact("b")))
    prover = Prover(linked, ON)
    found = chapter(linked, "r")
    amounts = {
        str(line.facts.get("mass")): "-?+"[line.expected] for line in found.lines if line.facts.get("b") is False
    }

    assert amounts["30 吨/年"] == "+"
    assert amounts["29.99 吨/年"] == "-"
    assert {"+", "-", "?"} <= set(signs(found))
    assert any(line.facts.get("b") is True and "-?+"[line.expected] == "-" for line in found.lines)
    assert any(
        "b" not in line.facts and "-?+"[line.expected] == "?" for line in found.lines if "applies" not in line.why
    ) or any("mass" not in line.facts for line in found.lines)
    assert not found.impossible
    assert condition(linked, "r", (), prover.program.exceptions["r"]) == And((NINETY, Not(node_of(linked))))


def node_of(linked):
    """The exception as a part."""
    from greenrule.rules.nodes import Applies

    return Applies("but")


def test_what_cannot_be_shown_is_proved_so():
    """A part that does nothing: whoever is large is not small."""
    linked = book(rule("r", And((NINETY, Compare(">=", Fact("mass"), Amount(Fraction(10), "吨/年"))))))
    found = chapter(linked, "r")

    assert ("mass（中）不小于10 吨/年：不成立而决定", "证明不能：条件自身") in found.impossible
    assert "mass（中）不小于30 吨/年：不成立而决定" not in dict(found.impossible)


def test_thirds_and_facts_on_both_sides_have_their_bound():
    """No decimal is a third of a limit: the case says `50/3`, and is replayed as that."""
    thrice = Compare("<=", Arithmetic("*", Amount(Fraction(3)), Fact("mass")), Parameter("limit"))
    linked = book(
        rule("r", thrice),
        rule("s", Compare("<", Fact("mass"), Fact("other"))),
        rule("t", Compare("<", Amount(Fraction(0)), Fact("count"))),
    )

    for name in linked.rules:
        found = chapter(linked, name)
        assert (found.impossible, found.undecided) == ([], []), name
    third = [line for line in chapter(linked, "r").lines if "恰为界值" in line.why]
    assert [line.facts["mass"].value for line in third] == [Fraction(50, 3)]


def test_a_limit_that_is_not_set_yet_shows_only_what_is_missing():
    """The rule is unknown whatever is known: each side of the bound is proved out of reach."""
    found = chapter(book(rule("r", Compare("<", Fact("mass"), Parameter("later")))), "r")

    assert [(line.expected.word, line.why) for line in found.lines] == [
        ("unknown", "mass（中）小于将来的限值：缺“mass（中）”")
    ]
    assert {label.partition("：")[2] for label, _ in found.impossible} == {
        "成立而决定",
        "不成立而决定",
        "恰为界值",
        "刚过界值",
    }
    assert {reason for _, reason in found.impossible} == {"证明不能：条件自身"}


def test_what_the_scalar_machine_does_not_confirm_is_listed():
    """A machine that knows nothing of what it is told: no case is kept, each goal says why."""
    linked = book(rule("r", NINETY))
    found = Generator(Prover(linked, ON), lambda facts: {}).chapter("r")

    assert found.lines == []
    assert found.undecided
    assert all("复算" in reason for _, reason in found.undecided)


def test_a_chapter_that_still_holds_stays_and_one_that_does_not_is_made_anew():
    """Kept are the cases as they stand; what they do not show is looked for; another condition or a wrong case starts again."""
    linked = book(rule("r", And((Fact("a"), NINETY))))
    generator = Generator(Prover(linked, ON), lambda facts: encode(linked, facts))
    first = generator.chapter("r")
    odd = replace(first, lines=[replace(line, facts={**line.facts, "c": True}) for line in first.lines])

    assert generator.chapter("r", odd).lines == odd.lines
    fewer = generator.chapter("r", replace(odd, lines=odd.lines[:-1]))
    assert fewer.lines[:-1] == odd.lines[:-1]
    assert len(fewer.lines) == len(odd.lines)
    assert all("c" not in line.facts for line in generator.chapter("r", replace(odd, fingerprint="00000000")).lines)
    wrong = [replace(odd.lines[0], expected=odd.lines[1].expected), *odd.lines[1:]]
    assert all("c" not in line.facts for line in generator.chapter("r", replace(odd, lines=wrong)).lines)


@given(linked=rulebooks())
@settings(max_examples=30)
def test_the_solver_shows_every_goal_or_proves_that_nothing_can(linked):
    """Over generated rulebooks: all goals are shown by replayed cases or out of reach, and none out of reach is ever shown."""
    name = next(iter(linked.rules))
    prover = Prover(linked, ON)
    found = chapter(linked, name)
    body = condition(linked, name, (), prover.program.exceptions.get(name, ()))
    wanted = goals(linked, body, frozenset())
    measure = Measure(prover.program, name, body)
    shown = {goal for line in found.lines for goal in measure.shown(encode(linked, line.facts), wanted)}
    beyond = dict(found.impossible)

    assert {goal.label for goal in wanted if goal not in shown} <= beyond.keys() | dict(found.undecided).keys()
    assert not [reason for _, reason in found.undecided if "复算" in reason]
    for a, b, c, m, o, i in itertools.product(
        (True, False), (True, False), (True, False), (0, 30, 60), (0, 29, 50), ("111", "12", "21")
    ):
        world = {
            "a": a, "b": b, "c": c, "mass": Quantity(Fraction(m), "吨/年"), "other": Quantity(Fraction(o), "吨/年"), "count": Fraction(m, 10),
            "colour": ("red", "green", "blue")[o % 3], "day": date(2020, 1, 1 + o % 6), "industry": frozenset({i}),
        }  # fmt: skip
        known = [goal for goal in measure.shown(encode(linked, world), wanted) if goal.sort != "unknown"]
        assert not {goal.label for goal in known} & beyond.keys()


@given(linked=rulebooks())
@settings(max_examples=30)
def test_generated_cases_notice_every_change_that_anybody_could_notice(linked):
    """A mutant that all cases still accept differs from the rule in no situation: the solver proves it."""
    name = next(iter(linked.rules))
    prover = Prover(linked, ON)
    found = chapter(linked, name)
    whole = condition(linked, name, (), prover.program.exceptions.get(name, ()))
    values = [(encode(linked, line.facts), line.expected) for line in found.lines]
    for text, mutant in _simple(whole, linked):
        compiled = Measure(prover.program, name, mutant)
        if all(compiled.truth(given) == expected for given, expected in values):
            one = prover.check(prover.pair(mutant).true, prover.pair(whole).false)[0]
            other = prover.check(prover.pair(mutant).false, prover.pair(whole).true)[0]
            assert (one, other) == ("unsat", "unsat"), f"{text}: {mutant}"


def _simple(body, linked):
    """Single parts turned over or left out; comparisons moved by their edge."""
    for path, part in parts(body):
        yield f"not {part}", put(body, path, Not(part))
        for value in (True, False):
            yield f"{part} := {value}", put(body, path, Literal(value))
        if isinstance(part, Compare):
            yield from ((item.text, put(body, path, item.node)) for item in mutants(part, linked, ON))


# -- the golden file ------------------------------------------------------------------------------------------------
def test_a_chapter_comes_back_from_its_file_as_it_was_written(tmp_path: Path):
    """Truths, amounts, codes, sets, nothing of a set, facts taken away, goals out of reach."""
    linked = book(rule("r", And((Fact("a"), NINETY))))
    lines = [
        Line(2, {"a": True, "mass": Quantity(Fraction(30), "吨/年"), "industry": frozenset({"111", "21"}), "colour": "red", "count": Fraction(1, 3),
                 "day": date(2020, 1, 2)}, "成立"),
        Line(0, {"a": False, "mass": Quantity(Fraction(50, 3), "吨/年"), "industry": frozenset(), "colour": "red", "count": Fraction(1, 3),
                 "day": date(2020, 1, 2)}, "a 不成立 | 竖线"),
        Line(1, {"a": True}, "缺 mass"),
    ]  # fmt: skip
    made = Chapter("r", "0123abcd", "prohibit access", lines, [("x", "证明不能：y")], [("y", "timeout")])
    path = tmp_path / "x.cases"
    path.write_text(write_book(linked, [made], ON, ("cn", "cn-shanxi")), encoding="utf-8")
    faults: list[Fault] = []
    (back,) = read_book(linked, path, faults)

    assert faults == []
    assert (back.on, back.packs) == (ON, ("cn", "cn-shanxi"))
    assert (back.rule, back.fingerprint, back.effect) == (made.rule, made.fingerprint, made.effect)
    assert [(line.expected, line.facts, line.why) for line in back.lines] == [
        (line.expected, line.facts, line.why) for line in lines
    ]
    assert (back.impossible, back.undecided) == (made.impossible, made.undecided)


def test_a_damaged_file_tells_every_line_that_cannot_be_read(tmp_path: Path):
    """With its place; the other lines are still read."""
    linked = book(rule("r", Fact("a")))
    path = tmp_path / "x.cases"
    path.write_text(
        "on 2026-13-01\n+ a=是 | 太早\n= r 0123abcd\n= r 0123abcd prohibit access\n+ a=是 | 好\n+ zz=是 | 没有\n+ a=也许 | 不是真值\n"
        "- a=否\n* 什么\n= r 0123abcd prohibit access\n",
        encoding="utf-8",
    )
    faults: list[Fault] = []
    chapters = read_book(linked, path, faults)

    assert [(fault.code, fault.place.line) for fault in faults if fault.place] == [
        ("C030", 1), ("C032", 2), ("C030", 3), ("C031", 6), ("C031", 7), ("C030", 8), ("C030", 9), ("C032", 10),
    ]  # fmt: skip
    assert [line.why for line in chapters[0].lines] == ["好", "没有", "不是真值"]


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path):
    """Bytes that are not UTF-8."""
    path = tmp_path / "x.cases"
    path.write_bytes(b"= r \xff\xfe")
    faults: list[Fault] = []

    assert read_book(book(rule("r", Fact("a"))), path, faults) == []
    assert [fault.code for fault in faults] == ["P002"]
