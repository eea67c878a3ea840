"""What a draft would do to 100,000 stored projects and to the atlas, beside a loop over the scalar machine."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.measure import Check, Figure, Section, figures_of
from greenrule.casework.changes import alternatives, shown
from greenrule.casework.roster import roster
from greenrule.casework.screening import Screener
from greenrule.casework.situation import Machine
from greenrule.casework.vocabulary import fact_table
from greenrule.casework.whatif import plan
from greenrule.packs.book import Law
from greenrule.packs.drafts import load_draft
from greenrule.store.workspace import Workspace

TARGET_S = 10.0
ON = date(2027, 2, 1)
_INDUSTRIES = ("2521", "3110", "4411", "0610", "4416", "2614", "3011", "1711", "7723", "0313")
#: A draft for the clock only: it is no proposal of anybody.
_DRAFT = {
    "pack.toml": 'id = "bench-draft"\n',
    "instruments/bench-draft.yaml": (
        "id: bench-draft\nnumber: unknown\nkind: provincial_policy\ntitle: {zh: 基准用草案（虚构）, en: Draft for the benchmark}\n"
        "issuer: unknown\nissued: 2026-12-01\nin_force: {from: 2027-01-01}\nrecorded: 2026-12-01\nquality: memory\n"
        "note: 演示数据（非官方）\nclauses: [{id: '1', label: 第1条}]\n"
    ),
    "rules/bench.rules": (
        'rule bench-1 "虚构的一条"\n  subject project\n  when two_high and nature in {new, expand}\n  effect prohibit access\n'
        '  then "不予准入"\n  strength mandatory\n  cites bench-draft#1\n'
    ),
}  # fmt: skip


def described(law: Law, count: int) -> list[dict[str, str]]:
    """Projects of ten trades with everything that their rules may ask, most of it "no", as a table writes them."""
    machine = Machine(law, ON)
    book = law.book
    values: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    for code in _INDUSTRIES:
        names = [row["id"] for row in fact_table(law, code) if not book.facts[row["id"]].fixed]
        names = [name for name in names if name not in ("industry", "nature") and book.facts[name].family != name]
        for name in names:
            if name not in values:
                values[name] = [_written(value) for value in alternatives(machine, book.facts[name])]
                values[name] = [word for word in values[name] if not word.startswith("-")]
        asked[code] = [name for name in names if values[name]]
    draw = random.Random(20261121)
    out = []
    for number in range(count):
        code = draw.choice(_INDUSTRIES)
        row = {"项目名称": f"项目{number}", "行业": code, "建设性质": draw.choice(("new", "expand", "upgrade"))}
        for name in asked[code]:
            plain = book.facts[name].kind.form == "truth" and draw.random() < 0.97
            row[name] = "否" if plain else draw.choice(values[name])
        out.append(row)
    return out


def _written(value: Any) -> str:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(shown(value))


def _table(rows: list[dict[str, str]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()).dictionary_encode() for name in names}
    pq.write_table(pa.table(columns), path)


def _clocked(ask: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = ask()
    return time.perf_counter() - start, found


def run(screener: Screener, quick: bool) -> Section:
    """Reading a table of projects, the plan over what was read before, the atlas, the command, and the scalar loop."""
    count = 5_000 if quick else 100_000
    section = Section(f"规定若改变：{count:,} 个已存项目与图谱")
    law = screener.law
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, text in _DRAFT.items():
            path = folder / "draft" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        _table(described(law, count), folder / "projects.parquet")
        own = Screener(law, Workspace.create(folder / "ws"))
        draft = load_draft(law, [folder / "draft"])
        files = [folder / "projects.parquet"]
        plan(own, draft, [], on=ON, with_atlas=False)  # compiled loops are kept by the user's machine; load them now
        first, _ = _clocked(lambda: roster(own, files, ON))
        whole = f"{count:,} 个已存项目，现行规定与草案各答一遍，谁变、因哪条"
        taken = [_clocked(lambda: plan(own, draft, files, on=ON, with_atlas=False)) for _ in range(1 if quick else 3)]
        section.figures += figures_of(
            whole, {"greenrule": [seconds for seconds, _ in taken]}, **({} if quick else {"target": TARGET_S})
        )
        section.figures.append(Figure("第一次读入这张表（Parquet，之后用存下的）", "greenrule", first))
        seconds, found = _clocked(lambda: plan(own, draft, [], on=ON))
        cells = found.map_effects.size if found.map_effects else 0
        section.figures.append(Figure(f"图谱 {cells:,} 格，两遍", "greenrule", seconds))
        section.figures += _command(folder, count)
        _scalar(section, law, draft, taken[0][1], taken[0][0] / count, 60 if quick else 400)
    section.notes.append(
        "草案与项目都是虚构的，只为计时。第二行起没有目标；逐个作答的标量机是同一台机器上的另一种做法，不是别的软件。"
    )
    return section


def _command(folder: Path, count: int) -> list[Figure]:
    """The command from start to the last byte of its JSON, projects read before."""
    words = [sys.executable, "-m", "greenrule.cli.main", "plan", "--draft", str(folder / "draft"), "-w", str(folder / "ws"),
             "--projects", str(folder / "projects.parquet"), "--on", ON.isoformat(), "--no-atlas", "--format", "json",
             "--out", str(folder / "out.json")]  # fmt: skip
    seconds, _ = _clocked(lambda: subprocess.run(words, check=True, capture_output=True))
    said = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    if said["projects"]["count"] != count:
        raise ValueError(f"{said['projects']['count']} projects of {count}")
    return [
        Figure(
            "命令从启动到写完 JSON（含名单）",
            "greenrule plan",
            seconds,
            target=TARGET_S if count >= 100_000 else None,
            bound="median",
        )
    ]


def _scalar(section: Section, law: Law, draft: Law, found: Any, each: float, sample: int) -> None:
    """The same question asked one project at a time; the flips of the sample are compared."""
    from greenrule.casework.planning import as_given

    machines = [Machine(one, ON) for one in (law, draft)]
    decisions = [name for name, spec in law.book.decisions.items() if not spec.collect]
    stored = found.projects
    turned: dict[tuple[str, int], Any] = {}
    for rows, effects in found.effects:
        for turn in effects.turns:
            turned |= {(turn.decision, int(rows[row])): (turn.before, turn.after) for row in turn.rows}
    rows = random.Random(5).sample(range(len(stored)), sample)
    given = {row: as_given(law.book, stored.columns.facts(row)) for row in rows}
    for machine in machines:  # the functions of each trade are written once
        for facts in given.values():
            machine.answer(facts)
    seconds, different = [], 0
    for row in rows:
        start = time.perf_counter()
        answers: list[Mapping[str, Any]] = [machine.answer(given[row]).outcomes for machine in machines]
        seconds.append(time.perf_counter() - start)
        for name in decisions:
            pair = tuple(frozenset(outcomes[name].candidates) for outcomes in answers)
            different += turned.get((name, row)) != (None if pair[0] == pair[1] else pair)
    question = "每个项目"
    section.figures.append(Figure(question, "greenrule", each))
    section.figures += figures_of(question, {"逐个作答（标量机，事实在内存里）": seconds})
    section.checks.append(Check("抽样项目的每项决定：是否改变、由什么变为什么", sample * len(decisions), different))
