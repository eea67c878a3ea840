"""The work that is done in the background: each kind a function from what was asked to what came out.

They run in a process of their own with limits (`web.job_process`); `tell(stage, fraction)` says how far they are and raises `Lost` where
the job was taken away.  What they write is whole: a layer version by its import, rows in the transaction that finishes the job.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault
from greenrule.store.planning.models import Job
from greenrule.store.planning.uploads import keep_result, upload_path
from greenrule.store.workspace import Workspace

Tell = Callable[[str, float], None]


@dataclass
class Outcome:
    """What a job came to: plain data, a file to load down, and what is to be written in the transaction that finishes it."""

    result: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    file_name: str = ""
    write: Callable[[], dict[str, Any]] | None = None


def import_layer(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Read, check and add a layer as a draft; the checks are kept whether it got in or not."""
    from greenrule.casework import layerimport
    from greenrule.casework.layer_desk import findings_map

    asked, workspace = job.asked, Workspace.open(folder)
    mark = f"（作业 {job.id}）"
    for version in workspace.versions(asked["kind"]):  # a worker that died after the import, before it could say so
        if version.source.endswith(mark):
            return Outcome({"version": version.seq, "checks": None, "map": None})
    table = upload_path(folder, asked["table"]) if asked.get("table") else None
    found = layerimport.import_layer(
        workspace, layerimport.kind_of(asked["kind"]), upload_path(folder, asked["file"]), title=asked.get("title"),
        source=f"{asked.get('source') or '文件 ' + asked['name']}{mark}", table=table, layer=asked.get("layer"), crs=asked.get("crs"),
        encoding=asked.get("encoding"), accuracy_m=asked.get("accuracy_m"), complete=bool(asked.get("complete")),
        valid_from=_date(asked.get("valid_from")), demo=bool(asked.get("demo")), draft=True, who=job.who, progress=tell,
    )  # fmt: skip
    checks = found.report.to_json()
    version_number = found.version.seq if found.version else None
    return Outcome({"version": version_number, "checks": checks, "map": findings_map(checks)})


def check_layer(job: Job, folder: Path, tell: Tell) -> Outcome:
    """The gates of a version, as they will be asked at its publication."""
    from greenrule.casework.layer_desk import findings_map
    from greenrule.casework.layerlife import gate_report, version_of

    workspace = Workspace.open(folder)
    tell("过发布关", 0.2)
    checks = gate_report(workspace, version_of(workspace, str(job.asked["version"]))).to_json()
    return Outcome({"version": job.asked["version"], "checks": checks, "map": findings_map(checks)})


