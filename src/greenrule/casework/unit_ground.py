"""What lies in each control unit: the unit cut by the layers into pieces of one kind of ground, with their shares.

The pieces of a unit are exact: every interior point of a piece is told by the layers what the piece's signature says.  A unit of
a layer that is a coverage (no gaps, no overlaps) is of one kind as to control units; where units overlap, they are cut by one
another as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.casework.class_verdicts import ClassQuestion, Signature
from greenrule.casework.ground import Ground
from greenrule.casework.siting import zone_of
from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.seal import digest
from greenrule.spatial.borders import out_of_step
from greenrule.spatial.carving import Zone, carve, cut_out
from greenrule.spatial.frame import Frame
from greenrule.spatial.layerdiff import keys_of
from greenrule.spatial.overlay import areas_m2

#: The layer whose features are the units.
UNITS = "control_unit"


@dataclass(frozen=True, slots=True)
class Unit:
    """One control unit: what it is called, and which part of it is ground of which kind (signature number, share of its area).

    Larger shares come first; shares add up to one.  row : its row in the layer
    """

    row: int
    key: str
    name: str
    kind: str | None
    subtype: str | None
    city: str
    county: str
    area_m2: float
    pieces: tuple[tuple[int, float], ...]


@dataclass
class UnitGround:
    """The units that are asked, and the kinds of ground in them.

    told, untold : place facts that some loaded layer tells, and those that none does; signatures : values of `told`
    shapes : per unit the shapes of its pieces, where they were asked for
    """

    told: tuple[str, ...]
    untold: tuple[str, ...]
    signatures: list[Signature] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    shapes: list[tuple[Any, ...]] = field(default_factory=list)
    _numbers: dict[Signature, int] = field(default_factory=dict, repr=False)

    def number(self, signature: Signature) -> int:
        """The number of a kind of ground, a new one if it was not seen before."""
        found = self._numbers.setdefault(signature, len(self.signatures))
        if found == len(self.signatures):
            self.signatures.append(signature)
        return found

    def ground_of(self, unit: Unit) -> str:
        """A digest of what lies in a unit: the same where nothing that the decision rests on has moved."""
        pieces = sorted([list(map(str, self.signatures[number])), round(share, 6)] for number, share in unit.pieces)
        return digest({"told": list(self.told), "pieces": pieces, "kind": unit.kind, "subtype": unit.subtype})[7:19]


def unit_layer(ground: Ground | None) -> Frame:
    """The units of a workspace.  Errors: T003 (InputFault) where there is no workspace or no such layer on the day."""
    index = ground.index(UNITS) if ground is not None else None
    if index is None or not len(index.frame):
        help = "用 `--workspace` 指明装有管控单元图层的工作区；`greenrule layer import control_unit` 可导入"
        raise InputFault(Fault("T003", "没有这一天有效的管控单元图层", None, help))
    return index.frame


def chosen_units(frame: Frame, names: Sequence[str] = (), within: Any = None) -> list[int]:
    """Rows of the units that are asked: by code or name, by class or subtype, by having land inside an area.

    Errors: T004 (InputFault) for a name that no unit has, or where no unit is left.
    """
    keys = keys_of(frame)
    columns = {name: [str(value) for value in frame.columns.get(name) or ()] for name in ("name", "class", "subtype")}
    rows = set(range(len(frame)))
    if names:
        wanted: set[int] = set()
        faults = []
        for text in names:
            found = [
                row
                for row in range(len(frame))
                if text == keys[row] or any(v and v[row] == text for v in columns.values())
            ]
            if not found:
                close = near(text, [*keys, *columns["name"]])
                help = f"相近的有：{'、'.join(close)}" if close else "写管控单元的编码、名称、类别或子类"
                faults.append(Fault("T004", f"没有管控单元 `{text}`", None, help))
            wanted.update(found)
        if faults:
            raise InputFault(faults)
        rows &= wanted
    if within is not None:
        rows = {row for row in rows if cut_out(frame.geometry[row], within) is not None}
    if not rows:
        raise InputFault(Fault("T004", "所选范围里没有管控单元", None, "放宽 `--unit` 或 `--within`"))
    return sorted(rows)


def unit_ground(
    question: ClassQuestion,
    rows: Sequence[int],
    done: Callable[[int], None] | None = None,
    keep_shapes: bool = False,
) -> UnitGround:
    """Cut units into pieces by the place facts that the decision rests on.

    rows : of the layer of units; done : is told how many more units are cut
    """
    ground = question.screener.ground(question.on)
    frame = unit_layer(ground)
    assert ground is not None
    zones = place_zones(question, ground)
    out = UnitGround(tuple(zones), tuple(name for name in question.places if name not in zones))
    shapes = frame.geometry[list(rows)]
    # Where the units tile, what a unit is holds in all of it; the neighbours' edges need not be looked at.
    apart = out_of_step(frame.geometry)
    own = {name: place for place, (name, zone) in enumerate(zones.items()) if _of_units(question, name)}
    rest = [zone for name, zone in zones.items() if name not in own]
    whole = {name: _holds(zone) for name, zone in zones.items() if name in own}
    keys = keys_of(frame)
    for row, shape in zip(rows, shapes, strict=True):
        if apart[row]:
            cells = [(cell.answers, cell.geometry) for cell in carve(shape, list(zones.values()))]
        else:
            said = {name: whole[name](row) for name in own}
            cells = [(_woven(zones, said, cell.answers), cell.geometry) for cell in carve(shape, rest)]
        areas = areas_m2(np.array([piece for _, piece in cells], dtype=object))
        order = np.argsort(-areas, kind="stable")
        shares = areas / areas.sum()
        pieces = tuple((out.number(cells[at][0]), float(shares[at])) for at in order.tolist())
        out.units.append(_unit(frame, row, keys[row], float(areas.sum()), pieces))
        if keep_shapes:
            out.shapes.append(tuple(cells[at][1] for at in order.tolist()))
        if done is not None:
            done(1)
    return out


def place_zones(question: ClassQuestion, ground: Ground) -> dict[str, Zone]:
    """Place facts of the decision that a loaded layer tells, each as it lies on the map."""
    found = {name: zone_of(question.screener, ground, name) for name in question.places}
    return {name: zone for name, zone in found.items() if zone is not None}


def _of_units(question: ClassQuestion, name: str) -> bool:
    spec = question.screener.law.book.facts[name].place or {}
    return spec.get("layer") == UNITS and spec.get("relation") == "intersects"


def _holds(zone: Zone) -> Callable[[int], bool | None]:
    """What a zone of units answers inside one of them."""
    yes, silent = set(zone.yes), set(zone.silent)
    return lambda row: True if row in yes else None if row in silent else zone.elsewhere


def _woven(zones: dict[str, Zone], own: dict[str, bool | None], rest: Signature) -> Signature:
    """Answers in the order of the zones, from those of the unit itself and those of the other layers."""
    others = iter(rest)
    return tuple(own[name] if name in own else next(others) for name in zones)


def _unit(frame: Frame, row: int, key: str, area: float, pieces: tuple[tuple[int, float], ...]) -> Unit:
    said = frame.row(row)
    text = {
        name: str(said[name]) if said.get(name) not in (None, "") else ""
        for name in ("name", "class", "subtype", "city", "county")
    }
    return Unit(
        row,
        key,
        text["name"],
        text["class"] or None,
        text["subtype"] or None,
        text["city"],
        text["county"],
        area,
        pieces,
    )


def unit_shapes(frame: Frame, units: Sequence[Unit]) -> npt.NDArray[Any]:
    """The shapes of units, in their order."""
    return np.asarray(frame.geometry[[unit.row for unit in units]], dtype=object)
