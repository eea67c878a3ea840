"""A filing as a case: what happened to it, where it stands, which clocks run, what is to be done next.

A case is its events, in order, never changed; everything else follows from them and from the law of filings (`packs.filings`).
That makes every clock recomputable by whoever holds the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.workdays import End, calendar_end
from greenrule.packs.filings import FilingKind, FilingLaw, Limit

#: What may happen, and in which states: event → (states before, state after; None: the state stays).
_STEPS: Mapping[str, tuple[frozenset[str], str | None]] = {
    "received": (frozenset({"new"}), "received"),
    "told_once": (frozenset({"received"}), "to_complete"),
    "completed": (frozenset({"to_complete"}), "received"),
    "accepted": (frozenset({"received"}), "accepted"),
    "accepted_tolerant": (frozenset({"received"}), "accepted"),
    "not_accepted": (frozenset({"received", "to_complete"}), "closed"),
    "followed_up": (frozenset({"accepted", "decided"}), None),
    "opinion_asked": (frozenset({"accepted"}), None),
    "opinion_given": (frozenset({"accepted"}), None),
    "paused": (frozenset({"accepted"}), None),
    "resumed": (frozenset({"accepted"}), None),
    "proposed": (frozenset({"accepted"}), None),
    "committed": (frozenset({"received", "accepted"}), None),
    "decided": (frozenset({"accepted"}), "decided"),
    "checked": (frozenset({"decided"}), None),
    "withdrawn": (frozenset({"new", "received", "to_complete", "accepted"}), "closed"),
}
EVENTS = {
    "received": "收件", "told_once": "一次性告知补正", "completed": "补正完毕", "accepted": "受理", "accepted_tolerant": "容缺受理",
    "not_accepted": "不予受理", "followed_up": "补交容缺材料", "opinion_asked": "征求部门意见", "opinion_given": "部门答复",
    "paused": "停止计时", "resumed": "恢复计时", "proposed": "拟审批公示", "committed": "收到承诺书", "decided": "作出决定",
    "checked": "事后核查", "withdrawn": "撤回",
}  # fmt: skip
STATES = {
    "new": "未收件", "received": "已收件", "to_complete": "待补正", "accepted": "审查中", "decided": "已决定", "closed": "已办结",
}  # fmt: skip
#: What an event must say besides its day and who did it.
_NEEDS = {
    "told_once": ("items",), "accepted_tolerant": ("items", "until"), "followed_up": ("items",), "opinion_asked": ("department",),
    "opinion_given": ("department", "opinion"), "paused": ("reason",), "not_accepted": ("reason",), "decided": ("decision",),
    "checked": ("result",),
}  # fmt: skip
DECISIONS = ("approved", "refused")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: what, on which day, by whom, and what belongs to it."""

    what: str
    day: date
    who: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clock:
    """A period that runs or ran: `end` None while it stands still; `late` when today (or what ended it) lies after the end."""

    limit: Limit
    since: date
    end: End | None
    done: date | None
    late: bool


@dataclass(frozen=True)
class Standing:
    """Where a case stands on a day."""

    kind: FilingKind
    state: str
    clocks: tuple[Clock, ...]
    #: opinions still out: department → asked on
    waiting: Mapping[str, date]
    #: of those the ones with a limit of their own: department → to answer by
    answer_by: Mapping[str, date]
    #: tolerated gaps still open: item → to be handed in by
    owed: Mapping[str, date]
    #: on which day it was accepted, by a step or by silence
    accepted: date | None
    #: what became of a commitment after approval: "" none was given, `due`, `failed`, `passed`
    commitment: str
    #: what the law says happened by itself, e.g. accepted because nobody said what was missing in time
    deemed: tuple[str, ...]
    #: what is to be done, in words, the most pressing first
    duties: tuple[str, ...]
    #: what may happen next
    possible: tuple[str, ...]


def publication_clock(kind: FilingKind, law: FilingLaw, day: date, *, merged: bool = False) -> Clock | None:
    """For how long, at least, what is published on a day stays so; None where no text says.

    merged : acceptance and proposed decision together, which stay for the longer of the two periods
    """
    limits = [limit for what, limit in kind.publish.items() if merged or what == "proposed"]
    if not limits:
        return None
    clocks = [Clock(limit, day, _end(limit, law, day), None, False) for limit in limits]
    return max(clocks, key=lambda clock: clock.end.day if clock.end else day)


def _end(limit: Limit, law: FilingLaw, day: date, pauses: Iterable[tuple[date, date | None]] = ()) -> End | None:
    counted = law.calendar.end if limit.counting == "working" else calendar_end
    return counted(day, limit.days, pauses)


def against(finding_says: str, decision: str) -> bool:
    """Whether a decision goes against what a finding says: approved where it prohibits, refused where it allows.

    A finding that restricts or cannot say leaves both open.

    >>> against("prohibited", "approved"), against("allowed", "refused"), against("undetermined", "approved")
    (True, True, False)
    """
    return (finding_says, decision) in (("prohibited", "approved"), ("allowed", "refused"))


