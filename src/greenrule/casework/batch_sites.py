"""Places of many projects as facts: what the layers say of each, and which readings of its coordinates are possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.backends.columnar.columns import Coded, Columns
from greenrule.casework.agreeing import overrulers
from greenrule.casework.batch_agreeing import forget
from greenrule.casework.batch_reading import Projects, put_truth
from greenrule.casework.doubts import contradiction, outside_doubt
from greenrule.casework.planning import as_given
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener
from greenrule.core.errors import EnvironmentFault, InputFault, Place


@dataclass
class Placement:
    """Facts with those of the places worked in.

    columns : the piece's rows, and behind them one row for every further reading of coordinates in doubt
    others : (row of the piece, reference system, row of `columns`) of these; systems : row → the one that was assumed
    remarks : row → what a finding says of the place
    """

    columns: Columns
    others: list[tuple[int, str, int]] = field(default_factory=list)
    systems: dict[int, str] = field(default_factory=dict)
    remarks: dict[int, list[str]] = field(default_factory=dict)


def place_projects(
    projects: Projects, screener: Screener, path: Path, repair: bool, at: Callable[[int], Place]
) -> Placement:
    """Ask the layers about every row that says where it is; a place that cannot be is a fault of its row."""
    book = screener.law.book
    site_facts = [spec.id for spec in book.facts.values() if spec.place is not None]
    written = {name: column for name in site_facts if isinstance(column := projects.columns.columns.get(name), Coded)}
    out = Placement(projects.columns)
    found: dict[str, dict[int, bool]] = {}
    lost: dict[str, list[int]] = {}
    loose = {day: bool(overrulers(screener.law, day, projects.columns.columns, site_facts)) for day in projects.days}
    origin = list(range(projects.columns.size))
    for row, location in projects.places.items():
        if row in projects.faulty.faults:
            continue
        where: Place = at(row)
        said = {name: column.at(row) for name, column in written.items() if column.at(row) is not None}
        day = projects.days[int(projects.day_of[row])]
        declared: frozenset[str] = frozenset()
        if loose[day]:  # what layers could overrule is looked at beside all that the row says
            said = as_given(book, projects.columns.facts(row))
            declared = frozenset(name for name in said if name in projects.written and not projects.written[name][row])
        project = Project(projects.names[row].as_py(), day, said, location, {}, where, path.parent, declared)
        try:
            inquiry = screener.inquire(project, repair)
            others = screener.other_readings(inquiry)
        except EnvironmentFault:
            raise
        except InputFault as error:
            for fault in error.faults:
                projects.faulty.add(row, fault, fault.place or where)
            continue
        _note(found, inquiry.given, said, row)
        _note_lost(lost, inquiry.given, said, row)
        remarks = [*inquiry.remarks, *(contradiction(book, *item) for item in inquiry.contradictions)]
        if others and inquiry.site is not None:
            out.systems[row] = inquiry.site.crs
        for crs, other in others:
            if other is None:
                remarks.append(outside_doubt(crs))
                continue
            out.others.append((row, crs, len(origin)))
            _note(found, other.given, said, len(origin))
            _note_lost(lost, other.given, said, len(origin))
            origin.append(row)
        if remarks:
            out.remarks[row] = remarks
    if len(origin) > projects.columns.size:
        out.columns = projects.columns.taken(np.array(origin))
    for name, values in found.items():
        rows = np.zeros(out.columns.size, dtype=bool)
        rows[list(values)] = True
        put_truth(
            out.columns, name, rows, np.array([values[row] for row in np.flatnonzero(rows).tolist()], dtype=np.int8)
        )
    for name, mine in lost.items():
        forget(out.columns, name, mine)
    return out


def _note_lost(lost: dict[str, list[int]], given: dict[str, Any], said: dict[str, Any], row: int) -> None:
    for name in said.keys() - given.keys():
        lost.setdefault(name, []).append(row)


def _note(found: dict[str, dict[int, bool]], given: dict[str, Any], said: dict[str, Any], row: int) -> None:
    for name, value in given.items():
        if value is not None and said.get(name) is not value:
            found.setdefault(name, {})[row] = bool(value)
