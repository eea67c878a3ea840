"""Every complaint about a list has a list that deserves it, and one beside it that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.response.episode_rules import LEVELS
from greenrule.response.list_checks import KINDS, Permit, check_list, kilograms, percent
from greenrule.response.reduction_list import Demand, Enterprise, Measure, Process, ReductionList, shares
from tests.response.lists import DEMANDS, STRICT, rules

RULES = rules()


def measure(share: int, text: str = "", evidence: str = "用电量") -> Measure:
    return Measure(text or f"停用{share}号设备", (10 * share, 10 * share, 10 * share, 10 * share), evidence)


def sound() -> ReductionList:
    """Three works of three grades, cut ever deeper, that reach 10, 20 and 30 %."""
    depths = {"B": (10, 20, 30), "C": (12, 22, 33), "D": (14, 25, 40)}
    enterprises = tuple(Enterprise(id, f"{id}厂", id, "2521", f"P-{id}", row=n) for n, id in enumerate(depths, 4))
    processes = tuple(
        Process(id, "1号线", "炼焦", (1000,) * 4, {level: measure(n, f"{id}厂停用{n}号") for level, n in zip(LEVELS, steps, strict=True)}, row=row)
        for row, (id, steps) in enumerate(depths.items(), 4)
    )  # fmt: skip
    return ReductionList(enterprises, processes)


def kinds(listed: ReductionList, permits: list[Permit] | None = None, on: date | None = None) -> set[str]:
    found, _ = check_list(listed, STRICT, RULES, permits, on)
    assert {item.kind for item in found} <= set(KINDS)
    return {item.kind for item in found}


def with_process(listed: ReductionList, number: int = 0, **changes: object) -> ReductionList:
    items = list(listed.processes)
    items[number] = replace(items[number], **changes)
    return replace(listed, processes=tuple(items))


def with_enterprise(listed: ReductionList, number: int = 0, **changes: object) -> ReductionList:
    items = list(listed.enterprises)
    items[number] = replace(items[number], **changes)
    return replace(listed, enterprises=tuple(items))


def test_a_sound_list_has_no_complaints() -> None:
    assert kinds(sound(), [Permit(f"P-{id}", f"{id}厂", True) for id in "BCD"]) == set()


def test_permits_must_all_be_covered() -> None:
    mine = [Permit(f"P-{id}", f"{id}厂", True) for id in "BCD"]
    assert kinds(sound(), [*mine, Permit("P-X", "外厂", True)]) == {"coverage"}
    assert kinds(sound(), [*mine, Permit("P-X", "外厂", False)]) == set()
    assert kinds(sound(), [*mine, Permit("P-X", "外厂", None)]) == {"doubt"}
    assert kinds(sound(), [*mine[:2], Permit("P-DD", "D 厂", True)]) == {
        "coverage",
        "doubt",
    }  # the number is written otherwise
    assert kinds(with_enterprise(sound(), 0, permit=""), mine[1:]) == {"doubt"}


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("nested", with_process(sound(), 0, measures={"yellow": measure(10), "red": measure(30)})),
        ("nested", with_process(sound(), 0, measures={"yellow": measure(10), "orange": measure(9), "red": measure(30)})),
        ("check", with_process(sound(), 0, measures={level: measure(n, evidence="") for level, n in zip(LEVELS, (10, 20, 30), strict=True)})),
        ("check", with_process(sound(), 0, measures={level: measure(n, f"适当停用{n}号") for level, n in zip(LEVELS, (10, 20, 30), strict=True)})),
        ("check", with_process(sound(), 0, measures={level: measure(n, "降低负荷") for level, n in zip(LEVELS, (10, 20, 30), strict=True)})),
        ("amount", with_process(sound(), 2, measures={level: measure(n, f"限产{n - 1}%") for level, n in zip(LEVELS, (14, 25, 40), strict=True)})),
        ("amount", with_process(sound(), 0, measures={level: measure(n) for level, n in zip(LEVELS, (101, 101, 101), strict=True)})),
        ("amount", with_process(sound(), 0, emission=(0, 0, 0, 0), measures={})),
        ("grade", with_enterprise(sound(), 0, grade="A")),
        ("grade", with_process(sound(), 0, measures={level: measure(n) for level, n in zip(LEVELS, (20, 30, 50), strict=True)})),
        ("exempt", with_process(sound(), 2, exempt="livelihood", reason="供暖")),
        ("exempt", with_process(sound(), 2, exempt="safety", reason="", measures={})),
        ("double", with_enterprise(sound(), 0, permit="P-C")),
        ("double", replace(sound(), processes=(*sound().processes, replace(sound().processes[0], row=9)))),
        ("doubt", with_enterprise(sound(), 0, grade="")),
        ("share", with_process(sound(), 0, measures={})),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_is_found(kind: str, listed: ReductionList) -> None:
    assert kind in kinds(listed)


def test_one_measure_for_everybody_is_across_the_board() -> None:
    def same(text: str, depths: tuple[int, int, int]) -> ReductionList:
        out = sound()
        for number in range(3):
            out = with_process(out, number, measures={level: measure(depths[number], text) for level in LEVELS})
        return out

    assert "uniform" in kinds(same("限产30%", (30, 30, 30)))
    assert "uniform" in kinds(same("停用1号设备", (30, 31, 32)))
    varied = same("停用1号设备", (30, 30, 30))
    varied = with_process(varied, 1, measures={level: measure(30, "停用2号设备") for level in LEVELS})
    assert "uniform" in kinds(varied)  # other words, the very same shares
    spared = with_process(same("限产30%", (30, 30, 30)), 0, measures={})
    assert "uniform" not in kinds(spared)


def test_a_grade_ends_on_its_day() -> None:
    listed = with_enterprise(sound(), 0, valid_to="2026-01-31")
    assert kinds(listed, on=date(2026, 1, 31)) == set()
    assert kinds(listed, on=date(2026, 2, 1)) == {"grade"}


def test_a_share_is_reached_to_the_gram_or_not() -> None:
    one = ReductionList((Enterprise("e", "e", "C"),), (Process("e", "", "窑", (1000, 1000, 1000, 1000)),))

    def met(cut: int) -> list[bool | None]:
        listed = with_process(one, 0, measures={"yellow": Measure("停用", (cut, 200, cut, cut))})
        return [item.met for item in shares(listed, {"yellow": DEMANDS["yellow"]})]

    assert met(100) == [True, True, True, True]
    assert met(99) == [None, True, False, False]  # 9.9 + 20 ≥ 20 %: set off, which rests on an unchecked source
    assert [item.met for item in shares(with_process(one, 0, measures={"yellow": Measure("停用", (99, 200, 100, 100))}), {"yellow": STRICT["yellow"]})] == [False, True, True, True]  # fmt: skip


def test_measures_of_exempt_processes_do_not_count() -> None:
    listed = with_process(sound(), 2, exempt="livelihood", reason="供暖")
    _, reached = check_list(listed, STRICT, RULES)
    assert reached[0].cut == 100 + 120


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.fractions(0, 1, max_denominator=100))
def test_what_is_not_reached_does_not_look_reached(cut: int, base: int, needed: Fraction) -> None:
    listed = ReductionList(
        (Enterprise("e", "e"),), (Process("e", "", "p", (base, 0, 0, 0), {"red": Measure("停用", (cut, 0, 0, 0))}),)
    )
    found = shares(listed, {"red": Demand(needed, None)})[0]
    assert (found.met is True) == (Fraction(cut, base) >= needed)
    assert found.lacking == (0 if found.met else -(-(needed * base - cut) // 1))
    assert Fraction(percent(found.value).rstrip("%")) / 100 <= found.value


def test_kilograms_show_all_digits() -> None:
    assert (kilograms(1234567), kilograms(1000), kilograms(1)) == ("1,234.567", "1", "0.001")
