"""Values of facts as findings and people write them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from greenrule.core.units import Quantity
from greenrule.packs.book import Law


def shown(value: Any) -> Any:
    """A fact's value as the finding writes it."""
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Fraction):
        return float(value) if value.denominator != 1 else value.numerator
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)


def label(law: Law, name: str, value: Any) -> str:
    """A value in words: 是, 否, a category's label, an amount."""
    spec = law.book.facts[name]
    if isinstance(value, bool):
        return "是" if value else "否"
    if spec.kind.vocab and not isinstance(value, (date, int, float)):
        labels = law.book.vocabularies[spec.kind.vocab].labels
        codes = [value] if isinstance(value, str) else sorted(value)
        return "、".join(labels.get(code, code) for code in codes)
    return str(shown(value))
