"""The log of warnings as plain data and back: complete enough that a reader can work every step out again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.core.seal import digest
from greenrule.response.episode_air import Reading
from greenrule.response.episode_rules import LEVEL_WORDS
from greenrule.response.warning import ACTIONS, Seen, State, Step

FORM = "greenrule-air-warnings-1"


@dataclass(frozen=True)
class Source:
    """What a log was fed with besides tables: observations grouped `by`, which `value` of forecasts, from which day.

    imports : how many imports the observations had seen · versions : of the packs that the replay was made with
    level : stations of this level only
    """

    by: str | None = None
    value: str = "point"
    first: str | None = None
    imports: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    level: str | None = None


@dataclass
class Kept:
    """A state file: the steps of places as they were lived, and, where data were corrected since, as they would run now.

    replays : place → steps on the data as they are, only where these are not `logs` · revisions : place → records, oldest first
    """

    logs: dict[str, list[Step]] = field(default_factory=dict)
    edition: str | None = None
    within: int | None = None
    source: Source = field(default_factory=Source)
    replays: dict[str, list[Step]] = field(default_factory=dict)
    revisions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def replay(self, place: str) -> list[Step]:
        """The steps of a place on the data as they were known last."""
        return self.replays.get(place, self.logs.get(place, []))


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None


def _back(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def state_json(state: State) -> dict[str, Any]:
    """A state as plain data."""
    return {
        "level": state.level, "label": LEVEL_WORDS[state.level], "since": _time(state.since), "begins": _time(state.begins),
        "episode": state.episode, "advice": list(state.advice),
    }  # fmt: skip


def step_json(step: Step) -> dict[str, Any]:
    """A step as plain data, with every reading that came in with it."""
    return {
        "number": step.number, "at": _time(step.at), "action": step.action, "label": ACTIONS[step.action],
        "before": state_json(step.before), "after": state_json(step.after), "demand": step.demand, "why": step.why,
        "edition": step.edition,
        "seen": [
            {"level": seen.level, "rule": seen.words, "first": _time(seen.first), "hours": seen.hours, "values": list(seen.values),
             "rows": list(seen.rows), "observed": seen.observed}
            for seen in step.seen
        ],
        "missing": [_time(moment) for moment in step.missing], "beyond_forecast": step.beyond,
        "reductions": step.reductions, "late": step.late, "inputs": [item.to_json() for item in step.inputs],
    }  # fmt: skip


def _state(entry: Mapping[str, Any]) -> State:
    level = entry["level"]
    if level not in range(len(LEVEL_WORDS)):
        raise ValueError("level")
    return State(level, _back(entry["since"]), _back(entry["begins"]), int(entry["episode"]), tuple(entry["advice"]))


def step_from(entry: Mapping[str, Any]) -> Step:
    """Read back what `step_json` wrote; raises KeyError, TypeError, ValueError where it did not."""
    at = _back(entry["at"])
    if at is None or entry["action"] not in ACTIONS:
        raise ValueError("at, action")
    seen = tuple(
        Seen(one["level"], one["rule"], datetime.fromisoformat(one["first"]), one["hours"], tuple(one["values"]), tuple(one["rows"]),
             one["observed"])
        for one in entry["seen"]
    )  # fmt: skip
    return Step(
        entry["number"], at, entry["action"], _state(entry["before"]), _state(entry["after"]), entry["demand"], entry["why"],
        entry["edition"], seen, tuple(datetime.fromisoformat(text) for text in entry["missing"]), entry["beyond_forecast"],
        entry["reductions"], tuple(Reading.from_json(item) for item in entry["inputs"]), entry["late"],
    )  # fmt: skip


def log_bytes(kept: Kept) -> bytes:
    """The state file: all steps of all places, sealed."""
    told: dict[str, Any] = {
        "form": FORM, "edition": kept.edition, "within": kept.within,
        "places": {place: [step_json(step) for step in steps] for place, steps in kept.logs.items()},
    }  # fmt: skip
    if kept.source != Source():
        told["source"] = asdict(kept.source)
    if kept.replays:
        told["replays"] = {place: [step_json(step) for step in steps] for place, steps in kept.replays.items()}
    if kept.revisions:
        told["revisions"] = kept.revisions
    told["digest"] = digest(told)
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def read_log(path: Path) -> Kept:
    """A state file.

    Errors: H030 not a state file, or changed since it was written; EnvironmentFault H031 cannot be read.
    """
    at = Place(str(path))
    try:
        told = json.loads(path.read_bytes())
        if not isinstance(told, dict) or told.get("form") != FORM:
            raise ValueError("form")
        if told.get("digest") != digest(told):
            raise InputFault(
                Fault(
                    "H030", "状态文件与它自己的摘要不符：写成之后被改过", at, "用原来的文件；或换一个 --state 重新开始"
                )
            )
        logs, replays = (
            {place: [step_from(entry) for entry in entries] for place, entries in told.get(key, {}).items()}
            for key in ("places", "replays")
        )
        revisions = {place: list(records) for place, records in told.get("revisions", {}).items()}
        return Kept(logs, told["edition"], told["within"], Source(**told.get("source", {})), replays, revisions)
    except OSError as error:
        raise EnvironmentFault(Fault("H031", f"状态文件读不出来：{error.strerror}", at, "检查文件权限与磁盘")) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputFault(
            Fault("H030", f"不是预警的状态文件：{type(error).__name__}", at, "用 `air warn --state` 写出的文件")
        ) from None