def read_events(raw: Sequence[Mapping[str, Any]], file: str = "events") -> list[Event]:
    """Events from plain data, checked one by one; all faults at once.

    FIL001 no such event · FIL002 no day, or not in order · FIL003 something is missing · FIL004 a value that is not allowed.
    """
    out: list[Event] = []
    faults: list[Fault] = []
    for number, item in enumerate(raw, 1):
        at = Place(f"{file}[{number}]")
        what = str(item.get("event", ""))
        if what not in _STEPS:
            faults.append(Fault("FIL001", f"没有 `{what}` 这种办理步骤", at, f"可用：{'、'.join(_STEPS)}"))
            continue
        try:
            day = item["day"] if isinstance(item.get("day"), date) else date.fromisoformat(str(item.get("day")))
        except ValueError:
            faults.append(Fault("FIL002", f"{EVENTS[what]}没有写日期", at, "写 day: 2026-11-25"))
            continue
        if out and day < out[-1].day:
            faults.append(
                Fault(
                    "FIL002",
                    f"{EVENTS[what]}（{day}）早于上一步（{out[-1].day}）",
                    at,
                    "按先后写；写错的用新的一步更正",
                )
            )
        missing = [key for key in ("who", *_NEEDS.get(what, ())) if not item.get(key)]
        if missing:
            faults.append(Fault("FIL003", f"{EVENTS[what]}缺 {'、'.join(missing)}", at, "补写"))
            continue
        data = {key: value for key, value in item.items() if key not in ("event", "day", "who")}
        if data.get("until") and not _is_day(data["until"]):
            faults.append(Fault("FIL002", f"{EVENTS[what]}的 until 不是日期：{data['until']}", at, "写 2026-11-25"))
            continue
        if "items" in _NEEDS.get(what, ()) and not _is_texts(data["items"]):
            faults.append(Fault("FIL004", f"{EVENTS[what]}的 items 应是若干项文字", at, "写 items: [甲材料, 乙材料]"))
            continue
        if what == "decided" and data["decision"] not in DECISIONS:
            faults.append(Fault("FIL004", f"决定只能是 {'、'.join(DECISIONS)}", at, "改 decision"))
        if what == "decided" and data.get("finding") and data.get("against_finding") and not data.get("reason"):
            faults.append(Fault("FIL003", "与审查结论不一致的决定缺 reason", at, "写明理由；理由始终可见"))
        out.append(Event(what, day, str(item["who"]), data))
    if faults:
        raise InputFault(faults)
    return out


def _is_day(value: Any) -> bool:
    try:
        return bool(_day(value))
    except ValueError:
        return False


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) and item.strip() for item in value)


def fold(kind: FilingKind, events: Iterable[Event], law: FilingLaw, today: date) -> Standing:
    """Where a case stands on a day: later events than the day do not count.

    Raises InputFault FIL005 for a step that is not possible where it stands, FIL006 for one that belongs to another.
    """
    known = [event for event in events if event.day <= today]
    state, deemed = "new", []
    days: dict[str, date] = {}
    pauses: list[tuple[date, date | None]] = []
    waiting: dict[str, date] = {}
    answer_by: dict[str, date] = {}
    owed: dict[str, date] = {}
    check = ""
    for event in known:
        before, after = _STEPS[event.what]
        if state == "received" and (late := _deemed(days["received"], law, event.day)):
            state = "accepted"
            days["accepted"] = days["received"]
            deemed.append(late)
        if deemed and event.what in ("accepted", "accepted_tolerant") and state == "accepted":
            continue  # it had been accepted by law already; the paper that says so changes nothing
        if state not in before:
            names = "、".join(STATES[item] for item in sorted(before))
            told = "；逾期未告知补正的已视为受理" if deemed and state == "accepted" else ""
            raise InputFault(
                Fault("FIL005", f"{STATES[state]}的办件不能{EVENTS[event.what]}{told}", None, f"须是：{names}")
            )
        _effect(event, days, pauses, waiting, answer_by, owed)
        check = _check(check, event, days)
        if event.what == "completed":
            # The period to tell once begins anew with the completed papers.
            days["received"] = event.day
        state = after or state
        if state in ("decided", "closed"):  # nobody waits any more for what was not answered before
            waiting.clear()
            answer_by.clear()
        if state == "closed":
            owed.clear()
    if state == "received" and (late := _deemed(days["received"], law, today)):
        state = "accepted"
        days["accepted"] = days["received"]
        deemed.append(late)
    clocks = _clocks(kind, law, days, pauses, state, today)
    duties = _duties(state, clocks, waiting, answer_by, owed, today) + _CHECKS.get(check, ())
    possible = _possible(state, bool(pauses) and pauses[-1][1] is None, waiting, owed)
    return Standing(
        kind, state, clocks, waiting, answer_by, owed, days.get("accepted"), check, tuple(deemed), duties, possible
    )


#: What is still to be done about a commitment.
_CHECKS = {
    "due": ("事后核查：承诺的事项是否做到",),
    "failed": ("事后核查不符合承诺：依法处理，整改后再核查",),
}


