"""The register of instruments over all packs: load it, find a clause, resolve a cite on both clocks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.core.truth import FALSE, UNKNOWN, Truth
from greenrule.packs.instrument import Clause, InForce, Instrument, Phase, read_instrument
from greenrule.packs.marked import load_marked

_CITE = re.compile(r"([a-z0-9][a-z0-9-]*)(?:#([A-Za-z0-9.]+))?")


@dataclass(frozen=True, slots=True)
class Citation:
    """A cite resolved for a day: what to print, and whether it was in force and known."""

    instrument: str
    number: str | None
    title: str
    clause: str | None
    clause_label: str | None
    heading: str | None
    in_force: Truth
    recorded: bool
    superseded_by: str | None
    sha256: str | None
    note: str | None

    @property
    def text(self) -> str:
        """The citation as a Chinese reader expects it: 《title》（number）label."""
        return f"《{self.title}》（{self.number or '文号不详'}）{self.clause_label or ''}"

    def to_json(self) -> dict[str, object]:
        """The citation as plain data; `instrument` and `clause` as the contract names them."""
        return {
            "instrument": self.instrument,
            "clause": self.clause,
            "number": self.number,
            "title": self.title,
            "label": self.clause_label,
            "in_force": self.in_force.word,
            "superseded_by": self.superseded_by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Governing:
    """Which edition of a standard governs some data, and in which phase; `instrument` None: undecided, for the `reason`."""

    instrument: str | None
    phase: Phase | None = None
    reason: str | None = None


class Instruments(dict[str, Instrument]):
    """Instrument id → Instrument, over all packs that were loaded."""

    #: stands for an instrument whose file has faults, so that those who cite it are not complained of as well
    broken: frozenset[str] = frozenset()

    def find(self, cite: str, place: Place | None = None) -> tuple[Instrument, Clause | None]:
        """The instrument and clause of `instrument#clause` or of `instrument` alone.

        Raises InputFault P022 (shape), P023 (no such instrument), P024 (no such clause), with near suggestions.
        """
        shape = _CITE.fullmatch(cite.strip())
        if not shape:
            raise InputFault(
                Fault("P022", f"引用 `{cite}` 写法不对", place, "写成 文件编号#条款，如 sx-2024-7-measures#24")
            )
        instrument = self.get(shape[1])
        if shape[1] in self.broken:
            return _unread(shape[1]), None
        if instrument is None:
            close = near(shape[1], self)
            hint = f"是否想写 `{'`、`'.join(close)}`？" if close else "在 instruments/ 下登记这个文件"
            raise InputFault(Fault("P023", f"没有文件 `{shape[1]}`", place, hint))
        if shape[2] is None:
            return instrument, None
        clause = instrument.clause(shape[2])
        if clause is None:
            close = near(shape[2], instrument.clauses)
            ranges = [f"{item.prefix}{item.first}—{item.prefix}{item.last or '…'}" for item in instrument.ranges]
            hint = "；".join(
                part
                for part in (
                    f"是否想写 `{'`、`'.join(close)}`？" if close else "",
                    f"可引用 {'、'.join(ranges)}" if ranges else "",
                )
                if part
            )
            told = f"`{instrument.id}` 没有条款 `{shape[2]}`"
            raise InputFault(Fault("P024", told, place, hint or "引用整个文件，或登记这一条款"))
        return instrument, clause

    def resolve(self, cite: str, on: date, known: date | None = None, place: Place | None = None) -> Citation:
        """A cite as of the day `on`, from what was known on the day `known` (None: all that is recorded).

        `recorded` is False where the instrument was not yet published on `known`; a successor that was not yet
        published on `known` does not count.  Raises InputFault as `find` does.
        """
        instrument, clause = self.find(cite, place)
        in_force = instrument.in_force.at(on, known)
        notes = [instrument.in_force.reason] if instrument.in_force.first is None else []
        successor = instrument.successor
        superseded_by = None
        if successor and on >= successor.first and self._was_known(successor.id, known):
            superseded_by = successor.id
            in_force = in_force & (FALSE if successor.sure else UNKNOWN)
            told = "被吸收入" if successor.how == "absorbed" else "被取代为"
            target = self.get(successor.id)
            name = f"《{target.title['zh']}》" if target else successor.id
            notes.append(f"自{successor.first.isoformat()}起{told}{name}")
            if successor.how == "absorbed":
                notes.append("条号对应关系不知")
            notes.append(successor.reason)
        if instrument.edition and on < instrument.edition:
            notes.append(instrument.edition_note)
        if not instrument.sure:
            notes.append(instrument.note)
        if clause and any(item.last is None and item.find(clause.id) for item in instrument.ranges):
            notes.append("条款总数未核")
        return Citation(
            instrument.id,
            instrument.number,
            instrument.title["zh"],
            clause.id if clause else None,
            clause.label if clause else None,
            clause.heading if clause else None,
            in_force,
            known is None or known >= instrument.recorded,
            superseded_by,
            clause.sha256 if clause else None,
            "；".join(note for note in notes if note) or None,
        )

    def governing(self, id: str, first: date, last: date, known: date | None = None) -> Governing:
        """The edition, and its phase, that governs data of a period (both days included) under a standard and its successors.

        A period on which two editions or phases meet is undecided, unless the text says what then: it never mixes them.
        Raises InputFault P023 where the standard is not registered.
        """
        ends = [self._edition(id, day, known) for day in (first, last)]
        if ends[0] == ends[1]:
            return Governing(*ends[0])
        names = [f"{self[name].number or name}{phase.label if phase else ''}" for name, phase in ends]
        reason = self[ends[1][0]].mixed or "所据文本未写跨期的数据按哪一版评价"
        return Governing(None, None, f"{first} 至 {last} 跨 {names[0]} 与 {names[1]}：{reason}")

    def _edition(self, id: str, day: date, known: date | None) -> tuple[str, Phase | None]:
        item = self.find(id)[0]
        seen = {item.id}
        while (
            (after := item.successor) is not None
            and after.how == "replaced" and after.first <= day and self._was_known(after.id, known) and after.id not in seen
        ):  # fmt: skip
            item = self[after.id]
            seen.add(item.id)
        return item.id, item.phase(day)

    def _was_known(self, id: str, known: date | None) -> bool:
        target = self.get(id)
        return known is None or target is None or known >= target.recorded


def _unread(id: str) -> Instrument:
    """What is cited of an instrument that could not be read: nothing more is said of it."""
    day = date(1900, 1, 1)
    return Instrument(id, None, "law", {"zh": id, "en": id}, None, None, InForce(day), day, "memory")


def load_instruments(packs: Iterable[Path], collected: list[Fault] | None = None) -> Instruments:
    """Read `instruments/*.yaml` of every pack folder; raises InputFault with all faults of all files, or collects them.

    Besides those of packs.marked and of packs.instrument: P020 an id twice · P025 a successor or `implements`
    that points to nothing.
    """
    faults: list[Fault] = []
    broken: set[str] = set()
    loaded = Instruments()
    for pack in packs:
        for path in sorted((pack / "instruments").glob("*.yaml")):
            try:
                instrument = read_instrument(load_marked(path), path.stem, faults)
            except InputFault as error:
                faults.extend(error.faults)
                broken.add(path.stem)
                continue
            if instrument is None:
                broken.add(path.stem)
                continue
            if instrument.id in loaded:
                other = loaded[instrument.id].place
                faults.append(
                    Fault("P020", f"文件 `{instrument.id}` 登记了两次（上一处 {other}）", instrument.place, "删去一处")
                )
            loaded[instrument.id] = instrument
    for instrument in loaded.values():
        for name in (instrument.implements, instrument.successor.id if instrument.successor else None):
            if name and name not in loaded and name not in broken:
                hint = "、".join(near(name, loaded)) or "登记这个文件"
                faults.append(Fault("P025", f"`{instrument.id}` 指向没有登记的文件 `{name}`", instrument.place, hint))
    loaded.broken = frozenset(broken - set(loaded))
    if collected is not None:
        collected += faults
    elif faults:
        raise InputFault(faults)
    return loaded
