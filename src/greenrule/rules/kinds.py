"""Kinds of values that a rule may speak of: truth, quantity, number, category, set, date.

A kind is declared in a pack's `facts/*.yaml`; the checker compares kinds, never values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["truth", "quantity", "number", "category", "set", "date", "code"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of value it is; `dimension` for quantities, `vocab` for categories and sets.

    >>> str(Kind("quantity", dimension="[mass]/[civil_year]"))
    'quantity of [mass]/[civil_year]'
    """

    form: Form
    dimension: str | None = None
    vocab: str | None = None

    def __str__(self) -> str:
        return f"{self.form} of {self.dimension or self.vocab}" if self.dimension or self.vocab else self.form

    @property
    def zh(self) -> str:
        """The kind's name in Chinese, for complaints."""
        name = {
            "truth": "真值", "quantity": "量", "number": "数", "category": "类别", "set": "集合", "date": "日期", "code": "代码",
        }[self.form]  # fmt: skip
        return f"{name}（{self.dimension or self.vocab}）" if self.dimension or self.vocab else name


TRUTH, NUMBER, DATE, CODE = Kind("truth"), Kind("number"), Kind("date"), Kind("code")
