"""The life of a layer version: draft, checked, filed with the level above, published, superseded – who, when, on what paper.

The zoning opinion, item (一), asks for filing with the higher authority before the government of the same level publishes,
for an adjustment every five years and for dynamic updates in between; whoever published updates.  A version takes part in
answers from the day it is published; steps are only added, never before the latest one, so past answers stay.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from greenrule.core.clock import CHINA
from greenrule.core.errors import Fault, InputFault, near
from greenrule.store.database import Database

#: States in their order, with what people call them.
STATES = {
    "draft": "草案",
    "checked": "已检查",
    "filed": "已备案",
    "published": "已发布",
    "superseded": "已替代",
    "withdrawn": "已撤回",
}
#: From a state to those that may follow it.
NEXT = {
    "draft": ("checked", "withdrawn"), "checked": ("draft", "filed", "withdrawn"), "filed": ("published", "withdrawn"),
    "published": ("superseded",), "superseded": (), "withdrawn": (),
}  # fmt: skip
#: Steps that rest on a paper: it must be named.
PAPERED = ("filed", "published")


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the life of a version.

    version : seq of the layer version; state : one of `STATES`; day : since when it counts; at : when it was written down
    paper : number or title of the filing or publication; reason : why, for drafts (five years, dynamic update …)
    """

    version: int
    state: str
    day: date
    who: str
    paper: str | None = None
    reason: str | None = None
    at: str = ""
    seq: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data; days in ISO 8601."""
        return {**asdict(self), "day": self.day.isoformat(), "label": STATES[self.state]}


class Lifecycle:
    """The steps of all versions of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def steps(self, version: int | None = None) -> list[Step]:
        """All steps, or those of one version, oldest first."""
        with self._database.reading() as connection:
            return steps_in(connection, version)

    def take(self, step: Step) -> Step:
        """Write down a step, all or nothing.

        Errors, InputFault: W030 a state that may not follow, W031 a step without its paper, W032 a day before the latest step.
        """
        with self._database.writing("登记图层状态") as connection:
            return add_step(connection, step)


def steps_in(connection: sqlite3.Connection, version: int | None = None) -> list[Step]:
    """The steps that a connection sees; a file from before steps were kept has none."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'layer_step'").fetchone() is None:
        return []
    where, values = ("", ()) if version is None else (" WHERE version = ?", (version,))
    rows = connection.execute(
        f"SELECT version, state, day, who, paper, reason, at, seq FROM layer_step{where} ORDER BY seq", values
    )
    return [Step(row[0], row[1], date.fromisoformat(row[2]), *row[3:]) for row in rows]


def add_step(connection: sqlite3.Connection, step: Step) -> Step:
    """Add a step inside a transaction; `take` says what is refused."""
    if step.state not in STATES:
        close = near(step.state, [*STATES, *STATES.values()])
        raise InputFault(Fault("W030", f"没有 `{step.state}` 这种状态", None, f"可用：{'、'.join(close or STATES)}"))
    before = steps_in(connection, step.version)
    now = before[-1].state if before else None
    follows = NEXT[now] if now is not None else ("draft", "published")
    if step.state not in follows:
        said = (
            f"“{STATES[now]}”之后不能是“{STATES[step.state]}”" if now else f"新的版本不能从“{STATES[step.state]}”开始"
        )
        raise InputFault(
            Fault("W030", said, None, f"可以是：{'、'.join(STATES[name] for name in follows) or '（到此为止）'}")
        )
    if step.state in PAPERED and before and not step.paper:
        raise InputFault(Fault("W031", f"“{STATES[step.state]}”要写明文号或名称", None, "加上 `--paper 文号`"))
    latest = latest_day(connection)
    if latest is not None and step.day < latest:
        message = f"日期 {step.day} 早于最近一次登记 {latest}"
        raise InputFault(Fault("W032", message, None, "已有的回答不得因补登而改变：用今天的日期登记"))
    at = step.at or datetime.now(CHINA).isoformat(timespec="seconds")
    cursor = connection.execute(
        "INSERT INTO layer_step (version, state, day, at, who, paper, reason) VALUES (?,?,?,?,?,?,?)",
        (step.version, step.state, step.day.isoformat(), at, step.who, step.paper, step.reason),
    )
    return Step(step.version, step.state, step.day, step.who, step.paper, step.reason, at, int(cursor.lastrowid or 0))


def latest_day(connection: sqlite3.Connection) -> date | None:
    """The last day on which the workspace learned anything of layers; None for an empty one."""
    days = [row[0] for row in connection.execute("SELECT max(recorded) FROM layer_version") if row[0]]
    days += [step.day.isoformat() for step in steps_in(connection)]
    return date.fromisoformat(max(days)) if days else None


def known_from(recorded: Mapping[int, date], steps: Iterable[Step]) -> dict[int, date | None]:
    """Version → the day since which it takes part in answers; None for one that is not published.

    A version without steps was imported before steps were kept, and took part from the day it was recorded.
    """
    told: dict[int, list[Step]] = {}
    for step in steps:
        told.setdefault(step.version, []).append(step)
    return {
        version: next((step.day for step in told[version] if step.state == "published"), None)
        if version in told
        else day
        for version, day in recorded.items()
    }


def state_of(steps: Iterable[Step]) -> str:
    """The present state of one version's steps; a version without any counts as published."""
    return next((step.state for step in reversed(list(steps))), "published")
