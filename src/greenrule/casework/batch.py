"""Screening a whole table: piece by piece, taken up again where it broke off, bad rows set aside and told.

`screen_table` is the library call behind `greenrule screen --batch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.batch_answers import HEADINGS
from greenrule.casework.batch_engines import Engine, Load, Threads
from greenrule.casework.batch_files import Parts, check_kind, digest_of, set_aside_path
from greenrule.casework.batch_kernel import VALUED, Answered, Kernel, Terms, fault_from, fault_json, in_chinese
from greenrule.casework.batch_reading import FAULT_HEADER, ROW_HEADER
from greenrule.casework.batch_tables import Table, open_table
from greenrule.casework.screening import Screener
from greenrule.casework.sealing import engine_version
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place

#: Rows of a piece, and of one whose rows are asked of the layers one by one: what a kill costs is a piece at most.
PIECE, PLACED_PIECE = 65_536, 2_000
#: So many faults are told one by one; all of them stand in the file of rows set aside.
TOLD = 50


@dataclass
class Summary:
    """What became of a table: rows answered, set aside, taken over from a run that broke off; counts of each answer."""

    out: Path
    answered: int = 0
    taken_over: int = 0
    set_aside: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in VALUED})
    codes: Counter[str] = field(default_factory=Counter)
    #: the first faults, for the screen
    faults: list[Fault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    demo: bool = False
    versions: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The summary as plain data."""
        aside = set_aside_path(self.out)
        return {
            "out": str(self.out), "rows": self.answered, "resumed": self.taken_over, "set_aside": self.set_aside,
            "set_aside_file": str(aside) if self.set_aside else None, "faults": dict(sorted(self.codes.items())),
            **{name: dict(sorted(counts.items())) for name, counts in self.counts.items()},
            "ignored_columns": self.ignored, "notices": ["演示数据（非官方）"] if self.demo else [], "versions": self.versions,
        }  # fmt: skip


def screen_table(
    path: Path, out: Path, screener: Screener, *, on: date | None = None, repair: bool = False, ignore: Iterable[str] = (),
    chinese: bool = False, progress: Callable[[float], None] | None = None, engine: Engine | None = None,
) -> Summary:  # fmt: skip
    """Answer every row of a table; the result is one row per project, in the order of the table.

    ignore : columns to pass over (`*`: all that are no facts); chinese : headings and values in Chinese; progress : is told
    the share of the table that is done; engine : where the rows are answered, this machine when None.  Whatever the engine,
    the answers are the same, and a run that broke off is taken up by any.

    Errors: InputFault for what is wrong with the table as a whole (J001–J005, J014, J020, B001, B002); rows that cannot be read
    are no error, they stand in the summary and in a file beside the result.  EnvironmentFault D001, B003.
    """
    path, out = Path(path), Path(out)
    check_kind(out)
    for result in (out, set_aside_path(out)):
        if result.exists() and path.exists() and result.samefile(path):
            raise InputFault(Fault("B005", f"`{result.name}` 会盖掉输入文件", Place(str(out)), "换一个 `--out`"))
    table = open_table(path)
    kernel = Kernel(screener, Terms(table.head, on, china_today(), repair, tuple(sorted(ignore))))
    size = PLACED_PIECE if kernel.reading.with_places else PIECE
    summary = Summary(out, ignored=kernel.reading.ignored, versions=_versions(screener, kernel.terms))
    summary.demo = bool(summary.versions["demo"])
    question = {
        "input": digest_of(path), "kind": path.suffix.lower(), "on": str(on or ""), "today": str(kernel.terms.today),
        "repair": repair, "ignore": list(kernel.terms.ignore), "chinese": chinese, "piece": size, "versions": summary.versions,
    }  # fmt: skip
    parts = Parts.open(out, question)
    resumed = set(parts.done)

    def keep(number: int, answered: Answered) -> None:
        told = _outline(answered)
        parts.add(number, in_chinese(answered.rows, screener.law.book) if chinese else answered.rows, told)

    with closing((engine or Threads()).run(kernel, _not_done(table, size, resumed), keep)) as answered:
        for _ in answered:
            if progress is not None:
                progress(table.share)
    for number in sorted(parts.done):
        _count(summary, parts.done[number], number in resumed)
    head = [*(name for name in table.header if name not in (ROW_HEADER, FAULT_HEADER)), ROW_HEADER, FAULT_HEADER]
    aside = [row for number in sorted(parts.done) for row in parts.done[number]["aside"]]
    parts.finish(out, HEADINGS if chinese else {name: name for name in HEADINGS}, [head, *aside])
    return summary


def _not_done(table: Table, size: int, done: set[int]) -> Iterator[tuple[int, Load]]:
    """The pieces that no earlier run has answered."""
    for number, load in enumerate(table.pieces(size)):
        if number not in done:
            yield number, load


def _outline(answered: Answered) -> dict[str, Any]:
    """What is kept beside the answers of a piece: counts of values, rows set aside, faults."""
    import pyarrow.compute as pc

    counts: dict[str, dict[str, int]] = {}
    for name in VALUED:
        counts[name] = {}
        for item in pc.value_counts(answered.rows.column(name).cast("string")).to_pylist():
            value = item["values"] or "undetermined"
            counts[name][value] = counts[name].get(value, 0) + item["counts"]
    return {
        "rows": answered.rows.num_rows, "counts": counts, "aside": [item.line() for item in answered.aside],
        "faults": [fault_json(fault) for item in answered.aside for fault in item.faults],
    }  # fmt: skip


def _count(summary: Summary, told: Mapping[str, Any], resumed: bool) -> None:
    summary.answered += told["rows"]
    summary.taken_over += told["rows"] if resumed else 0
    summary.set_aside += len(told["aside"])
    for name, counts in told["counts"].items():
        summary.counts[name].update(counts)
    for item in told["faults"]:
        summary.codes[item["code"]] += 1
        if len(summary.faults) < TOLD:
            summary.faults.append(fault_from(item))


def _versions(screener: Screener, terms: Terms) -> dict[str, Any]:
    ground = screener.ground(terms.on or terms.today)
    layers = {} if screener.workspace is None else {
        f"{version.kind}@{version.sha256[:12]}": str(version.sha256) for version in screener.workspace.versions()
    }  # fmt: skip
    return {
        "packs": dict(screener.law.versions), "layers": dict(sorted(layers.items())), "engine": engine_version(),
        "known": screener.known.isoformat() if screener.known else None,
        "demo": ground is not None and any(version.demo for version in ground.versions.values()),
    }  # fmt: skip
