"""From a finding to a report in words: what every format prints, decided once.

The formats (text, html, docx, pdf) only lay out what `read` returns, so none of them
can say more or less than another.  Every string that leaves here is free of control
characters; escaping for a format is the format's own duty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from greenrule.casework import report_words as words
from greenrule.casework.report_model import Boundary, Cite, Conflict, Doubt, Report, Step, Turn, Unit
from greenrule.casework.report_reasons import (
    Reading,
    answer_of,
    cite_of,
    cites_of,
    duties,
    items,
    listed,
    questions,
    told_briefly,
    told_in_full,
)
from greenrule.casework.report_words import area, clean, metres, number, quantity, word
from greenrule.core.tongue import language, said


def _section(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _units(finding: Mapping[str, Any]) -> tuple[Unit, ...]:
    out = []
    for raw in items(finding.get("units")):
        share = raw.get("share")
        code = clean(raw.get("class"))
        mark = f"【{words.DEMO}】"
        demands = [(said(label), clean(raw[key])) for key, label in words.DEMANDS.items() if raw.get(key)]
        # The mark stands once at the unit's name instead of before each of its demands.
        marked = any(mark in text for _, text in demands)
        out.append(
            Unit(
                code=clean(raw.get("code")),
                name=clean(raw.get("name")) + (said(mark) if marked else ""),
                zone_class=word(words.ZONE_CLASS, code),
                class_code=code if code in words.ZONE_CLASS else "other",
                share=f"{number(round(share * 100, 2))}%" if isinstance(share, int | float) else "",
                area=area(raw.get("area_m2")),
                demands=tuple((label, text.replace(mark, "")) for label, text in demands),
            )
        )
    return tuple(out)


def _item_name(item: str) -> str:
    """A catalogue item in words.

    >>> _item_name("42"), _item_name("note3"), _item_name("art4"), _item_name("art7.1"), _item_name("42 煤炭加工")
    ('第42项', '说明3', '第4条', '第7条第1项', '42 煤炭加工')
    """
    if match := re.fullmatch(r"note(\d+)", item):
        return said("说明{number}").format(number=match[1])
    if match := re.fullmatch(r"art(\d+)(?:\.(\d+))?", item):
        return said("第{number}条").format(number=match[1]) + (
            said("第{item}项").format(item=match[2]) if match[2] else ""
        )
    return said("第{item}项").format(item=item) if re.fullmatch(r"[\d.]+", item) else item


def _catalogue(raw: Mapping[str, Any]) -> list[str]:
    """The catalogue items, where the citations do not name them already."""
    cited = {clean(cite.get("clause")) for cite in items(raw.get("cites"))}
    found = [clean(item) for item in listed(raw.get("items")) or listed(raw.get("item"))]
    # An article that is named stands for its points; the articles come after the items.
    found = [item for item in found if not (item.startswith("art") and item.partition(".")[0] in found and "." in item)]
    found.sort(key=lambda item: item.startswith(("art", "note")))
    return (
        [said("涉及名录类目：") + said("、").join(map(_item_name, found))] if found and not set(found) <= cited else []
    )


def _candidates(raw: Mapping[str, Any], table: words.Words) -> list[str]:
    found = [clean(item) for item in listed(raw.get("candidates")) if item != "undetermined"]
    return [said("补齐事实后可能为：") + said("、").join(word(table, item) for item in found)] if found else []


def _settled(raw: Mapping[str, Any], key: str, table: words.Words, silent: str) -> str:
    """An answer in words; `none` that no clause speaks for is silence, and is told as silence."""
    value = raw.get(key)
    return silent if value == "none" and not items(raw.get("cites")) else word(table, value)


def _chain(finding: Mapping[str, Any], units: tuple[Unit, ...]) -> tuple[Step, ...]:
    classes = list(dict.fromkeys(unit.zone_class for unit in units))
    codes = tuple(f"{unit.code} {unit.name}".strip() for unit in units)
    steps = [Step(said("分区管控"), said("、").join(classes) or said("未见管控单元"), codes, ())]
    if eia := _section(finding.get("eia")):
        details = _catalogue(eia)
        listed_form = eia.get("catalogue_form")
        if listed_form not in (None, eia.get("form"), "undetermined"):
            details.append(said("名录规定：") + word(words.EIA_FORM, listed_form))
        details += _candidates(eia, words.EIA_FORM)
        if routes := listed(eia.get("routes")):
            details.append(said("办理方式：") + answer_of("eia.route", routes))
        if routes := listed(eia.get("possible_routes")):
            details.append(said("补齐事实后还可能适用：") + answer_of("eia.route", routes))
        form = _settled(eia, "form", words.EIA_FORM, said("所查条款中未见应办理环评的规定"))
        steps.append(Step(said("环境影响评价"), form, tuple(details), cites_of(eia)))
    if permit := _section(finding.get("permit")):
        details = _catalogue(permit) + _candidates(permit, words.PERMIT_CLASS)
        permit_class = _settled(permit, "class", words.PERMIT_CLASS, said("所查条款中未见应申领或登记的规定"))
        steps.append(Step(said("排污许可"), permit_class, tuple(details), cites_of(permit)))
    if approver := _section(finding.get("approver")):
        details = [said("所在市：") + clean(approver["lead_city"])] if approver.get("lead_city") else []
        details += [clean(text) for text in listed(approver.get("lead_rule"))]
        details += _candidates(approver, words.APPROVER)
        steps.append(
            Step(said("审批层级"), word(words.APPROVER, approver.get("level")), tuple(details), cites_of(approver))
        )
    if quota := _section(finding.get("quota")):
        steps.append(_quota(quota))
    return tuple(steps)


def _quota(quota: Mapping[str, Any]) -> Step:
    details = []
    for need in items(quota.get("needed")):
        amount = need.get("amount")
        shown = said("数量未知") if amount is None else quantity(amount, need.get("unit"))
        details.append(f"{word(words.POLLUTANT, clean(need.get('pollutant')))}{said('：')}{shown}")
    details += _candidates(quota, words.QUOTA_TIMING)
    cites = list(cites_of(quota))
    for source in items(quota.get("sources")):
        found = cites_of(source)
        details.append(said("来源：") + clean(source.get("text")))
        cites += [cite for cite in found if cite not in cites]
    timing = _settled(quota, "timing", words.QUOTA_TIMING, said("所查条款中未见应先取得总量指标的规定"))
    return Step(said("总量指标"), timing, tuple(details), tuple(cites))


def _turns(finding: Mapping[str, Any]) -> tuple[Turn, ...]:
    out = []
    for raw in items(finding.get("turns")):
        fact = clean(raw.get("fact"))
        out.append(
            Turn(
                label=clean(raw.get("label")) or fact,
                fact=fact,
                before=quantity(raw.get("from"), raw.get("unit"), fact=fact),
                after=quantity(raw.get("to"), raw.get("unit"), fact=fact),
                decision=word(words.DECISION, clean(raw.get("decision"))),
                decision_code=_known_decision(raw.get("decision")),
                checked=said("已复算") if raw.get("verified") else said("未复算"),
            )
        )
    return tuple(out)


def _boundaries(finding: Mapping[str, Any], reading: Reading) -> tuple[Boundary, ...]:
    out = []
    for raw in items(finding.get("boundaries")):
        away, accuracy = metres(raw.get("distance_m")), metres(raw.get("accuracy_m"))
        side = said("界内") if raw.get("value") else said("界外")
        changes = [
            f"{word(words.ABOUT, clean(decision))}→{answer_of(clean(decision), value)}"
            for decision, value in _section(raw.get("would_become")).items()
        ]
        out.append(
            Boundary(
                label=clean(raw.get("label")) or clean(raw.get("fact")),
                value=quantity(raw.get("value")),
                distance=said("恰在边界上")
                if raw.get("on_boundary")
                else f"{side} {away}"
                if away
                else said("距离未知"),
                accuracy=f"±{accuracy}" if accuracy else said("未说明"),
                layer=reading.origin(raw.get("layer")),
                would=said("；").join(changes) or said("无"),
            )
        )
    return tuple(out)


def _doubts(finding: Mapping[str, Any]) -> tuple[Doubt, ...]:
    """Doubts, one line for each message however many rules rest on it."""
    merged: dict[tuple[str, str, str], dict[str, None]] = {}
    for raw in items(finding.get("doubts")):
        # A boundary doubt tells its distance in its message; others carry it beside.
        message = clean(raw.get("message"))
        shown = "" if raw.get("kind") == "boundary" and "米" in message else metres(raw.get("distance_m"))
        rules = merged.setdefault((word(words.DOUBT, raw.get("kind")), message, shown), {})
        if rule := clean(raw.get("rule")):
            rules[rule] = None
    return tuple(
        Doubt(kind, said("、").join(rules), message, shown) for (kind, message, shown), rules in merged.items()
    )


def _conflicts(finding: Mapping[str, Any]) -> tuple[Conflict, ...]:
    titles = {clean(raw.get("rule")): clean(raw.get("title")) for raw in items(finding.get("reasons"))}

    def named(rule: str) -> str:
        return said("“{title}”（{rule}）").format(title=titles[rule], rule=rule) if titles.get(rule) else rule

    out = []
    for raw in items(finding.get("conflicts")):
        resolved = clean(raw.get("resolved_by"))
        precedence = word(words.PRECEDENCE, resolved) if resolved else said("先后未定")
        if prefer := [clean(rule) for rule in listed(raw.get("prefer"))]:
            precedence += said("：取{rules}").format(rules=said("、").join(map(named, prefer)))
        out.append(
            Conflict(
                topic=clean(raw.get("topic")),
                rules=tuple(named(clean(rule)) for rule in listed(raw.get("rules"))),
                differ=clean(raw.get("differ")),
                precedence=precedence,
                reason=clean(raw.get("reason")),
            )
        )
    return tuple(out)


def _industries(finding: Mapping[str, Any]) -> dict[str, str]:
    """Names of the industries by code."""
    found = {clean(raw.get("code")): clean(raw.get("name")) for raw in items(finding.get("industries"))}
    project = _section(finding.get("project"))
    codes, titles = listed(project.get("industry")), listed(project.get("industry_title"))
    return {**{clean(code): clean(title) for code, title in zip(codes, titles, strict=False)}, **found}


def _identity(finding: Mapping[str, Any], reading: Reading) -> tuple[tuple[str, str], ...]:
    project, site = _section(finding.get("project")), _section(finding.get("site"))
    coded = [clean(raw.get("code")) for raw in items(finding.get("industries"))]
    industry = said("、").join(reading.industry(code) for code in coded or map(clean, listed(project.get("industry"))))
    location = _section(project.get("location"))
    nature, crs = project.get("nature"), clean(site.get("crs"))
    datum = said(words.CRS.get(crs, crs)) + (
        said("（推定，项目未写明）") if crs and site.get("stated") is False else ""
    )
    rows = (
        (said("建设性质"), word(words.NATURE, nature) if nature else ""),
        (said("行业"), industry),
        (said("地点"), f"{clean(site.get('city'))}{clean(site.get('county'))}"),
        (said("地址"), clean(location.get("address"))),
        (said("场址形状"), word(words.GEOMETRY, site.get("kind")) if site.get("kind") else ""),
        (said("场址面积"), area(site.get("area_m2"))),
        (said("坐标系"), datum),
        (said("场址说明"), said("；").join(filter(None, map(clean, listed(site.get("notes")))))),
        (said("判定日"), clean(project.get("on") or finding.get("on"))),
        (said("资料截止日"), clean(project.get("known") or finding.get("known"))),
    )
    return tuple((label, value) for label, value in rows if value)


def _instruments(finding: Mapping[str, Any]) -> tuple[Cite, ...]:
    """Each instrument cited anywhere, once, in order of first mention."""
    sections = [*items(finding.get("reasons")), *items(finding.get("obligations")), *items(finding.get("support"))]
    sections += [_section(finding.get(key)) for key in ("eia", "permit", "approver", "quota")]
    found: dict[str, Cite] = {}
    for section in sections:
        for raw in items(section.get("cites")):
            cite = cite_of({**raw, "clause": None, "clause_label": None, "superseded_by": None, "in_force": None})
            key = clean(raw.get("instrument")) or cite.full
            if key not in found or len(cite.full) > len(found[key].full):
                found[key] = Cite(short=key, full=cite.full, note="")
    return tuple(found.values())


def _version(value: object) -> str:
    """A version; of a digest the first twelve digits, enough to tell versions apart."""
    text = quantity(value)
    return text.removeprefix("sha256:")[:12] if re.fullmatch(r"sha256:[0-9a-f]{64}", text) else text


def _known_decision(code: object) -> str:
    return str(code) if code in words.DECISION else "undetermined"


def _lead(code: str, pending: int, decisive: int, restricting: int) -> str:
    """The sentence under the verdict: what it means, and how much of it is still open.

    restricting : rules that hold and restrict; where the verdict is open they are what is known of it
    """
    if code == "undetermined" and restricting:
        text = said("已有 {count} 条规定成立，限制准入；是否更严、有无例外，取决于下列事实。").format(count=restricting)
    else:
        text = said(words.VERDICT[code])
    if pending:
        text += said("另有 {pending} 条规定因事实不明尚不能判定。").format(pending=pending)
    if decisive:
        text += said("待补事实中有 {decisive} 项单独补齐即可能改变结论。").format(decisive=decisive)
    return text


def _restricting(finding: Mapping[str, Any]) -> int:
    """How many rules restrict access and hold."""
    told = ("access", "true", "restricted")
    return sum(
        (raw.get("decision"), raw.get("state"), raw.get("value")) == told for raw in items(finding.get("reasons"))
    )


def _inquiry_lead(code: str, decisive: int, total: int) -> str:
    """How the missing facts stand to the verdict."""
    if not total:
        return ""
    if decisive:
        rest = total - decisive
        return said("下列 {decisive} 项单独补齐即可能改变准入结论").format(decisive=decisive) + (
            said("；其余 {rest} 项见附录二。").format(rest=rest) if rest else said("。")
        )
    if code == "undetermined":
        return said("共缺 {total} 项事实；没有哪一项单独补齐即可定论，须一并补齐，见附录二。").format(total=total)
    return said("没有哪一项单独补齐即会改变准入结论；所缺 {total} 项事实关系其余规定，见附录二。").format(total=total)


def read(finding: Mapping[str, Any]) -> Report:
    """Read a finding (contract, `greenrule screen`) into the words of a report.

    Missing optional keys leave their part out; a code without a label is shown as it stands.
    """
    project, versions = _section(finding.get("project")), _section(finding.get("versions"))
    notices = tuple(filter(None, (clean(item) for item in listed(finding.get("notices")))))
    decisive, inquiry = questions(finding)
    every = [*decisive, *(question for group in inquiry for question in group.questions)]
    reading = Reading(
        industries=_industries(finding),
        numbers={question.fact: question.number for question in every},
        doubted=frozenset(clean(raw.get("rule")) for raw in items(finding.get("doubts"))),
    )
    groups = told_in_full(finding, reading)
    pending, units = told_briefly(finding, reading, "unknown"), _units(finding)
    code = _known_decision(finding.get("decision"))
    packs = [
        (said("政策包 {name}").format(name=clean(name)), _version(item))
        for name, item in _section(versions.get("packs")).items()
    ]
    layers = [(word(words.LAYER, clean(name)), _version(v)) for name, v in _section(versions.get("layers")).items()]
    if engine := clean(versions.get("engine")):
        packs.append((said("计算引擎"), engine if engine.startswith("greenrule") else f"greenrule {engine}"))
    return Report(
        name=said(words.REPORT_NAME),
        title=clean(finding.get("title")) or clean(project.get("name")) or said("未命名项目"),
        notices=notices,
        demo=any("演示" in notice for notice in notices),
        decision=word(words.DECISION, clean(finding.get("decision")) or "undetermined"),
        decision_code=code,
        lead=_lead(code, sum(group.count for group in pending), len(decisive), _restricting(finding)),
        identity=_identity(finding, reading),
        units=units,
        groups=groups,
        chain=_chain(finding, units),
        duties=duties(finding, "obligations", reading),
        supports=duties(finding, "support", reading),
        decisive=decisive,
        inquiry=inquiry,
        inquiry_lead=_inquiry_lead(code, len(decisive), len(every)),
        turns=_turns(finding),
        boundaries=_boundaries(finding, reading),
        doubts=_doubts(finding),
        conflicts=_conflicts(finding),
        pending=pending,
        not_met=told_briefly(finding, reading, "false"),
        instruments=_instruments(finding),
        versions=tuple(packs),
        layers=tuple(layers),
        day=clean(project.get("on") or finding.get("on")),
        digest=clean(finding.get("digest")),
        disclaimer=said(words.DISCLAIMER),
        language=language(),
        reading=words.reading_notes(),
    )
