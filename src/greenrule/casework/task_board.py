"""The board of tasks: assignments with their lights, sums by whoever answers, and the monthly dispatch report as a paper."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from greenrule.casework.paper import Cell, Head, Paper, Table, Text
from greenrule.casework.task_book import TaskBook
from greenrule.casework.task_light import COLOURS, Figure, Light, light, shared_out
from greenrule.core.errors import Fault, InputFault
from greenrule.packs.targets import Target

#: The level of an organisation that answers for the whole province.
_PROVINCE = 2


@dataclass(frozen=True)
class Duty:
    """An assignment as the records have it; `area` is the code of whoever answers, `reported` the days of the reports."""

    number: int
    task: str
    organisation: str
    area: str
    deadline: date | None = None
    figures: tuple[Figure, ...] = ()
    grade: str | None = None
    confirmed: tuple[date | None, ...] = ()
    reported: tuple[tuple[date, str], ...] = ()
    held: str | None = None


@dataclass(frozen=True)
class Judged:
    """A duty with its light and the first day by which something of it is due."""

    duty: Duty
    light: Light
    due: date | None


def targets_for(
    book: TaskBook, task: str, area: str, cities: Mapping[str, str]
) -> tuple[list[Target], list[tuple[str, str]]]:
    """The targets that whoever acts in an area answers for, and those left out; `cities`: area code of four digits → name."""
    found = book.targets_of(book.task(task))
    return shared_out(found, cities.get(area) if len(area) == 4 else None, len(area) == _PROVINCE)


def judge(duty: Duty, book: TaskBook, cities: Mapping[str, str], on: date) -> Judged:
    """A duty with its light on a day."""
    task = book.task(duty.task)
    own, out = targets_for(book, duty.task, duty.area, cities)
    found = light(
        task,
        own,
        duty.figures,
        on,
        left_out=out,
        deadline=duty.deadline,
        claimed=duty.grade == "done",
        confirmed=duty.confirmed,
    )
    days = [
        day for day in (duty.deadline, *(part.by for part in found.parts if part.colour != "green")) if day is not None
    ]
    return Judged(duty, found, min(days, default=None))


def read_figures(
    raw: Sequence[Mapping[str, object]], task: str, book: TaskBook, area: str, cities: Mapping[str, str], on: date
) -> list[tuple[str, str, date]]:
    """Figures of a report, checked: (target, value, the day it describes).

    Raises InputFault with all faults: TSK030 a target that is not one of the task or not the reporter's to report, TSK031 a value
    that is no number, TSK032 a day that is none or lies in the future, TSK033 a target twice.
    """
    faults: list[Fault] = []
    own, _ = targets_for(book, task, area, cities)
    known = {item.id: item for item in own}
    out: dict[str, tuple[str, str, date]] = {}
    for number, item in enumerate(raw, 1):
        name, value, said = str(item.get("target", "")), str(item.get("value", "")).strip(), str(item.get("as_of", ""))
        if name not in known:
            told = f"可报：{'、'.join(known)}" if known else "这项任务没有由本单位报数的目标，只写进展"
            faults.append(Fault("TSK030", f"第 {number} 个数的目标 `{name}` 不由本单位报送", None, told))
        if name in out:
            faults.append(Fault("TSK033", f"目标 `{name}` 报了两次", None, "留一个"))
        if not _is_number(value):
            faults.append(Fault("TSK031", f"`{value[:40]}` 不是数", None, "只写数，单位按目标的单位，例如 28.5"))
        try:
            day = date.fromisoformat(said)
        except ValueError:
            day = None
        if day is None or day > on:
            faults.append(Fault("TSK032", f"`{said[:40]}` 不能作为数据的日期", None, "写成 2026-10-31，不晚于今天"))
        else:
            out[name] = (name, value, day)
    if faults:
        raise InputFault(faults)
    return list(out.values())


def figure_of(target: str, value: str, as_of: date) -> Figure:
    """A kept figure as a number."""
    return Figure(target, Fraction(value), as_of)


def _is_number(text: str) -> bool:
    body = text.removeprefix("-")
    whole, point, rest = body.partition(".")
    return len(text) <= 30 and body.isascii() and whole.isdigit() and (rest.isdigit() if point else not rest)


def sums(judged: Iterable[Judged]) -> dict[str, int]:
    """How many of each colour, worst first.

    >>> sums([])
    {'red': 0, 'amber': 0, 'unknown': 0, 'green': 0}
    """
    found = Counter(item.light.colour for item in judged)
    return {name: found[name] for name in COLOURS}


def month_of(text: str) -> tuple[date, date]:
    """First and last day of a month written 2026-11.  Raises InputFault TSK040.

    >>> month_of("2026-02")
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        first = None
    if first is None:
        raise InputFault(Fault("TSK040", f"`{text[:20]}` 不是月份", None, "写成 2026-11"))
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def dispatch_paper(
    duties: Sequence[Duty],
    book: TaskBook,
    cities: Mapping[str, str],
    month: str,
    today: date,
    where: str,
    marks: tuple[str, ...] = (),
) -> Paper:
    """The dispatch report of a month: sums, who lags and why, what was reported, what nobody answers for yet.

    Lights are those of the month's last day, or of today where the month is not over.  The duties hold what was known by then.
    """
    first, last = month_of(month)
    on = min(last, today)
    judged = [judge(duty, book, cities, on) for duty in duties]
    found = sums(judged)
    paper = Paper(f"{where}生态环境任务调度月报（{first.year}年{first.month}月）", marks=marks)
    paper.parts += [
        Text(f"截至 {on}，台账有 {len(judged)} 项分派，涉及 {len({item.duty.task for item in judged})} 项任务："
             + "、".join(f"{label} {found[name]} 项" for name, label in COLOURS.items()) + "。"),
        Text("灯色由文件写明的目标和期限计算；文中没有可量化目标、又没有到期的，记“不可算”，不记绿灯。"),
    ]  # fmt: skip
    paper.parts += [Head("一、各单位"), _by_organisation(judged)]
    paper.parts += [Head("二、红灯和黄灯"), _lagging(judged, book)]
    paper.parts += [Head("三、本月进展"), _reported(judged, book, first, last)]
    taken = {duty.task for duty in duties}
    missing = [task for task in book.tasks.values() if task.id not in taken and task.mode != "unstated"]
    paper.parts += [
        Head("四、尚未分派的任务"),
        Table("尚未分派的任务", ("任务", "内容", "文中的部门", "期限"),
              [(task.id, task.title, "、".join(task.everyone) + ("等" if task.open_ended else ""),
                "；".join(f"{item.by} {item.what}" for item in task.deadlines) or None) for task in missing], (2, 5, 6, 3)),
    ]  # fmt: skip
    return paper