def _check(before: str, event: Event, days: Mapping[str, date]) -> str:
    """What became of a commitment after an event; a check that does not say whether it was kept leaves nothing to do."""
    if event.what == "decided":
        return "due" if "committed" in days and event.data["decision"] == "approved" else ""
    if event.what == "checked" and before:
        return "failed" if event.data.get("kept") is False else "passed"
    return before


def _possible(state: str, still: bool, waiting: Mapping[str, date], owed: Mapping[str, date]) -> tuple[str, ...]:
    """Steps that would not be refused where a case stands."""
    idle = {
        "opinion_given": not waiting, "followed_up": not owed, "paused": still, "resumed": not still,
    }  # fmt: skip
    return tuple(what for what, (before, _) in _STEPS.items() if state in before and not idle.get(what, False))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _deemed(received: date, law: FilingLaw, day: date) -> str | None:
    """What the law says of papers of which nobody said in time what was missing."""
    end = law.calendar.end(received, law.tell_once.days)
    return "逾期未告知补正，自收到之日起视为受理" if end is not None and day > end.day else None


def _effect(
    event: Event,
    days: dict[str, date],
    pauses: list[tuple[date, date | None]],
    waiting: dict[str, date],
    answer_by: dict[str, date],
    owed: dict[str, date],
) -> None:
    data = event.data
    if event.what == "accepted_tolerant":
        days["accepted"] = event.day
        until = _day(data["until"])
        owed.update(dict.fromkeys(map(str, data["items"]), until))
    elif event.what == "followed_up":
        unknown = [item for item in map(str, data["items"]) if item not in owed]
        if unknown:
            raise InputFault(
                Fault("FIL006", f"{'、'.join(unknown)} 不在容缺材料之列", None, f"容缺材料：{'、'.join(owed) or '无'}")
            )
        for item in set(map(str, data["items"])):
            del owed[item]
    elif event.what == "opinion_asked":
        department = str(data["department"])
        if department in waiting:
            raise InputFault(
                Fault("FIL006", f"{department} 的意见已在征求（{waiting[department]}）", None, "先记答复，再征求")
            )
        waiting[department] = event.day
        if data.get("until"):
            answer_by[department] = _day(data["until"])
    elif event.what == "opinion_given":
        if waiting.pop(str(data["department"]), None) is None:
            raise InputFault(Fault("FIL006", f"没有征求过 {data['department']} 的意见", None, "先记征求意见"))
        answer_by.pop(str(data["department"]), None)
    elif event.what == "paused":
        if pauses and pauses[-1][1] is None:
            raise InputFault(Fault("FIL006", "计时已经停止", None, "先恢复，再停止"))
        pauses.append((event.day, None))
    elif event.what == "resumed":
        if not pauses or pauses[-1][1] is not None:
            raise InputFault(Fault("FIL006", "计时没有停止", None, "先停止，再恢复"))
        # The day on which it goes on is a day of the period again.
        pauses[-1] = (pauses[-1][0], event.day - timedelta(days=1))
    else:
        days[event.what] = event.day


def _clocks(
    kind: FilingKind,
    law: FilingLaw,
    days: Mapping[str, date],
    pauses: list[tuple[date, date | None]],
    state: str,
    today: date,
) -> tuple[Clock, ...]:
    out = []
    if state == "received":
        end = law.calendar.end(days["received"], law.tell_once.days)
        out.append(Clock(law.tell_once, days["received"], end, None, end is not None and today > end.day))
    if "accepted" in days:
        since = days["received"] if kind.since == "received" else days["accepted"]
        held = [span for span in pauses if span[1] is None or span[0] <= span[1]]
        end = _end(kind.decide, law, since, held)
        done = days.get("decided")
        out.append(Clock(kind.decide, since, end, done, end is not None and (done or today) > end.day))
    return tuple(out)


def _duties(
    state: str,
    clocks: Sequence[Clock],
    waiting: Mapping[str, date],
    answer_by: Mapping[str, date],
    owed: Mapping[str, date],
    today: date,
) -> tuple[str, ...]:
    out: list[tuple[date, str]] = []
    for clock in clocks:
        if clock.done is None and state in ("received", "accepted"):
            if clock.end is None:
                out.append((date.max, f"{clock.limit.label}：计时停止中"))
            else:
                told = "" if clock.end.sure else "（当年放假安排未公布，只除去周末）"
                out.append(
                    (clock.end.day, f"{clock.limit.label}：{clock.end.day} 前{'，已逾期' if clock.late else ''}{told}")
                )
    for department, asked in waiting.items():
        until = answer_by.get(department)
        told = f"，应于 {until} 前{'，已逾期' if today > until else ''}" if until else ""
        out.append((until or asked, f"催 {department} 答复（{asked} 征求{told}）"))
    out += [
        (until, f"申请人补交 {item}：{until} 前{'，已逾期' if today > until else ''}") for item, until in owed.items()
    ]
    if state == "to_complete":
        out.append((date.max, "等申请人补正"))
    return tuple(text for _, text in sorted(out))
