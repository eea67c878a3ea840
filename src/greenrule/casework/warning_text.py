"""Warnings in words: what a terminal shows, and the drafts of the notices as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from greenrule.casework.warning_desk import PlaceLog, Warnings
from greenrule.casework.warning_feed import VALUE_WORDS
from greenrule.casework.warning_joint import JointLog
from greenrule.casework.warning_revision import record_lines, record_rows
from greenrule.core.units import number_text
from greenrule.response.episode_causes import COARSE, COARSE_WORDS, step_causes
from greenrule.response.episode_rules import LEVEL_WORDS, LEVELS, RESPONSES
from greenrule.response.warning import ACTIONS, Seen, Step

#: What a notice is written for.
NOTICED = ("start", "escalate", "lower", "lift", "cancel")
DRAFT = "草稿　未经签发"
_COLOURS = ("", "yellow", "dark_orange", "red")


def day_text(moment: datetime, unit: str = "小时") -> str:
    """A moment as notices write it."""
    return f"{moment.year}年{moment.month}月{moment.day}日" + (
        f"{moment.hour}时" if unit == "小时" or moment.hour else "0时"
    )


def seen_text(seen: Seen) -> str:
    """A stretch with its values: which are measured, which forecast."""
    count = len(seen.values)
    last = seen.first + timedelta(hours=seen.hours * count)
    if seen.hours == 1:
        known = [value for value in seen.values if value is not None]
        mean = f"{sum(known) / len(known):.1f}" if known else "—"
        span = f"{seen.first:%m-%d %H}时至{last:%m-%d %H}时"
        return f"{span} {count} 小时，均值 {mean}（实测 {seen.observed} 小时）"
    days = f"{seen.first:%m-%d}" + (f"至{last - timedelta(days=1):%m-%d}" if count > 1 else "")
    values = "、".join("缺" if value is None else str(value) for value in seen.values)
    return f"{days} AQI {values}（实测 {seen.observed} 天，预报 {count - seen.observed - seen.values.count(None)} 天）"


def missing_text(moments: Sequence[datetime], hourly: bool) -> str:
    """Times that are not known, at most five by name."""
    form = "%m-%d %H时" if hourly else "%m-%d"
    named = "、".join(f"{moment:{form}}" for moment in moments[:5])
    return named + (f"等 {len(moments)} 个时段" if len(moments) > 5 else "")


def rows_of(log: PlaceLog, everything: bool) -> list[tuple[Step, str, str]]:
    """(step, what it rests on, what is unknown) of the steps to show: changes and what was held for lack of data, or all."""
    out = []
    hourly = log.unit == "小时"
    before = ""
    for step, causes in zip(log.steps, step_causes(log.steps), strict=True):
        unknown = missing_text(step.missing, hourly)
        if step.beyond and step.action in ("hold", "none") and not unknown:
            unknown = "预报到头，其后不知" if everything else ""
        rests = "；".join(seen_text(item) for item in step.seen)
        if COARSE in causes:
            rests += f"，首要污染物 {COARSE_WORDS}"
        quiet = step.action in ("hold", "none") and (not unknown or unknown == before)
        if everything or not quiet:
            out.append((step, rests, unknown))
        before = unknown
    return out


def show(found: Warnings, everything: bool = False) -> None:
    """Tables on the terminal."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(width=None, highlight=False)
    for log in found.places:
        state = log.state
        where = f"（{log.key_region}）" if log.key_region else ""
        head = f"[bold]{escape(log.place)}[/]{where}　现在：{_coloured(state.level)}"
        if state.level and state.begins:
            head += f"，自 {state.begins:%Y-%m-%d %H:%M} 起"
        console.print(head)
        rows = rows_of(log, everything)
        if rows:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
            table.add_column("步", justify="right", no_wrap=True)
            table.add_column("何时", no_wrap=True)
            table.add_column("动作", no_wrap=True)
            table.add_column("级别", no_wrap=True)
            table.add_column("因为", ratio=3, overflow="fold")
            table.add_column("不知", ratio=1, overflow="fold")
            for step, rests, unknown in rows:
                why = step.why + (f"。{rests}" if rests and step.action != "none" else "")
                late = "（迟到数据）" if step.late else ""
                table.add_row(
                    str(step.number),
                    f"{step.at:%m-%d %H:%M}",
                    ACTIONS[step.action] + late,
                    _coloured(step.after.level),
                    escape(why),
                    unknown,
                )
            console.print(table)
        else:
            console.print("  没有达到预警条件的过程\n")
        for record in log.revisions[log.told :]:
            _show_revision(console, record)
        if log.replay is not None:
            now = log.replay[-1].after.level if log.replay else 0
            console.print(
                f"  按更正后的数据从头推算，现在是：{_coloured(now)}"
                + ("，与上面的日志相同" if now == log.state.level else "")
            )
        if log.chances is not None:
            _show_chances(console, log.chances)
        for note in log.notes:
            console.print(f"  注：{escape(note)}")
    for note in found.notes:
        console.print(f"注：{escape(note)}", soft_wrap=True)
    for joint in found.joint:
        _show_joint(console, joint)
    doubts = list(dict.fromkeys(text for log in found.places for text in log.doubts))
    if doubts:
        console.print("规则里没有定的：")
        for text in doubts:
            console.print(f"  · {escape(text)}", soft_wrap=True)


