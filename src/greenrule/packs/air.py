"""The editions of the ambient air standards that the packs hold, as the plain tables that `greenrule.quality` computes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.packs.declarations import read_parameters
from greenrule.packs.instruments import Instruments
from greenrule.packs.tables import DASH, Cell, Table, load_tables
from greenrule.packs.tables import Edition as TableEdition
from greenrule.quality.editions import POLLUTANTS, Breakpoints, Edition, Editions, Level, Statistic, Validity
from greenrule.rules.book import ParameterSpec

_AVERAGING = ("year", "quarter", "day", "mda8", "hour")


def load_editions(packs: Iterable[Path] | None = None, instruments: Instruments | None = None) -> Editions:
    """Read `parameters/air/*.yaml` of the packs; cites are followed where `instruments` are given.

    Raises InputFault with all faults: those of packs.tables and of parameters; A006 a table or value that is needed is
    missing, or does not reach an edition's first day · A009 values of two editions with different digits · A011 a number that must be whole.
    """
    from greenrule.packs.book import default_packs

    folders = tuple(packs) if packs is not None else default_packs()
    faults: list[Fault] = []
    tables = load_tables(folders, instruments)
    parameters: dict[str, ParameterSpec] = {}
    for folder in folders:
        for path in sorted(folder.glob("parameters/air/*.yaml")):
            parameters.update(read_parameters(path, faults))
    reader = _Reader(tables, parameters, faults)
    items = reader.editions()
    if faults:
        raise InputFault(faults)
    return Editions(tuple(items))


def load_validity(packs: Iterable[Path]) -> dict[str, ParameterSpec]:
    """The parameters `air_validity.…` with their citations; their numbers stand in `Edition.validity`."""
    faults: list[Fault] = []
    out: dict[str, ParameterSpec] = {}
    for path in (path for folder in packs for path in sorted(folder.glob("parameters/air/*.yaml"))):
        out.update({id: spec for id, spec in read_parameters(path, faults).items() if id.startswith("air_validity.")})
    if faults:
        raise InputFault(faults)
    return out


class _Reader:
    def __init__(
        self, tables: Mapping[str, Table], parameters: Mapping[str, ParameterSpec], faults: list[Fault]
    ) -> None:
        self.tables, self.parameters, self.faults = tables, parameters, faults
        self.doubts: list[str] = []
        self.sources: list[str] = []

    def editions(self) -> list[Edition]:
        """Every edition of `air.editions`."""
        table = self.tables.get("air.editions")
        if table is None or not table.editions:
            self.faults.append(Fault("A006", "政策包里没有表 `air.editions`", None, "检查 parameters/air/ 是否齐全"))
            return []
        out = []
        for row in table.editions[-1].rows:
            first = date.fromisoformat(row["from"].text)
            last = None if row["to"].text == DASH else date.fromisoformat(row["to"].text)
            out.append(self.edition(row["edition"].text, row["label"].text, first, last))
        for one, other in pairwise(out):
            if one.decimals != other.decimals:
                told = f"{one.id} 与 {other.id} 两版的小时值位数不同，存下的数不能两用"
                self.faults.append(Fault("A009", told, table.at, "按位数较多的一版存数，再改此处"))
        return out

    def edition(self, id: str, label: str, first: date, last: date | None) -> Edition:
        """All that holds on the first day of an edition."""
        self.doubts, self.sources = [], []
        rounding = self.rows("air.rounding", first)
        digits = {row["pollutant"].text: self.whole(row["value"]) for row in rounding}
        statistic = {row["pollutant"].text: self.whole(row["statistic"]) for row in rounding}
        limits = {}
        for name in ("air.limits", "air.other_limits"):
            for row in self.rows(name, first):
                key = (row["pollutant"].text, row["averaging"].word(_AVERAGING, self.faults))
                low, high = row["class_1"].number(self.faults), row["class_2"].number(self.faults)
                limits[key] = (low or Fraction(0), high or Fraction(0))
        columns = self.breakpoints(first, digits)
        reports: dict[str, dict[str, Breakpoints]] = {"hour": {}, "day": {}}
        for row in self.rows("air.index_indicators", first):
            report, pollutant = row["report"].word(reports, self.faults), row["pollutant"].word(POLLUTANTS, self.faults)
            column = row["column"].word(columns, self.faults)
            if report in reports and column in columns:
                reports[report][pollutant] = columns[column]
        partial = self.number("air_index.partial_above", first)
        return Edition(
            id, label, first, last, digits, statistic, limits, reports["hour"], reports["day"], self.levels(first),
            self.number("air_index.primary_above", first), None if partial < 0 else partial,
            self.number("air_index.least", first), self.validity(first), self.statistics("air.statistics", first),
            self.statistics("air.composite", first), self.statistics("air.composite_variant", first, needed=False),
            self.number("air_rounding.exceedance", first), self.number("air_rounding.rate", first),
            self.number("air_rounding.composite", first), tuple(dict.fromkeys(self.doubts)),
            tuple(dict.fromkeys(self.sources)),
        )  # fmt: skip

    def breakpoints(self, on: date, digits: Mapping[str, int]) -> dict[str, Breakpoints]:
        """Column → its points, in whole numbers of the last reported digit."""
        above = {
            row["column"].text: row["above"].word(("top", "none"), self.faults) == "top"
            for row in self.rows("air.index_above", on)
        }
        rows = self.rows("air.index_breakpoints", on)
        out = {}
        for column in rows[0] if rows else ():
            if column == "iaqi":
                continue
            pollutant = column.partition("_")[0]
            points = []
            for row in rows:
                value, index = row[column].number(self.faults), row["iaqi"].number(self.faults)
                if value is not None and index is not None:
                    points.append((self.exact(value * 10 ** digits.get(pollutant, 0), row[column].place), int(index)))
            if len(points) < 2 or points != sorted(points) or len({value for value, _ in points}) < len(points):
                told = f"`air.index_breakpoints` 的列 `{column}` 不是递增的"
                self.faults.append(Fault("A006", told, rows[0][column].place, "逐格核对"))
                continue
            out[column] = Breakpoints(pollutant, column, tuple(points), above.get(column, True))
        return out

    def levels(self, on: date) -> tuple[Level, ...]:
        """The six levels."""
        return tuple(
            Level(self.whole(row["level"]), row["ordinal"].text, row["name"].text, self.whole(row["from"]),
                  self.whole(row["to"]), row["colour"].text, row["hex"].text)
            for row in self.rows("air.index_levels", on)
        )  # fmt: skip

    def validity(self, on: date) -> Validity:
        """What must be there."""
        return Validity(*(self.number(f"air_validity.{name}", on) for name in Validity.__dataclass_fields__))

    def statistics(self, name: str, on: date, needed: bool = True) -> tuple[Statistic, ...]:
        """The statistics of a table; none where it is not needed and does not hold yet."""
        out = []
        for row in self.rows(name, on, needed):
            percent = row["percent"].number(self.faults)
            weight = row["weight"].number(self.faults) if "weight" in row else Fraction(1)
            out.append(
                Statistic(row["pollutant"].word(POLLUTANTS, self.faults), row["statistic"].word(("mean", "percentile"), self.faults),
                          None if percent is None else int(percent), row["limit"].word(_AVERAGING, self.faults), weight or Fraction(0))
            )  # fmt: skip
        return tuple(out)

    def rows(self, name: str, on: date, needed: bool = True) -> tuple[Mapping[str, Cell], ...]:
        """The rows of a table as it holds on a day; what is unsure about it is noted."""
        table = self.tables.get(name)
        found: TableEdition | None = table.on(on) if table is not None else None
        if found is None or table is None:
            if needed:
                told = f"表 `{name}` 没有 {on} 的一版" if table else f"政策包里没有表 `{name}`"
                self.faults.append(Fault("A006", told, table.at if table else None, "在 parameters/air/ 里补上"))
            return ()
        if needed:  # a variant that nobody asked for casts no doubt
            self._note(table.zh, found.cite, found.sure, found.note)
        return found.rows

    def number(self, name: str, on: date) -> int:
        """A whole number among the parameters."""
        spec = self.parameters.get(name)
        value, cite = spec.on(on) if spec is not None else (None, None)
        if spec is None or value is None:
            self.faults.append(
                Fault("A006", f"参数 `{name}` 没有 {on} 的值", spec.at if spec else None, "在 parameters/air/ 里补上")
            )
            return 0
        self._note(spec.zh, cite, spec.sure, spec.note)
        return self.exact(Fraction(value), spec.at)

    def whole(self, cell: Cell) -> int:
        """A cell's whole number."""
        return self.exact(cell.number(self.faults) or Fraction(0), cell.place)

    def exact(self, value: Fraction, place: Place | None) -> int:
        """A number that must be whole."""
        if value.denominator != 1:
            self.faults.append(Fault("A011", f"`{float(value):g}` 应为整数", place, "小数位数比 `air.rounding` 的多"))
        return int(value)

    def _note(self, what: str, cite: str | None, sure: bool, note: str | None) -> None:
        if cite:
            self.sources.append(cite.partition("#")[0])
        if not sure and note:
            self.doubts.append(f"{what}：{note}")