def compare_layers(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Two versions compared; the whole difference as GeoPackage to load down."""
    from greenrule.casework.layer_desk import difference
    from greenrule.casework.layerlife import compare, diff_frame, version_of
    from greenrule.spatial.vectorout import write_vector

    workspace = Workspace.open(folder)
    before, after = (version_of(workspace, str(job.asked[key])) for key in ("before", "after"))
    tell("比较", 0.2)
    said = difference(workspace, before, after)
    if not said["map"]["features"]:
        return Outcome(said)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "diff.gpkg"
        tell("写出变化", 0.8)
        write_vector(path, {"diff": diff_frame(compare(workspace, before, after), before.demo or after.demo)})
        return Outcome(said, keep_result(folder, path.read_bytes()), f"{after.kind}_{before.seq}_{after.seq}.gpkg")


def edit_list(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Some cells of a list written anew: a new draft, unless the checks find errors."""
    from greenrule.casework.layer_desk import edited, findings_map, keep_edited
    from greenrule.casework.layerlife import version_of

    workspace = Workspace.open(folder)
    mark = f"（作业 {job.id}）"
    version = version_of(workspace, str(job.asked["version"]))
    for other in workspace.versions(version.kind):
        if other.source.endswith(mark):
            return Outcome({"version": other.seq, "checks": None, "map": None})
    tell("检查", 0.2)
    # A database may keep the keys of an object in an order of its own; faults are told in one.
    frame, report = edited(workspace, version, dict(sorted(job.asked["edits"].items())))
    checks = report.to_json()
    if report.errors:
        return Outcome({"version": None, "checks": checks, "map": findings_map(checks)})
    tell("写入工作区", 0.8)
    source = f"由版本 {version.seq} 修改 {len(job.asked['edits'])} 个要素{mark}"
    made = keep_edited(workspace, version, frame, report, source, job.who)
    return Outcome({"version": made.seq, "checks": checks, "map": findings_map(checks)})


def publish_layer(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Take a version to publication: gates, step, what it supersedes, the audit and the outbox."""
    from greenrule.casework.layerlife import take, version_of
    from greenrule.store.desk.records import log
    from greenrule.store.lifecycle import state_of
    from greenrule.store.watching.outbox import emit

    workspace = Workspace.open(folder)
    version = version_of(workspace, str(job.asked["version"]))
    tell("过发布关", 0.2)
    if (
        state_of(workspace.life.steps(version.seq)) == "published"
    ):  # a worker that died after the step, before it could say so
        steps = workspace.life.steps(version.seq)[-1:]
    else:
        steps = take(
            workspace, version, "published", who=job.who, paper=job.asked["paper"], reason=job.asked.get("reason")
        )

    def write() -> dict[str, Any]:
        log(job.who, "layer.published", f"layer:{version.seq}", f"sha256:{version.sha256}")
        emit("layer.published", str(version.seq), {"kind": version.kind, "title": version.title}, area=job.area)
        return {}

    return Outcome({"version": version.seq, "steps": [step.to_json() for step in steps]}, write=write)


def import_spots(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Spots of a file laid over units and layers, added all or none with the end of the job."""
    from greenrule.casework.screening import open_screener
    from greenrule.casework.spots import read_spots
    from greenrule.store.planning.supervision import add

    asked = job.asked
    ground = open_screener(folder).ground(china_today())
    assert ground is not None
    spots = read_spots(
        upload_path(folder, asked["file"]), ground, crs=asked.get("crs"), found_on=_date(asked.get("found_on")),
        today=timezone.localdate(), tell=tell,
    )  # fmt: skip
    outside = [spot for spot in spots if not any(spot.area.startswith(area) for area in asked["areas"])]
    if outside:
        raise InputFault(
            [
                Fault("PLD036", f"图斑 {spot.number} 在{spot.place}，不在您的辖区", None, "删去后再导入")
                for spot in outside[:50]
            ]
        )

    def write() -> dict[str, Any]:
        made = add(job.who, Path(asked["file"]).stem, asked["source"], [asdict(spot) for spot in spots])
        return {"problems": len(made), "first": made[0] if made else None}

    return Outcome({"problems": len(spots)}, write=write)


def plan_draft(job: Job, folder: Path, tell: Tell) -> Outcome:
    """What a draft of law would do to the stored projects and the atlas: results, a map of the projects, a workbook."""
    from greenrule.casework.plan_xlsx import plan_xlsx
    from greenrule.casework.screening import open_screener, own_lists
    from greenrule.casework.whatif import plan, plan_json
    from greenrule.packs.drafts import load_draft
    from greenrule.store.desk.records import stored_projects
    from greenrule.web.draft_files import project_points, unpack_draft

    screener = open_screener(folder)
    with tempfile.TemporaryDirectory() as place:
        tell("读取草案", 0.02)
        draft_folder = unpack_draft(upload_path(folder, job.asked["file"]), Path(place))
        draft = load_draft(screener.law, [draft_folder], own_lists(folder))
        stages = {
            "读取项目": (0.05, 0.2),
            "按草案重读场址": (0.2, 0.35),
            "比较项目": (0.35, 0.6),
            "比较图谱": (0.6, 0.95),
        }

        def say(what: str, done: int, whole: int) -> None:
            low, high = stages.get(what, (0.05, 0.95))
            tell(what, low + (high - low) * (done / whole if whole else 1.0))

        found = plan_json(
            plan(screener, draft, (), on=_date(job.asked.get("on")), folders=[draft_folder], with_atlas=bool(job.asked.get("atlas", True)),
                 say=say, kept=stored_projects)
        )  # fmt: skip
    for item in found["drafts"]:
        item["folder"] = job.asked["name"]
    found["map"] = project_points(folder, stored_projects(), found)
    return Outcome(found, keep_result(folder, plan_xlsx(found)), f"草案影响_{found['on']}.xlsx")


def prove_packs(job: Job, folder: Path, tell: Tell) -> Outcome:
    """Contradictions, gaps and dead rules of the packs in force, each proved or with a witness."""
    from greenrule.casework.proving import as_json, examine
    from greenrule.packs.compiled import load_law

    proofs = examine(
        load_law(None), china_today(), progress=lambda done, total: tell("证明", done / total if total else 1.0)
    )
    return Outcome({"proofs": json.loads(json.dumps(as_json(proofs), ensure_ascii=False, default=str))})


def make_atlas(job: Job, folder: Path, tell: Tell) -> Outcome:
    """The atlas of every class in every unit as a workbook."""
    from greenrule.casework.atlas_file import head
    from greenrule.casework.atlas_text import plain
    from greenrule.casework.atlas_xlsx import atlas_xlsx
    from greenrule.casework.class_verdicts import ClassQuestion
    from greenrule.casework.screening import open_screener
    from greenrule.casework.unit_atlas import unit_atlas

    screener = open_screener(folder)
    free = tuple(name for name, (_, none_of) in screener.law.groups.items() if none_of)
    question = ClassQuestion(screener, china_today(), "access", "new", free, {}, ())
    found = unit_atlas(
        question, industries=tuple(job.asked.get("industries") or ()), units=tuple(job.asked.get("units") or ()),
        say=lambda what, done, whole: tell(what, 0.9 * done / whole if whole else 0.9),
    )  # fmt: skip
    told = head(found)
    data = atlas_xlsx(found, told, plain(found, told))
    return Outcome({"on": china_today().isoformat()}, keep_result(folder, data), f"准入图谱_{china_today()}.xlsx")


def tracking_report(job: Job, folder: Path, tell: Tell) -> Outcome:
    """The annual report or the five-year evaluation as a document."""
    from greenrule.casework.paper import lay_out
    from greenrule.web.tracking import report_paper

    paper = report_paper(folder, job.asked["kind"], job.asked["area"], job.asked["year"], tell)
    tell("排版", 0.9)
    form = job.asked["form"]
    return Outcome({"title": paper.title}, keep_result(folder, lay_out(paper, form)), f"{paper.title}.{form}")


def exchange_units(job: Job, folder: Path, tell: Tell) -> Outcome:
    """The control units of an exchange file as a draft, all or none."""
    from greenrule.casework import exchange_files
    from greenrule.casework.exchange import read_file
    from greenrule.casework.layer_desk import findings_map

    workspace = Workspace.open(folder)
    mark = f"（作业 {job.id}）"
    for version in workspace.versions("control_unit"):
        if version.source.endswith(mark):
            return Outcome({"version": version.seq, "checks": None, "map": None})
    tell("核对", 0.05)
    document = read_file(upload_path(folder, job.asked["file"]))
    tell("检查", 0.3)
    found = exchange_files.import_units(workspace, document, job.asked["name"], job.who, mark)
    checks = found.report.to_json()
    return Outcome(
        {"version": found.version.seq if found.version else None, "checks": checks, "map": findings_map(checks)}
    )


#: Kind of job → (label, the work).
WORKS: dict[str, tuple[str, Callable[[Job, Path, Tell], Outcome]]] = {
    "layer.import": ("导入图层", import_layer),
    "layer.check": ("发布前检查", check_layer),
    "layer.diff": ("比较两个版本", compare_layers),
    "layer.edit": ("修改清单", edit_list),
    "layer.publish": ("发布图层", publish_layer),
    "problem.import": ("导入监督图斑", import_spots),
    "packs.plan": ("推演草案", plan_draft),
    "packs.prove": ("证明政策包", prove_packs),
    "atlas": ("准入图谱", make_atlas),
    "exchange.units": ("导入交换文件", exchange_units),
    "tracking.report": ("跟踪评估报告", tracking_report),
}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
