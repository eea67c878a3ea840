"""Screening: one project, one place, one day → a cited finding.

`Screener` holds the law and the workspace, loaded once; `screen` asks for one project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from greenrule.casework.agreeing import overruled
from greenrule.casework.doubts import datum_doubt, outside_doubt
from greenrule.casework.finding import Assembly
from greenrule.casework.ground import Ground
from greenrule.casework.placing import (
    Placed,
    in_layers,
    locate,
    measure,
    place_facts,
    settled_enough,
    touched_units,
    unsure_units,
    within_reach,
)
from greenrule.casework.project import Project
from greenrule.casework.report_words import VALUE_BY_DECISION
from greenrule.casework.sealing import sealed
from greenrule.casework.situation import Known, Machine
from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.seal import Sealed, seal
from greenrule.packs.book import Law
from greenrule.packs.compiled import load_law
from greenrule.rules.book import Rulebook
from greenrule.spatial.intake import Site, read_site, settle_datum
from greenrule.spatial.overlay import LayerIndex
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace

#: A screener keeps the rulebook and the layers of so many days; each takes some megabytes.
MOST_DAYS = 16


@dataclass
class Inquiry:
    """One project with everything that is known about it, before the rulebook is asked."""

    project: Project
    given: dict[str, Any]
    known: dict[str, Known]
    placed: dict[str, Placed] = field(default_factory=dict)
    site: Site | None = None
    where: dict[str, Any] = field(default_factory=dict)
    units: list[dict[str, Any]] = field(default_factory=list)
    #: control units that the site may or may not touch, as exactly as the layer is drawn: the unit, signed metres, accuracy
    unsure: list[tuple[dict[str, Any], float, float | None]] = field(default_factory=list)
    contradictions: list[tuple[str, Any, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class Screener:
    """The law and a workspace, ready to screen many projects."""

    law: Law
    workspace: Workspace | None = None
    known: date | None = None
    _machines: dict[tuple[date, frozenset[str]], Machine] = field(default_factory=dict)
    _grounds: dict[date, Ground] = field(default_factory=dict)
    #: layers that are open, shared by the days that are kept
    _opened: WeakValueDictionary[LayerVersion, LayerIndex] = field(default_factory=WeakValueDictionary)
    #: layer digests of a finding that is being recomputed: those versions and no later ones
    pinned: Mapping[str, str] | None = None
    #: what counts as today; the clock's day when None
    today: date | None = None

    def machine(self, on: date, events: frozenset[str] = frozenset()) -> Machine:
        """The rulebook on a day, for cases that state the days of `events`."""
        if (on, events) not in self._machines:
            while len(self._machines) >= MOST_DAYS:  # a server is asked about any day; the oldest goes first
                del self._machines[next(iter(self._machines))]
            self._machines[on, events] = Machine(self.law, on, self.known, events)
        return self._machines[on, events]

    def events(self, project: Project) -> frozenset[str]:
        """The days of its case that a project states (or says it does not know) and on which a transition turns."""
        return frozenset(item.event for item in self.law.book.transitions if item.event in project.facts)

    def ground(self, on: date) -> Ground | None:
        """The layers on a day."""
        if self.workspace is None:
            return None
        if on not in self._grounds:
            while len(self._grounds) >= MOST_DAYS:
                del self._grounds[next(iter(self._grounds))]
            self._grounds[on] = Ground(
                self.workspace, on, self.known, pinned=self.pinned, today=self.today, opened=self._opened
            )
        return self._grounds[on]

    def inquire(self, project: Project, repair: bool = False) -> Inquiry:
        """Read the site and gather the facts of a project."""
        given = dict(project.facts)
        inquiry = Inquiry(project, given, {
            name: Known(value, "declared" if name in project.declared else "project")
            for name, value in given.items() if value is not None
        })  # fmt: skip
        self._forget(inquiry)
        ground = self.ground(project.on)
        if project.location is None:
            return inquiry
        location = {
            key: value for key, value in project.location.items() if key not in ("county", "city", "town", "address")
        }
        if not location:
            inquiry.remarks.append("只写了县名或地址，没有坐标：场址事实均为未知")
            return inquiry
        site = read_site(location, base_dir=project.base_dir, where=project.place, repair=repair)
        if ground is not None:
            county = self._named_county(ground, project)
            site = settle_datum(site, county)
            inquiry.site = site
            if site.in_doubt:
                settled_enough(ground, [(one.crs, one.geometry) for one in site.candidates], project.place)
            self._place(inquiry, ground, site.geometry)
        else:
            inquiry.site = site
        return inquiry

    def _forget(self, inquiry: Inquiry) -> None:
        """Codes that were not in their vocabulary on the day, or not yet known, say nothing there: unknown, and told."""
        book = self.machine(inquiry.project.on).book
        for name, value in inquiry.project.facts.items():
            vocabulary = book.vocabularies.get(book.facts[name].kind.vocab or "")
            if vocabulary is None or not vocabulary.dated or value is None:
                continue
            missing = sorted(
                code for code in ({value} if isinstance(value, str) else value) if code not in vocabulary.labels
            )
            if missing:
                inquiry.given[name] = None
                inquiry.known.pop(name, None)
                inquiry.remarks.append(forgotten(book, name, missing))

    def _place(self, inquiry: Inquiry, ground: Ground, geometry: Any) -> None:
        inquiry.where = locate(ground, geometry, inquiry.project.place)
        inquiry.units = touched_units(ground, geometry)
        inquiry.unsure = unsure_units(ground, geometry)
        inquiry.placed = place_facts(self.law, ground, geometry, inquiry.where["cities"])
        outside = 1.0 - inquiry.where["covered"]
        if outside > 1e-6:
            # No layer speaks of what lies outside the province: "not in it" is known of the part inside only.
            inquiry.placed = {
                name: placed if placed.value else replace(placed, value=None) for name, placed in inquiry.placed.items()
            }
            inquiry.remarks.append(
                f"场址有 {outside:.1%} 在已加载的行政区范围之外，范围外的部分不知道；图层判定为“否”的一律改为未知"
            )
        for name, placed in inquiry.placed.items():
            if placed.value is None:
                continue
            written = inquiry.project.facts.get(name)
            if written is not None and written != placed.value:
                inquiry.contradictions.append((name, written, placed.value))
            inquiry.given[name] = placed.value
            inquiry.known[name] = Known(placed.value, placed.source)
        told = {name for name, placed in inquiry.placed.items() if placed.value is not None}
        for item in overruled(self.law, inquiry.project.on, inquiry.given, told):
            inquiry.given.pop(item.fact)
            inquiry.known.pop(item.fact, None)
            if item.fact not in inquiry.project.declared:
                inquiry.contradictions.append((item.fact, item.written, item.follows))

    @staticmethod
    def _named_county(ground: Ground, project: Project) -> Any:
        """Shape of the county that the writer names, or that the address names; a named one that is not there is J031."""
        location = project.location or {}
        index = ground.index("county")
        if index is None or not (location.get("county") or location.get("address")):
            return None
        names = [str(item) for item in index.frame.columns["name"]]
        text = str(location.get("county") or "").strip()
        if not text:
            # An address is prose: only a full county name in it counts, and only if no other is there.
            address = str(location.get("address") or "")
            told = [row for row, item in enumerate(names) if len(item) > 2 and item in address]
            return index.frame.geometry[told[0]] if len(told) == 1 else None
        exact = [row for row, item in enumerate(names) if item == text or item in text]
        if not exact:
            close = near(text, names)
            help = f"相近的有：{'、'.join(close)}" if close else "写图层里的县（市、区）名，或不写"
            raise InputFault(Fault("J031", f"没有名为 `{text}` 的县（市、区）", project.place, help))
        return index.frame.geometry[exact[0]]

    def screen(self, project: Project, *, everything: bool = False, repair: bool = False) -> dict[str, Any]:
        """The finding of a project, as plain data with its digest.

        Errors: `InputFault` with all faults of the site.
        """
        return sealed(self._unsealed(project, everything, repair))

    def screen_written(self, project: Project, *, everything: bool = False) -> tuple[dict[str, Any], Sealed]:
        """The same as text, written once to be sealed, sent and kept, and the finding of which the longest parts are `Written`."""
        finding = self._unsealed(project, everything, repair=False, text=True)
        return finding, seal(finding)

    def _unsealed(self, project: Project, everything: bool, repair: bool, text: bool = False) -> dict[str, Any]:
        inquiry = self.inquire(project, repair)
        machine = self.machine(project.on, self.events(project))
        ground = self.ground(project.on)
        demo = ground is not None and any(version.demo for version in ground.versions.values())
        assembly = Assembly(
            self.law,
            machine,
            inquiry,
            self.versions(project.on),
            self._measurer(project.on, inquiry),
            self._nearby(project.on, inquiry),
            demo,
        )
        finding = assembly.finding(everything, text=text)
        self._datum_doubts(finding, inquiry, machine)
        return finding

    def _measurer(self, on: date, inquiry: Inquiry) -> Any:
        ground = self.ground(on)
        if ground is None or inquiry.site is None:
            return None
        geometry = inquiry.site.geometry
        return lambda name: measure(self.law, ground, geometry, name, inquiry.placed[name])

    def _nearby(self, on: date, inquiry: Inquiry) -> Any:
        ground = self.ground(on)
        if ground is None or inquiry.site is None:
            return None
        geometry = inquiry.site.geometry
        return lambda name: within_reach(self.law, ground, geometry, name, inquiry.placed[name])

    def _datum_doubts(self, finding: dict[str, Any], inquiry: Inquiry, machine: Machine) -> None:
        """If two datums would give different answers, or one leads out of the layers, the finding says so."""
        ground = self.ground(inquiry.project.on)
        site = inquiry.site
        if site is None or ground is None or not site.in_doubt:
            return
        answers = {site.crs: machine.answer(inquiry.given).outcomes}
        units = {site.crs: [unit["code"] for unit in inquiry.units]}
        told = []
        for crs, other in self.other_readings(inquiry):
            if other is None:
                told.append(outside_doubt(crs))
                continue
            answers[crs] = machine.answer(other.given).outcomes
            units[crs] = [unit["code"] for unit in other.units]
        for spec in self.law.book.decisions.values():
            values = {crs: outcomes[spec.id].word for crs, outcomes in answers.items()}
            about, labels = "结论" if spec.id == "access" else spec.zh, VALUE_BY_DECISION.get(spec.id, {})
            said = {crs: labels.get(value) or dict(spec.values).get(value, "待定") for crs, value in values.items()}
            told += [] if spec.collect else datum_doubt(about, said)
        if len({frozenset(codes) for codes in units.values()}) > 1:
            told += datum_doubt("所在的管控单元", {crs: "、".join(codes) or "无" for crs, codes in units.items()})
        if told:
            finding["doubts"] += [{"kind": "datum", "rule": None, "distance_m": None, "message": what} for what in told]

    def other_readings(self, inquiry: Inquiry) -> list[tuple[str, Inquiry | None]]:
        """Where the reference system is in doubt: every further reading of the coordinates, placed; None outside the layers."""
        ground, site = self.ground(inquiry.project.on), inquiry.site
        if ground is None or site is None or not site.in_doubt:
            return []
        out: list[tuple[str, Inquiry | None]] = []
        for candidate in site.candidates[1:]:
            other = (
                Inquiry(inquiry.project, dict(inquiry.project.facts), {})
                if in_layers(ground, candidate.geometry)
                else None
            )
            if other is not None:
                self._forget(other)
                self._place(other, ground, candidate.geometry)
            out.append((candidate.crs, other))
        return out

    def versions(self, on: date) -> dict[str, Any]:
        """What an answer on a day rests on: digests of packs and layers, and the day of knowledge."""
        ground = self.ground(on)
        layers = {kind: f"sha256:{version.sha256}"
                  for kind, version in sorted(ground.versions.items())} if ground else {}  # fmt: skip
        return {
            "packs": dict(self.law.versions),
            "layers": layers,
            "known": self.known.isoformat() if self.known else None,
        }


def forgotten(book: Rulebook, name: str, codes: Sequence[str]) -> str:
    """What to say of codes of a fact that were not in their vocabulary on the day."""
    return f"“{book.facts[name].zh}”的 {'、'.join(codes)} 在所问日期（或已知日期）不在词表里，按未知回答"


def open_screener(
    workspace: Path | str | None = None, packs: tuple[Path, ...] = (), known: date | None = None
) -> Screener:
    """A screener over the packs that come with the software and a workspace folder; its own lists fill in the packs'."""
    place = Workspace.open(workspace) if workspace is not None else None
    return Screener(load_law(packs or None, own_lists(workspace)), place, known)


def own_lists(workspace: Path | str | None) -> list[Path]:
    """The user's own lists in a workspace folder."""
    return sorted((Path(workspace) / "lists").glob("*.yaml")) if workspace is not None else []
