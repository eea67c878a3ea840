"""What cases must show, how it is measured, and that the solver's cases show all of it that can be shown."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings

from greenrule.backends.questions import Prover
from greenrule.backends.replay import Cone
from greenrule.backends.situation import encode
from greenrule.core.errors import Fault
from greenrule.core.units import Quantity
from greenrule.packs.boundaries import Measure, condition, goals, parts, put
from greenrule.packs.casebook import Chapter, Line, read_book, write_book
from greenrule.packs.generating import Generator
from greenrule.packs.mutants import mutants
from greenrule.rules.nodes import Amount, And, Compare, Fact, In, Literal, Not, Or, Under
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

    assert found == [
        "a 成立而决定", "a 不成立而决定", "a 缺 a",
        "mass >= 30 吨/年 成立而决定", "mass >= 30 吨/年 不成立而决定", "mass >= 30 吨/年 恰为界值", "mass >= 30 吨/年 刚过界值", "mass >= 30 吨/年 缺 mass",
        "colour in {red, blue} 成立而决定", "colour in {red, blue} 不成立而决定", "colour in {red, blue} 因 red", "colour in {red, blue} 因 blue",
        "colour in {red, blue} 缺 colour",
        "industry under {11, 2} 成立而决定", "industry under {11, 2} 不成立而决定", "industry under {11, 2} 因 11", "industry under {11, 2} 因 2",
        "industry under {11, 2} 缺 industry",
    ]  # fmt: skip


def test_a_part_decides_only_where_the_rule_would_turn_with_it():
    """`a` does not decide while `b` holds as well."""
    linked = book(rule("r", Or((Fact("a"), Fact("b")))))
    measure = Measure(Prover(linked, ON).program, "r", linked.rules["r"].when)
    wanted = goals(linked, linked.rules["r"].when, frozenset())

    def shown(**facts: object) -> list[str]:
        return [goal.label for goal in measure.shown(encode(linked, facts), wanted)]

    assert shown(a=True, b=True) == []
    assert shown(a=True, b=False) == ["a 成立而决定"]
    assert shown(a=False, b=False) == ["a 不成立而决定", "b 不成立而决定"]
    assert shown(a=False) == ["b 缺 b"]


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

    assert "mass >= 10 吨/年 不成立而决定" in found.impossible
    assert "mass >= 30 吨/年 不成立而决定" not in found.impossible


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
    beyond = {label for label in found.impossible if "：由" not in label}

    assert {goal.label for goal in wanted if goal not in shown} <= {
        label.partition("：由")[0] for label in found.impossible
    } | {label for label, _ in found.undecided}
    for a, b, c, m, o, i in itertools.product(
        (True, False), (True, False), (True, False), (0, 30, 60), (0, 29, 50), ("111", "12", "21")
    ):
        world = {
            "a": a, "b": b, "c": c, "mass": Quantity(Fraction(m), "吨/年"), "other": Quantity(Fraction(o), "吨/年"), "count": Fraction(m, 10),
            "colour": ("red", "green", "blue")[o % 3], "day": date(2020, 1, 1 + o % 6), "industry": frozenset({i}),
        }  # fmt: skip
        known = [goal for goal in measure.shown(encode(linked, world), wanted) if goal.sort != "unknown"]
        assert not {goal.label for goal in known} & beyond


@given(linked=rulebooks())
@settings(max_examples=30)
def test_generated_cases_notice_every_change_that_anybody_could_notice(linked):
    """A mutant that all cases still accept differs from the rule in no situation: the solver proves it."""
    name = next(iter(linked.rules))
    prover = Prover(linked, ON)
    found = chapter(linked, name)
    cone = Cone(prover.program, [name])
    values = [(encode(linked, line.facts), line.expected) for line in found.lines]
    for text, mutant in _simple(linked.rules[name].when, linked):
        compiled = Measure(prover.program, name, mutant)
        if all(compiled.truth(given) == expected for given, expected in values):
            answer = prover.equivalent(mutant, linked.rules[name].when, show=False)
            one = prover.check(prover.pair(mutant).true, prover.smt.run(linked.rules[name].when).false)[0]
            other = prover.check(prover.pair(mutant).false, prover.smt.run(linked.rules[name].when).true)[0]
            assert answer.proved or (one, other) == ("unsat", "unsat"), f"{text}: {mutant}"
    assert cone.steps


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
    made = Chapter("r", "0123abcd", "prohibit access", lines, ["x 不能"], [("y", "timeout")])
    path = tmp_path / "x.cases"
    path.write_text(write_book([made], ON), encoding="utf-8")
    faults: list[Fault] = []
    on, (back,) = read_book(linked, path, faults)

    assert faults == []
    assert on == ON
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
    _, chapters = read_book(linked, path, faults)

    assert [(fault.code, fault.place.line) for fault in faults if fault.place] == [
        ("C030", 1), ("C032", 2), ("C030", 3), ("C031", 6), ("C031", 7), ("C030", 8), ("C030", 9), ("C032", 10),
    ]  # fmt: skip
    assert [line.why for line in chapters[0].lines] == ["好", "没有", "不是真值"]


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path):
    """Bytes that are not UTF-8."""
    path = tmp_path / "x.cases"
    path.write_bytes(b"= r \xff\xfe")
    faults: list[Fault] = []

    assert read_book(book(rule("r", Fact("a"))), path, faults) == (None, [])
    assert [fault.code for fault in faults] == ["P002"]
