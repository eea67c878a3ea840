"""The atlas: every class of industry in every kind of control unit and of place, as columns to be asked of a rulebook.

A cell knows its class, the nature of construction, the kind of unit and the one kind of place it lies in (and what that
implies).  Of the rest a *plain* cell declares "nothing of it" for every group of facts of which that may be declared, as a
project does with `none_of`; a *bare* cell knows nothing more.  What is not known stays unknown: a cell flips where what is
possible becomes other than before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.backends.columnar.columns import Coded, Column, Columns
from greenrule.rules.book import FactSpec, Rulebook

#: The layer whose facts are kinds of control units.
_UNITS = "control_unit"
#: Label of the unit that is of none of the kinds that rules ask for, and of the place that is none in particular.
_NONE_UNIT, _NONE_PLACE = "其他重点管控单元", "一般地点"


@dataclass(frozen=True)
class Atlas:
    """The axes of the atlas and its columns; cell = ((class · units + unit) · places + place) · natures + nature."""

    classes: tuple[str, ...]
    units: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, str], ...]
    natures: tuple[str, ...]
    columns: Columns
    plain: bool = False

    def axes(self, rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
        """Numbers of class, unit, place and nature of some cells."""
        rest, nature = np.divmod(rows, len(self.natures))
        rest, place = np.divmod(rest, len(self.places))
        found, unit = np.divmod(rest, len(self.units))
        return {"class": found, "unit": unit, "place": place, "nature": nature}

    def shape(self) -> tuple[int, int, int, int]:
        """Sizes of the axes."""
        return len(self.classes), len(self.units), len(self.places), len(self.natures)


def atlas(
    book: Rulebook,
    natures: Sequence[str] = ("new",),
    declared: Iterable[str] = (),
    assumed: Mapping[str, Any] | None = None,
    industry: str = "industry",
    nature: str = "nature",
) -> Atlas:
    """The atlas of a rulebook: its classes, and the kinds of unit and place that its facts tell apart.

    `declared` are groups of facts of which every cell declares to have nothing; `assumed` are facts (as a project states
    them) that hold in every cell; `industry` and `nature` are the facts that hold class and nature of construction.
    """
    classes = classes_of(book, industry)
    sited = [spec for spec in book.facts.values() if spec.place is not None and spec.kind.form == "truth"]
    units = [spec for spec in sited if _layer(spec) == _UNITS]
    places = [spec for spec in sited if _layer(spec) != _UNITS]
    sizes = (len(classes), len(units) + 1, len(places) + 1, len(natures))
    size = int(np.prod(sizes))
    number = np.arange(size, dtype=np.int64)
    rest, nature_at = np.divmod(number, sizes[3])
    rest, place_at = np.divmod(rest, sizes[2])
    class_at, unit_at = np.divmod(rest, sizes[1])
    columns: dict[str, Column] = {
        industry: Coded(class_at.astype(np.int32), tuple(frozenset((code,)) for code in classes)),
        nature: Coded(nature_at.astype(np.int32), tuple(natures)),
    }
    for group, at in ((units, unit_at), (places, place_at)):
        for spec in group:
            # The last number is the kind that is none of these: every fact is false there.
            holds = np.array([implied(spec, other) for other in group] + [False], dtype=np.int8)
            columns[spec.id] = Coded(holds[at], (False, True))
    groups = set(declared)
    for spec in book.facts.values():
        if (
            spec.group in groups
            and spec.place is None
            and spec.id not in columns
            and spec.kind.form in ("truth", "quantity")
        ):
            columns[spec.id] = _constant(spec, 0, size)
    for name, value in (assumed or {}).items():
        spec = book.facts[name]
        if value is not None and (name in columns or spec.place is None):
            columns[name] = _constant(spec, value, size)
    return Atlas(
        classes,
        (*((spec.id, spec.zh.removeprefix("位于")) for spec in units), ("", _NONE_UNIT)),
        (*((spec.id, spec.zh.removeprefix("位于")) for spec in places), ("", _NONE_PLACE)),
        tuple(natures),
        Columns(size, columns),
        bool(groups),
    )


def classes_of(book: Rulebook, industry: str = "industry") -> tuple[str, ...]:
    """The classes of industry: the codes that have none below them, in the order of the catalogue."""
    vocabulary = book.vocabularies[book.facts[industry].kind.vocab or ""]
    above = set(vocabulary.parent.values())
    return tuple(code for code in vocabulary.labels if code not in above and code.isdigit())


def _constant(spec: FactSpec, value: Any, size: int) -> Coded:
    """One value for all cells, without the memory of a column."""
    same = np.broadcast_to(np.int8(0), size)
    if spec.kind.form == "truth":
        return Coded(np.broadcast_to(np.int8(1 if value else 0), size), (False, True))
    if spec.kind.form == "date":
        return Coded(same, (Fraction(value.toordinal()),))
    if spec.kind.form in ("quantity", "number"):
        return Coded(same, (value.base if hasattr(value, "base") else Fraction(value),))
    return Coded(same, (value,))


def _layer(spec: FactSpec) -> str | None:
    return str((spec.place or {}).get("layer"))


def implied(fact: FactSpec, by: FactSpec) -> bool:
    """Whether a site fact holds wherever another does: the same fact, or the same layer with a condition that is wider.

    >>> from greenrule.rules.kinds import TRUTH
    >>> def at(**where): return FactSpec("x", TRUTH, "", "", "", place={"layer": "park", "where": where, "relation": "intersects"})
    >>> implied(at(kinds=["industrial", "chemical"]), at(kinds=["chemical"])), implied(at(kinds=["pilot"]), at(kinds=["chemical"]))
    (True, False)
    """
    if fact.id == by.id and fact.place == by.place:
        return True
    wide, narrow = fact.place or {}, by.place or {}
    if any(part.get("relation") != "intersects" for part in (wide, narrow)) or wide.get("layer") != narrow.get("layer"):
        return False
    ones: Mapping[str, Any] = wide.get("where") or {}  # type: ignore[assignment]
    others: Mapping[str, Any] = narrow.get("where") or {}  # type: ignore[assignment]
    return all(name in others and _words(others[name]) <= _words(values) for name, values in ones.items())


def _words(values: Any) -> set[str]:
    return {str(value) for value in (values if isinstance(values, list | tuple) else [values])}
