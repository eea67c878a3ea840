"""What targets ask, in English."""

from __future__ import annotations

from greenrule.core.tongue import amount, unit_words
from greenrule.core.units import number_text
from greenrule.packs.targets import Target

_DEMANDS = {
    "<=": "at most",
    "<": "below",
    ">=": "at least",
    ">": "above",
    "=": "exactly",
    "between": "between",
    "rank": "out of the last",
}
#: What targets count by.
COUNTED = {
    "名次": "(rank)", "家": "enterprises", "座": "sites", "处": "places", "种": "species or kinds", "项": "items", "县": "counties",
    "市": "cities", "断面": "sections", "小类": "subclasses", "类别": "categories", "次/年": "times a year", "次/月": "times a month",
    "天": "days", "年": "years", "个": "",
}  # fmt: skip


def demand_in_english(target: Target) -> str:
    """What a target asks.

    >>> from fractions import Fraction
    >>> demand_in_english(Target("t", "甲", ("全省",), "<=", Fraction(25), "μg/m3", None, "binding", ()))
    'at most 25 μg/m3'
    """
    if target.operator == "done":
        return "to be complete"
    word = _DEMANDS[target.operator]
    if target.value is None:
        return f"{word} ?"
    number = number_text(target.value)
    if target.operator == "rank":
        return f"{word} {number} (of {target.among})"
    if target.upper is not None:
        number = f"{number} and {number_text(target.upper)}"
    if target.unit == "%":
        return f"{word} {number}%"
    if target.unit in COUNTED:
        return f"{word} {number} {COUNTED[target.unit]}".rstrip()
    return (
        f"{word} {amount(f'{number} {target.unit}')}"
        if target.upper is None
        else f"{word} {number} {unit_words(target.unit)[0]}"
    )
