"""The desk of whoever keeps the layers: which version is in which state, what a new one changes and whom it touches, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.layerimport import kind_of
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.book import Law
from greenrule.spatial.frame import Frame
from greenrule.spatial.intake import read_site
from greenrule.spatial.layercheck import CheckReport
from greenrule.spatial.layerdiff import LayerDiff, layer_diff
from greenrule.spatial.layergates import gates
from greenrule.store.layers import DEMO_MARK, LayerVersion
from greenrule.store.lifecycle import STATES, Step, state_of
from greenrule.store.workspace import Workspace

#: The parameter that says how often control units are adjusted.
ADJUSTMENT = "zoning.adjustment_period"


@dataclass(frozen=True, slots=True)
class Touched:
    """A stored finding whose site lies on land that a change concerns."""

    finding: str
    project: str | None
    decision: str | None


def version_of(workspace: Workspace, text: str) -> LayerVersion:
    """A version by number, by the beginning of its digest, or the latest of a kind.

    Errors: W033 where nothing or more than one thing is meant.
    """
    versions = workspace.versions()
    found = [
        version
        for version in versions
        if text == str(version.seq) or (len(text) >= 4 and version.sha256.startswith(text))
    ]
    if not found:
        found = [version for version in versions if version.kind == text][-1:]
    if len({version.seq for version in found}) != 1:
        known = [*dict.fromkeys(version.kind for version in versions), *(version.sha256[:12] for version in versions)]
        close = near(text, known)
        help = f"相近的有：{'、'.join(close)}" if close else "用 `greenrule layer history` 查看版本"
        raise InputFault(Fault("W033", f"没有这样的图层版本，或不止一个：`{text}`", None, help))
    return found[0]


def history(workspace: Workspace, kind: str | None = None) -> list[dict[str, Any]]:
    """Every version with its state and its steps, oldest first."""
    steps = workspace.life.steps()
    out = []
    for version in workspace.versions(kind):
        mine = [step for step in steps if step.version == version.seq]
        state = state_of(mine)
        out.append(
            {**version.to_json(), "state": state, "label": STATES[state], "steps": [step.to_json() for step in mine]}
        )
    return out


def take(
    workspace: Workspace, version: LayerVersion, state: str, *, who: str, day: date | None = None, paper: str | None = None,
    reason: str | None = None,
) -> list[Step]:  # fmt: skip
    """Take a version one step on; publishing supersedes the version of its kind that was published before it.

    Publishing passes the gates first (LAY021 with every error otherwise).  Errors: those of `Lifecycle.take`.
    """
    names = {label: name for name, label in STATES.items()}
    state = names.get(state, state)
    day = day or china_today()
    if state == "published":
        report = gate_report(workspace, version)
        if report.errors:
            shown, more = report.shown("error")
            faults = [Fault("LAY021", item.message, None, "改正后重新导入为草案") for item in shown]
            if more:
                faults.append(
                    Fault("LAY021", f"另有 {more} 处", None, "用 `greenrule layer gates --format json` 列出全部")
                )
            raise InputFault(faults)
    done = [workspace.life.take(Step(version.seq, state, day, who, paper, reason))]
    if state == "published":
        for other in workspace.versions(version.kind):
            if (
                other.seq != version.seq
                and state_of(workspace.life.steps(other.seq)) == "published"
                and workspace.life.steps(other.seq)
            ):
                done.append(
                    workspace.life.take(Step(other.seq, "superseded", day, who, paper, f"由版本 {version.seq} 替代"))
                )
    return done


def gate_report(workspace: Workspace, version: LayerVersion) -> CheckReport:
    """The gates of one version, beside the version now published and the county layer."""
    frame = workspace.read(version)
    present = workspace.layers()
    before = present.get(version.kind)
    counties = present.get("county")
    return gates(
        kind_of(version.kind), frame,
        workspace.read(before) if before is not None and before.seq != version.seq else None,
        workspace.read(counties) if counties is not None and version.kind != "county" else None,
    )  # fmt: skip


def compare(workspace: Workspace, before: LayerVersion, after: LayerVersion, by: str | None = None) -> LayerDiff:
    """What changed from one version to another, by class (or by another column)."""
    old, new = workspace.read(before), workspace.read(after)
    column = by or next((name for name in ("class", "level", "category", "name") if name in new.columns), "name")
    return layer_diff(old, new, column)


def touched(workspace: Workspace, diff: LayerDiff) -> list[Touched]:
    """Stored findings whose sites lie on land that changed class or belongs to another feature now."""
    out = []
    for row in workspace.findings():
        project = workspace.load_finding(row.id).get("project") or {}
        location = {key: value for key, value in (project.get("location") or {}).items()
                    if key not in ("county", "city", "town", "address")}  # fmt: skip
        if not location:
            continue
        try:
            site = read_site(location, base_dir=Path.cwd())
        except InputFault:
            continue  # a file that has gone: the finding itself says where it was, not what it was
        if diff.touches(site.geometry):
            out.append(Touched(row.id, row.project, row.decision))
    return out


def plain(diff: LayerDiff, before: LayerVersion, after: LayerVersion, findings: Sequence[Touched]) -> dict[str, Any]:
    """The difference as plain data."""
    return {
        "before": before.to_json(), "after": after.to_json(), "added": diff.added, "removed": diff.removed, "moved": diff.moved,
        "changed": {key: {name: list(pair) for name, pair in said.items()} for key, said in diff.changed.items()},
        "areas": [{"before": old, "after": new, "area_km2": round(area / 1e6, 4)} for (old, new), area in diff.areas().items()],
        "findings": [{"finding": item.finding, "project": item.project, "decision": item.decision} for item in findings],
    }  # fmt: skip


def diff_frame(diff: LayerDiff, demo: bool) -> Frame:
    """The land that changed, as features."""
    columns: dict[str, Sequence[Any]] = {
        "before": [piece.before for piece in diff.pieces], "after": [piece.after for piece in diff.pieces],
        "old": [piece.old for piece in diff.pieces], "new": [piece.new for piece in diff.pieces],
        "area_m2": [round(piece.area_m2, 1) for piece in diff.pieces], "notice": [DEMO_MARK if demo else "" for _ in diff.pieces],
    }  # fmt: skip
    return Frame(diff.where(every=True), columns)


def due(workspace: Workspace, law: Law, on: date) -> list[dict[str, Any]]:
    """Published coverages of control units that the period of regular adjustment has run out for, or soon will."""
    spec = law.book.parameters.get(ADJUSTMENT)
    years, cite = spec.on(on) if spec is not None else (None, None)
    out = []
    for row in history(workspace, "control_unit"):
        if row["state"] != "published":
            continue
        start = next((step["day"] for step in row["steps"] if step["state"] == "published"), row["recorded"])
        first = date.fromisoformat(row["valid_from"] or start)
        end = _later(first, years) if years is not None else None
        out.append({"version": row["seq"], "title": row["title"], "published": start, "due": end.isoformat() if end else None,
                    "days_left": (end - on).days if end else None, "cite": cite})  # fmt: skip
    return out


def _later(day: date, years: Any) -> date:
    """The same day so many civil years on; 28 February for the 29th where there is none."""
    year = day.year + int(years)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def national(frame: Frame, kind: str) -> Frame:
    """A frame with the field names of the national layout (the first alias of each field), fit for filing."""
    spec = kind_of(kind)
    names = {field.name: (field.aliases[0] if field.aliases else field.name) for field in spec.fields.values()}
    return Frame(frame.geometry, {names.get(name, name): values for name, values in frame.columns.items()}, frame.meta)


def unit_list(frame: Frame, kind: str, title: str, demo: bool) -> bytes:
    """The columns of a layer as a workbook with Chinese headings: the list that goes with a filing."""
    import io

    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    spec = kind_of(kind)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = spec.label[:31]
    sheet.append([title + (f"（{DEMO_MARK}）" if demo and DEMO_MARK not in title else "")])
    names = [name for name in spec.fields if name in frame.columns] + [
        name for name in frame.columns if name not in spec.fields
    ]
    sheet.append([spec.fields[name].label if name in spec.fields else name for name in names])
    words = {
        name: {value: said for said, value in reversed(list(spec.fields[name].words.items()))}
        for name in names
        if name in spec.fields
    }
    for row in range(len(frame)):
        cells = [frame.columns[name][row] for name in names]
        sheet.append([_safe(words.get(name, {}).get(str(cell), cell)) for name, cell in zip(names, cells, strict=True)])
    for cell in (*sheet[1], *sheet[2]):
        cell.font = Font(bold=True)
    for number, column in enumerate(sheet.iter_cols(min_row=2, values_only=True), 1):
        widest = max(len(str(value or "")) for value in column)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(widest * 1.8, 10), 60)
    for row_cells in sheet.iter_rows(min_row=3):
        for cell in row_cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A3"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _safe(value: Any) -> Any:
    """A cell that a spreadsheet takes for text: what begins like a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@" else value
