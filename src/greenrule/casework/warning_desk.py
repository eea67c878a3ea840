"""Warnings for the places of a table: which rule holds where and when, each place's log, and regions that act together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from greenrule.casework.warning_feed import Feed, Gathered, chances, gather
from greenrule.casework.warning_joint import JOINT, JointLog, joint_log, members_of, region_of
from greenrule.casework.warning_lake import why_changed
from greenrule.casework.warning_log import Kept, Source, read_log, state_json, step_json
from greenrule.casework.warning_revision import replayed
from greenrule.casework.warning_rows import Rows
from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.core.seal import digest
from greenrule.packs.book import Law
from greenrule.packs.compiled import load_law
from greenrule.packs.episodes import EpisodeLaw, load_episodes
from greenrule.packs.places import Gazetteer, load_places
from greenrule.packs.regions import plain_name, same_place
from greenrule.response.episode_causes import COARSE, COARSE_WORDS, step_causes
from greenrule.response.episode_rules import LEVEL_WORDS, Edition
from greenrule.response.warning import State, Step, go_on, replay, warn
from greenrule.response.warning_replay import news


@dataclass
class PlaceLog:
    """One place: its steps (the first `old` of them from the state file), its last state, the doubts of its rules."""

    place: str
    steps: list[Step]
    old: int
    unit: str
    key_region: str | None
    coordinator: str | None
    doubts: list[str]
    notes: list[str]
    #: the log on the data as they are now, where they were corrected since; None where that is `steps`
    replay: list[Step] | None = None
    #: what corrections did to it, oldest first; the first `told` were told by earlier runs
    revisions: list[dict[str, Any]] = field(default_factory=list)
    told: int = 0
    #: what the last forecast gives, as `warning_feed.chances` has it
    chances: dict[str, Any] | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.steps[-1].after if self.steps else State()


@dataclass
class Warnings:
    """What `greenrule air warn` found."""

    places: list[PlaceLog]
    joint: list[JointLog]
    episodes: EpisodeLaw
    law: Law
    edition: str | None
    within: int | None
    notes: list[str] = field(default_factory=list)
    source: Source = field(default_factory=Source)
    #: the state file that it went on from: its places that were not asked for stay as they are
    before: Kept = field(default_factory=Kept)

    @property
    def kept(self) -> Kept:
        """Everything that a state file keeps."""
        out = Kept(
            dict(self.before.logs),
            self.edition,
            self.within,
            self.source,
            dict(self.before.replays),
            dict(self.before.revisions),
        )
        for log in self.places:
            out.logs[log.place] = log.steps
            out.replays.pop(log.place, None)
            if log.replay is not None:
                out.replays[log.place] = log.replay
            if log.revisions:
                out.revisions[log.place] = log.revisions
        return out


def warnings_of(
    path: Path | None,
    names: Sequence[str] = (),
    edition: str | None = None,
    state: Path | None = None,
    within: int | None = None,
    needed: int | None = None,
    members: Sequence[str] = (),
    packs: Sequence[Path] = (),
    feed: Feed | None = None,
    say: Callable[[str, int, int], None] | None = None,
) -> Warnings:
    """Work out the warnings of a table, or of what `feed` names, going on from a state file where there is one.

    `edition` "2018" or "2024" instead of the one of the day; `within` hours ahead that an episode may begin; `needed` members
    that make a region's level; `members` of a region that the texts do not list.
    Errors: those of `gather` and `read_log`; H028 no such place · H029 no rule of that name, or none on a day · H032 a region
    whose members nobody has written · H033 a state file made with other options · H036 of days where the table is of hours.
    """
    law = load_law(packs or None)
    episodes = load_episodes(law.folders, law.instruments)
    gazetteer = load_places(law.folders)
    chosen = _edition(episodes, edition)
    feed = feed or Feed()
    before = read_log(state) if state is not None and state.exists() else Kept()
    if before.logs:
        assert state is not None
        _same_options(before, chosen.id if chosen else None, within, feed, state)
    gathered = gather(path, feed, episodes, law.versions, packs, before.source)
    rows, logs = gathered.rows, before.logs
    wanted, regions, notes = _wanted(names, rows, logs, gazetteer, members)
    if needed is not None and regions and any(needed > len(region[1]) for region in regions):
        raise InputFault(Fault("H028", f"--joint {needed} 多于区域的成员数", None, "写不大于成员数的数"))
    faults: list[Fault] = []
    for place in wanted:
        days = {item.known.date() for item in rows.places.get(place, ())}
        faults += _undated(episodes, chosen, place, days, rows)
    if faults:
        raise InputFault(faults)
    found = []
    for number, place in enumerate(wanted):
        try:
            found.append(_worked_out(place, before, gathered, episodes, chosen, within, law.versions))
        except ValueError:
            told = f"{place} 的状态文件与表格一个按日、一个按小时"
            raise InputFault(Fault("H036", told, Place(str(path)), "用同一种时间间隔，或换一个 --state")) from None
        if say is not None:
            say("逐日推算预警", number + 1, len(wanted))
    for place, steps in logs.items():
        if place not in wanted and not names:
            found.append(_place_log(place, steps, len(steps), episodes, chosen, rows))
    steps_of = {log.place: log.steps for log in found}
    joint = [joint_log(zh, places, steps_of, needed, cites, note) for zh, places, cites, note in regions]
    source = before.source if gathered.source == Source() else gathered.source
    return Warnings(
        found, joint, episodes, law, chosen.id if chosen else None, within, [*notes, *gathered.notes], source, before
    )


def _same_options(before: Kept, edition: str | None, within: int | None, feed: Feed, state: Path) -> None:
    """Raise H033 where a state file was written with other options than those of now."""
    help = "用同样的选项，或换一个 --state"
    if (before.edition, before.within) != (edition, within):
        ahead = before.within if before.within is not None else "不限"
        told = f"状态文件是按 --edition {before.edition or 'auto'}、--within {ahead} 写的"
        raise InputFault(Fault("H033", told, Place(str(state)), help))
    old = before.source
    fed = feed.workspace is not None or bool(feed.forecasts)
    if fed and old != Source() and (old.value != feed.value or (old.by or feed.by) != feed.by):
        told = f"状态文件是按 --by {old.by or feed.by}、--value {old.value} 写的"
        raise InputFault(Fault("H033", told, Place(str(state)), help))
    if feed.first is not None and old.first != feed.first.isoformat() and old != Source():
        raise InputFault(Fault("H033", f"状态文件自 {old.first or '库里最早的一天'} 起", Place(str(state)), help))


def _worked_out(
    place: str, before: Kept, gathered: Gathered, episodes: EpisodeLaw, chosen: Edition | None, within: int | None,
    versions: Mapping[str, str],
) -> PlaceLog:  # fmt: skip
    """The log of one place: as it was lived and, from a workspace, on the data as they are now."""
    old = before.logs.get(place, [])
    readings = gathered.rows.places.get(place, [])
    rule, causes = _rule(episodes, chosen), _causes(episodes, chosen)
    workspace, by = gathered.workspace, gathered.source.by
    if workspace is None or by is None:
        steps = warn(readings, rule, causes, old, within)
        log = _place_log(place, steps, len(old), episodes, chosen, gathered.rows)
    else:
        steps = go_on(news(readings, old), rule, causes, old, within)

        def why(day: date, since: int) -> str:
            return why_changed(workspace, by, place, day, since, gathered.source.level)

        log = _place_log(place, steps, len(old), episodes, chosen, gathered.rows)
        again = replayed(place, before, readings, rule, causes, why, versions)
        log.replay = again.steps if again.steps != steps else None
        log.revisions = list(before.revisions.get(place, ()))
        log.told = len(log.revisions)
        if again.record is not None:
            log.revisions.append(again.record)
    log.chances = chances(gathered, episodes, place)
    return log


def verify_log(path: Path, packs: Sequence[Path] = ()) -> tuple[int, list[str]]:
    """How many steps a state file holds, and where working them out again from its own inputs gives something else."""
    law = load_law(packs or None)
    episodes = load_episodes(law.folders, law.instruments)
    kept = read_log(path)
    chosen = _edition(episodes, kept.edition)
    wrong: list[str] = []
    both = [*kept.logs.items(), *((f"{place}（更正后重算）", steps) for place, steps in kept.replays.items())]
    for place, steps in both:
        try:
            again = replay(steps, _rule(episodes, chosen), _causes(episodes, chosen), kept.within)
        except (ValueError, InputFault) as error:
            wrong.append(f"{place}：日志里的输入排不成原来的次序（{error}）")
            continue
        for one, other in zip(steps, again, strict=False):
            if step_json(one) != step_json(other):
                wrong.append(f"{place} 第 {one.number} 步（{one.at:%Y-%m-%d %H:%M}）：日志 {one.why}，重算 {other.why}")
                break
        if len(steps) != len(again):
            wrong.append(f"{place}：日志 {len(steps)} 步，重算 {len(again)} 步")
    return sum(len(steps) for _, steps in both), wrong


def _edition(episodes: EpisodeLaw, name: str | None) -> Edition | None:
    if name is None or name == "auto":
        return None
    found = next((item for item in episodes.editions if name in (item.id, item.id.rpartition("-")[2])), None)
    if found is None:
        known = "、".join(item.id.rpartition("-")[2] for item in episodes.editions)
        raise InputFault(Fault("H029", f"没有 `{name}` 这一版预警规则", Place("--edition"), f"可用：auto、{known}"))
    return found


def _rule(episodes: EpisodeLaw, chosen: Edition | None) -> Callable[[date], Edition]:
    def of(day: date) -> Edition:
        found = chosen or episodes.edition(day)
        if found is None:
            raise InputFault(Fault("H029", f"{day} 没有登记的预警规则", None, "用 --edition 指明"))
        return found

    return of


def _causes(episodes: EpisodeLaw, chosen: Edition | None) -> Callable[[date], Mapping[str, Any]]:
    rule = _rule(episodes, chosen)
    return lambda day: episodes.causes_of(rule(day).id)


def _undated(episodes: EpisodeLaw, chosen: Edition | None, place: str, days: Iterable[date], rows: Rows) -> list[Fault]:
    lacking = [] if chosen else sorted(day for day in days if episodes.edition(day) is None)
    if not lacking:
        return []
    first = episodes.editions[0]
    told = f"{place}：{lacking[0]} 起的 {len(lacking)} 天没有登记的预警规则（最早的一版自 {first.first} 起）"
    return [
        Fault(
            "H029",
            told,
            Place(str(rows.path)),
            f"用 --edition {first.id.rpartition('-')[2]} 指明按哪一版，或删去这些天",
        )
    ]


def _wanted(
    names: Sequence[str], rows: Rows, logs: Mapping[str, Any], gazetteer: Gazetteer, members: Sequence[str]
) -> tuple[list[str], list[tuple[str, tuple[str, ...], tuple[str, ...], str | None]], list[str]]:
    """The places to work out, the regions with their members as the table writes them, and notes."""
    known = list(dict.fromkeys([*rows.places, *logs]))
    last = max((item.known.date() for items in rows.places.values() for item in items), default=china_today())
    if not names:
        return known, [], []
    wanted: list[str] = []
    regions: list[tuple[str, tuple[str, ...], tuple[str, ...], str | None]] = []
    faults: list[Fault] = []
    for name in names:
        own = next((place for place in known if plain_name(place) == plain_name(name)), None)
        region = region_of(name, gazetteer) if own is None else None
        if own is not None:
            wanted.append(own)
        elif region is not None:
            listed, reason = members_of(region, last)
            if members:
                listed = tuple(members)
            if not listed:
                told = f"`{region.zh}` 的成员不知：{reason}"
                faults.append(Fault("H032", told, Place("--place"), "用 --members 地点 逐个给出成员"))
                continue
            here = tuple(next((place for place in known if same_place(place, [item])), item) for item in listed)
            regions.append((region.zh, here, region.cites, region.note))
            wanted += [place for place in here if place in known]
        else:
            close = near(name, [*known, *(place.zh for place in gazetteer if place.kind in JOINT)])
            help = f"是否指 {'、'.join(close)}？" if close else f"表里有：{'、'.join(known[:10])}"
            faults.append(Fault("H028", f"表里没有地点 `{name}`，也不是登记的区域", Place("--place"), help))
    if faults:
        raise InputFault(faults)
    return list(dict.fromkeys(wanted)), regions, []


def _place_log(
    place: str, steps: list[Step], old: int, episodes: EpisodeLaw, chosen: Edition | None, rows: Rows
) -> PlaceLog:
    days = sorted({step.at.date() for step in steps})
    used = {step.edition for step in steps}
    doubts: list[str] = []
    for edition in episodes.editions:
        if edition.id not in used:
            continue
        doubts += [f"{edition.label}：{text}" for text in edition.doubts]
        doubts += [
            f"{edition.label}（{name}）：{rule.note}"
            for name, rule in (("解除", edition.lift), ("提前量", edition.lead))
            if not rule.sure and rule.note
        ]
        if edition.reading:
            doubts.append(f"{edition.label}（读法）：{edition.reading}")
        if chosen is not None:
            doubts.append(f"{edition.label}是指定的，不看日期")
    region = coordinator = None
    outside = False
    for day in days[-1:]:
        found = episodes.key_region(place, day)
        if found is not None:
            region, coordinator = found[0].label, found[0].coordinator
            if found[1].doubt:
                doubts.append(f"{found[0].label}：{found[1].doubt}")
        elif not episodes.known_outside(day):
            doubts.append("当日的重点区域名单没有写全，是否属重点区域不知")
        else:
            outside = True
    if outside:
        doubts += [
            f"不在重点区域名单（县不在此列，看它所在的市）：{item.outside}"
            for item in episodes.editions
            if item.id in used and item.outside
        ]
    if days:
        doubts += [
            item.note
            for item in episodes.doubts
            if item.first <= days[-1] and (item.last is None or days[0] <= item.last)
        ]
    if any(step.reductions is None and step.demand for step in steps):
        doubts.append("没有写成因（首要污染物）的过程按细颗粒物计级；是否启动工业减排清单须先判明成因")
    open_causes = (
        causes
        for step, causes in zip(steps, step_causes(steps), strict=True)
        if step.demand and step.reductions is None
    )
    if any(COARSE in causes for causes in open_causes):
        doubts.append(
            f"{COARSE_WORDS}的日子按细颗粒物计级；是沙尘的用 --dust（表格写在 首要污染物）指明，则只发健康提示"
        )
    hours = {item.hours for step in steps for item in step.inputs}
    return PlaceLog(place, steps, old, "小时" if hours == {1} else "日", region, coordinator, list(dict.fromkeys(doubts)), rows.notes.get(place, []))  # fmt: skip


def warnings_json(found: Warnings) -> dict[str, Any]:
    """Everything as one sealed JSON document."""
    day = max((log.steps[-1].at.date() for log in found.places if log.steps), default=china_today())
    cites = []
    for edition in found.episodes.editions:
        if any(step.edition == edition.id for log in found.places for step in log.steps):
            cited = found.law.instruments.resolve(edition.cite, day)
            cites.append(
                {"id": edition.id, "label": edition.label, "cite": cited.to_json(),
                 "levels": {LEVEL_WORDS[level]: edition.words(level) for level in (1, 2, 3)}}
            )  # fmt: skip
    told: dict[str, Any] = {
        "rules": cites,
        "within": found.within,
        "places": [
            {"place": log.place, "unit": log.unit, "key_region": log.key_region, "coordinator": log.coordinator,
             "state": state_json(log.state), "steps": [{**step_json(step), "causes": list(causes)} for step, causes in zip(log.steps, step_causes(log.steps), strict=True)], "doubts": log.doubts, "notes": log.notes,
             "replay": None if log.replay is None else [step_json(step) for step in log.replay], "revisions": log.revisions,
             "chances": log.chances}
            for log in found.places
        ],
        "joint": [
            {"region": log.region, "members": list(log.members), "absent": list(log.absent), "needed": log.needed, "cites": list(log.cites),
             "note": log.note,
             "steps": [{"at": step.at.isoformat(timespec="minutes"), "level": step.level, "counts": list(step.counts),
                        "unknown": list(step.unknown)} for step in log.steps]}
            for log in found.joint
        ],
        "source": {"by": found.source.by, "level": found.source.level, "value": found.source.value, "from": found.source.first, "imports": found.source.imports},
        "notes": found.notes, "versions": dict(found.law.versions),
    }  # fmt: skip
    told["digest"] = digest(told)
    return told