def _show_revision(console, record) -> None:  # type: ignore[no-untyped-def]
    from rich import box
    from rich.table import Table

    for line in record_lines(record):
        console.print(f"  {line}", soft_wrap=True)
    rows = record_rows(record)
    if rows:
        table = Table("何时", "当时", "按更正后的数据", "因为这些天", box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _show_chances(console, told) -> None:  # type: ignore[no-untyped-def]
    from rich import box
    from rich.table import Table

    limits = [(item["index"], item["reach"]) for item in told["days"][0]["chances"]]
    heads = [f"AQI{'≥' if reach else '>'}{index}" for index, reach in limits]
    console.print(
        f"  {told['issued'].replace('T', ' ')} 的预报，以{VALUE_WORDS[told['value']]}驱动；各日达到的可能性："
    )
    table = Table("日期", "AQI", *heads, box=box.SIMPLE_HEAD, pad_edge=False)
    for day in told["days"]:
        parts = [_chance(item["probability"]) for item in day["chances"]]
        table.add_row(day["date"][5:], "—" if day["aqi"] is None else str(day["aqi"]), *parts)
    console.print(table)


def _chance(value: Sequence[float] | None) -> str:
    """A range of probabilities in whole percent, the lower side rounded down and the upper up."""
    if value is None:
        return "没有区间"
    low, high = math.floor(100 * value[0] + 1e-9), math.ceil(100 * value[1] - 1e-9)
    if value[0] == value[1]:
        return f"{100 * value[0]:.0f}%"
    return f"至多 {high}%" if low == 0 else f"至少 {low}%" if high == 100 else f"{low}%–{high}%"


def _coloured(level: int) -> str:
    words = LEVEL_WORDS[level].removesuffix("预警") if level else "无"
    return f"[{_COLOURS[level]}]{words}[/]" if level else words


def _show_joint(console, joint: JointLog) -> None:  # type: ignore[no-untyped-def]
    from rich import box
    from rich.table import Table

    console.print(
        f"[bold]{joint.region}[/]　成员：{'、'.join(joint.members)}"
        + (f"；没有数据：{'、'.join(joint.absent)}" if joint.absent else "")
    )
    if joint.needed is None:
        console.print("  区域级别：不知。文件没有写几个成员达到算区域达到；用 --joint N 指明")
    table = Table("何时", "区域级别", "无", "黄", "橙", "红", box=box.SIMPLE_HEAD, pad_edge=False)
    for step in joint.steps:
        words = (
            "不知"
            if step.level is None
            else _coloured(step.level) + ("（至少）" if step.unknown and step.level < 3 else "")
        )
        table.add_row(f"{step.at:%m-%d %H:%M}", words, *map(str, step.counts))
    console.print(table)
    if joint.note:
        console.print(f"  注：{joint.note}")


@dataclass(frozen=True)
class Notice:
    """A draft of a notice: title, paragraphs, a table of what it rests on, what the writer has to settle."""

    name: str
    title: str
    place: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    open_points: tuple[str, ...]


def notices(found: Warnings) -> list[Notice]:
    """Drafts for every start, escalation, lowering, lift and cancellation that this run added."""
    out = []
    for log in found.places:
        for step in log.steps[log.old :]:
            if step.action in NOTICED:
                out.append(_notice(found, log, step))
    return out


def _notice(found: Warnings, log: PlaceLog, step: Step) -> Notice:
    edition = next(item for item in found.episodes.editions if item.id == step.edition)
    cited = found.law.instruments.resolve(edition.cite, step.at.date())
    level, before = step.after.level, step.before.level
    action = ACTIONS[step.action]
    titles = {
        "start": f"关于{action}重污染天气{LEVEL_WORDS[level]}的通知", "escalate": f"关于将重污染天气{LEVEL_WORDS[before]}升级为{LEVEL_WORDS[level]}的通知",
        "lower": f"关于将重污染天气{LEVEL_WORDS[before]}降为{LEVEL_WORDS[level]}的通知",
    }  # fmt: skip
    title = titles.get(step.action, f"关于{action}重污染天气{LEVEL_WORDS[before]}的通知")
    paragraphs = [f"{log.place}各有关单位："]
    from_when = max(step.at, step.after.begins) if step.after.begins else step.at
    rests = "；".join(seen_text(item) for item in step.seen)
    if step.action in ("start", "escalate"):
        paragraphs.append(f"据截至{day_text(step.at)}的监测和预报，{log.place}{step.why}。{rests}。")
        verb = "启动" if step.action == "start" else "升级为"
        paragraphs.append(f"自{day_text(from_when)}起{verb}{LEVEL_WORDS[level]}（{RESPONSES[level]}）。")
        paragraphs += _measures(found, log, step, level)
    elif step.action == "lower":
        paragraphs.append(
            f"据截至{day_text(step.at)}的监测和预报，{log.place}{step.why}。自{day_text(step.at)}起改为{LEVEL_WORDS[level]}（{RESPONSES[level]}）。"
        )
        paragraphs += _measures(found, log, step, level)
    else:
        paragraphs.append(
            f"据截至{day_text(step.at)}的监测和预报，{log.place}{step.why}。自{day_text(step.at)}起{action}{LEVEL_WORDS[before]}。"
        )
    lead = edition.lead
    points = []
    if step.action == "start":
        hours = int((from_when - step.at).total_seconds() // 3600)
        if hours < lead.hours:
            points.append(f"距开始 {hours} 小时，少于提前 {lead.hours} 小时的要求（{lead.note or ''}）")
    points += log.doubts
    points.append("文号、签发人、解除条件的表述和本地措施由起草单位填写")
    if log.coordinator:
        points.append(f"{log.key_region}：区域联动由{log.coordinator}协调，是否已有区域通知请核")
    rows = (
        ("地点", log.place), ("步", f"第 {step.number} 步，{step.at:%Y-%m-%d %H:%M}"), ("依据", cited.text),
        ("条件", edition.words(max(level, before))), ("所据数值", rests or "—"),
        ("表格行", "、".join(str(row) for item in step.seen for row in item.rows[:12] if row) or "—"),
        ("不知的时段", missing_text(step.missing, log.unit == "小时") or "无"),
    )  # fmt: skip
    name = f"{step.at:%Y%m%d%H}-{log.place}-{action}{LEVEL_WORDS[level or before]}"
    return Notice(name, title, log.place, tuple(paragraphs), rows, tuple(points))


def _measures(found: Warnings, log: PlaceLog, step: Step, level: int) -> list[str]:
    causes = found.episodes.causes_of(step.edition)
    out = []
    if step.reductions is None:
        coarse = COARSE in step_causes(log.steps)[log.steps.index(step)]
        told = f"为 {COARSE_WORDS}" if coarse else "未写明"
        out.append(f"本次过程的成因（首要污染物）{told}：是否启动工业减排清单，须先判明。")
    spec = found.law.book.parameters.get(f"air_response.share_{LEVELS[level - 1]}")
    value = spec.on(step.at.date())[0] if spec is not None else None
    if spec is not None and value is not None and step.reductions is not False:
        unsure = "（比例凭记忆，须核）" if not spec.sure else ""
        out.append(
            f"各企业按应急减排清单和“一厂一策”执行{LEVEL_WORDS[level]}措施；各项污染物减排比例不低于 {number_text(value * 100)}%{unsure}。"
        )
    told = causes["pm25"].told if "pm25" in causes and step.reductions else ""
    if told:
        out.append(f"成因：{causes['pm25'].label}，{told}。")
    return out


def notice_text(notice: Notice) -> str:
    """A draft as plain text."""
    lines = [f"【{DRAFT}】", "", notice.title, ""]
    lines += [text if index == 0 else f"　　{text}" for index, text in enumerate(notice.paragraphs)]
    lines += ["", "附：所依据的数据"]
    lines += [f"  {name}：{value}" for name, value in notice.rows]
    lines += ["", "起草时须定："]
    lines += [f"  {number}. {text}" for number, text in enumerate(notice.open_points, 1)]
    return "\n".join(lines) + "\n"


def notice_docx(notice: Notice) -> bytes:
    """A draft as .docx, marked as one on every page."""
    from greenrule.casework.report_docx_page import Page

    page = Page(notice.title, f"{DRAFT}　{notice.place}")
    page.heading(notice.title, 0)
    for index, text in enumerate(notice.paragraphs):
        page.body(text, indent=index > 0)
    page.heading("附：所依据的数据")
    page.table("所依据的数据", ("项目", "内容"), notice.rows, (3.5, 12.5))
    page.heading("起草时须定")
    for number, text in enumerate(notice.open_points, 1):
        page.entry(f"{number}. {text}")
    return page.to_bytes()
