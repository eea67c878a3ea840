"""The checks at load: names, kinds, units, cycles; all at once, each with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from greenrule.rules.book import Rulebook
from greenrule.rules.items import CodeList
from greenrule.rules.link import link
from greenrule.rules.parser import parse
from tests.strategies import COLOUR, DECISIONS, FACTS, PARAMETERS, TREE

HEAD = 'rule {name} "题"\n  subject project\n  when {when}\n  effect {effect}\n  then "果"\n  strength mandatory\n  cites a#1\n'


def check(*items: tuple[str, str, str]) -> list[str]:
    """First lines of the faults of rules given as (name, when, effect)."""
    faults: list = []
    source = parse("".join(HEAD.format(name=n, when=w, effect=e) for n, w, e in items), "a.rules", faults)
    lists = {"few": CodeList("few", "tree", "少数", ("11",))}
    book = Rulebook(FACTS, PARAMETERS, lists, DECISIONS, {"tree": TREE, "colour": COLOUR}, {d.name: d for d in source.definitions},
                    {r.id: r for r in source.rules})  # fmt: skip
    link(book, faults)
    return [str(fault).splitlines()[0] for fault in faults]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("mass >= 90 公里", "R012 a.rules:3:8 不能比较：左边是量（[mass]/[civil_year]），右边是量（[length]）"),
        ("mass >= 90 吨/小时", "R012 a.rules:3:8 不能比较：左边是量（[mass]/[civil_year]），右边是量（[mass]/[time]）"),
        ("mass >= 90 万顿/年", "R010 a.rules:3:16 不认识的单位 `万顿`"),
        ("mass >= 3", "R012 a.rules:3:8 不能比较：左边是量（[mass]/[civil_year]），右边是数"),
        ("mas >= 3 吨/年", "R013 a.rules:3:8 没有名为 `mas` 的事实或定义"),
        ("mass", "R011 a.rules:3:8 条件应为真值，这里却是量（[mass]/[civil_year]）"),
        ("colour is pink", "R019 a.rules:3:8 没有名为 `pink` 的词表 `colour` 的代码"),
        ("industry is 11", "R016 a.rules:3:8 `is`/`in` 用于类别，`industry` 却是集合（tree）"),
        ("industry under 99", "R019 a.rules:3:8 没有名为 `99` 的词表 `tree` 的代码"),
        ("industry under @fwe", "R017 a.rules:3:8 没有名为 `fwe` 的名录"),
        ("mass > $limt", "R014 a.rules:3:15 没有名为 `limt` 的参数"),
        ("count > $stairs", "R015 a.rules:3:16 参数 `stairs` 是分段表"),
        (
            "count > table($stairs, count)",
            "R012 a.rules:3:31 分段表 `stairs` 按量（[mass]/[civil_year]）查取，这里却是数",
        ),
        ("mass + count > 3 吨/年", "R012 a.rules:3:8 不能相加：量（[mass]/[civil_year]）与数"),
        ("applies(nobody)", "R020 a.rules:3:8 没有名为 `nobody` 的规则"),
        ("access is maybe", "R024 a.rules:3:8 没有名为 `maybe` 的`access` 的取值"),
    ],
)
def test_wrong_conditions(when, said):
    """Kinds, units and names, each complaint at its column."""
    assert said in check(("r", when, "prohibit access"))


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ("prohibit acces", "R021 a.rules:4:19 没有名为 `acces` 的决定"),
        ("reward access", "R022 a.rules:4:17 决定 `access` 不用动词 `reward`"),
        ("prohibit access = never", "R024 a.rules:4:19 没有名为 `never` 的`access` 的取值"),
    ],
)
def test_wrong_effects(effect, said):
    """Decisions, verbs and values are closed lists."""
    assert said in check(("r", "a", effect))


def test_a_cycle_is_named_whole():
    """Rules that wait for each other."""
    faults = check(("p", "applies(q)", "prohibit access"), ("q", "applies(p)", "prohibit access"))

    assert any(fault.startswith("R025 a.rules:1:6 规则循环：p → q → p") for fault in faults)


def test_a_rule_may_not_wait_for_the_decision_it_speaks_on():
    """A cycle through a decision is a cycle."""
    assert any(
        fault.startswith("R025") and "decision:access" in fault
        for fault in check(("p", "access is allowed", "prohibit access"))
    )


def test_all_faults_come_at_once():
    """Nothing hides behind the first fault."""
    assert (
        len(check(("p", "nobody and mass > 3 公里", "prohibit access"), ("q", "colour is pink", "prohibit access")))
        == 3
    )


def test_linking_twice_changes_nothing():
    """The linked book is a fixed point."""
    faults: list = []
    source = parse(HEAD.format(name="r", when="industry under {11} and a", effect="prohibit access"), "a.rules", faults)
    once = link(
        Rulebook(
            FACTS, PARAMETERS, {}, DECISIONS, {"tree": TREE, "colour": COLOUR}, {}, {r.id: r for r in source.rules}
        ),
        faults,
    )

    assert link(once, faults) == replace(once)
    assert not faults