def _by_organisation(judged: Sequence[Judged]) -> Table:
    groups: dict[tuple[str, str], list[Judged]] = {}
    for item in judged:
        groups.setdefault((item.duty.area, item.duty.organisation), []).append(item)
    rows: list[tuple[Cell, ...]] = [
        (name, len(items), *sums(items).values()) for (_, name), items in sorted(groups.items())
    ]
    return Table(
        "各单位任务灯色", ("责任单位", "任务数", *COLOURS.values()), rows, (6, 2, 2, 2, 2, 2), frozenset(range(1, 6))
    )


def _lagging(judged: Sequence[Judged], book: TaskBook) -> Table:
    order = list(COLOURS)
    items = sorted(
        (item for item in judged if item.light.colour in ("red", "amber")),
        key=lambda item: (order.index(item.light.colour), item.due or date.max, item.duty.area, item.duty.task),
    )
    rows = [
        (COLOURS[item.light.colour], book.task(item.duty.task).title, item.duty.organisation,
         str(item.due) if item.due else None, item.light.why, item.duty.held)
        for item in items
    ]  # fmt: skip
    return Table(
        "红灯和黄灯任务", ("灯色", "任务", "责任单位", "期限", "原因", "调度评定"), rows, (1.4, 4, 3, 2.2, 6, 2)
    )


def _reported(judged: Sequence[Judged], book: TaskBook, first: date, last: date) -> Table:
    rows = [
        (str(day), book.task(item.duty.task).title, item.duty.organisation, text)
        for item in judged
        for day, text in item.duty.reported
        if first <= day <= last
    ]
    return Table("本月报送的进展", ("日期", "任务", "责任单位", "进展"), sorted(rows), (2.2, 4, 3, 8))
