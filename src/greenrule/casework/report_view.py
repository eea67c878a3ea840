"""From a finding to a report in words: what every format prints, decided once.

The formats (text, html, docx, pdf) only lay out what `read` returns, so none of them
can say more or less than another.  Every string that leaves here is free of control
characters; escaping for a format is the format's own duty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from greenrule.casework import report_words as words
from greenrule.casework.report_model import (
    Cite,
    Conflict,
    Doubt,
    FactLine,
    Question,
    Reason,
    ReasonGroup,
    Report,
    Step,
    Turn,
    Unit,
)
from greenrule.casework.report_words import area, clean, number, quantity, word


def _items(value: object) -> list[dict[str, Any]]:
    return [dict(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _section(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _listed(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _cite(raw: Mapping[str, Any]) -> Cite:
    title, doc_number, instrument = clean(raw.get("title")), clean(raw.get("number")), clean(raw.get("instrument"))
    clause, label = clean(raw.get("clause")), clean(raw.get("clause_label"))
    # The label is the clause written out; where it is not, both are shown, for the clause is what is cited.
    where = f"{label}（{clause}）" if label and clause and clause not in label else label or clause
    quoted = f"《{title}》" if title else ""
    superseded = clean(raw.get("superseded_by"))
    name = doc_number or quoted
    if quoted and doc_number:
        full = f"{quoted}（{doc_number}）{where}"
    else:
        full = f"{name}{where}" if name else f"{instrument} {where}".strip()
    return Cite(
        short=f"{name}{where}" if name else full,
        full=full,
        note=f"已被{superseded}取代" if superseded else "",
    )


def _cites(raw: Mapping[str, Any]) -> tuple[Cite, ...]:
    return tuple(_cite(item) for item in _items(raw.get("cites")))


def _origin(source: object) -> str:
    text = clean(source)
    if not text:
        return ""
    kind, colon, name = text.partition(":")
    if kind == "layer" and name in ("absent", "missing"):
        return "缺少图层"
    return f"{words.ORIGIN[kind]}{colon}{name}" if kind in words.ORIGIN else text


def _fact(raw: Mapping[str, Any]) -> FactLine:
    fact_id = clean(raw.get("id"))
    return FactLine(
        label=clean(raw.get("label")) or fact_id,
        id=fact_id,
        value=quantity(raw.get("value"), raw.get("unit"), fact=fact_id),
        origin=_origin(raw.get("from")),
    )


def _about(raw: Mapping[str, Any]) -> str:
    """The named decision a reason speaks on; the contract's older form wrote the verdict there."""
    decision = clean(raw.get("decision"))
    return "access" if decision in words.DECISION else decision


def _group_key(raw: Mapping[str, Any]) -> str:
    state = clean(raw.get("state")) or "true"
    if state == "unknown":
        return "pending"
    if state == "false":
        return "not_met"
    speaks_on_access = _about(raw) in ("access", "")
    return "deciding" if speaks_on_access and raw.get("effect") in ("prohibit", "restrict") else "applied"


_GROUPS = (
    ("deciding", "起决定作用的规定"),
    ("pending", "因事实不明尚不能判定的规定"),
    ("applied", "同时适用的规定"),
    ("not_met", "已查、不适用的规定"),
)
_EFFECT_ORDER = {"prohibit": 0, "restrict": 1}


def _reasons(finding: Mapping[str, Any]) -> tuple[ReasonGroup, ...]:
    raws = _items(finding.get("reasons"))
    groups: list[ReasonGroup] = []
    used: set[str] = set()
    count = 0
    for key, title in _GROUPS:
        chosen = [raw for raw in raws if _group_key(raw) == key]
        chosen.sort(key=lambda raw: _EFFECT_ORDER.get(clean(raw.get("effect")), 2))
        reasons: list[Reason] = []
        for raw in chosen:
            count += 1
            rule = clean(raw.get("rule"))
            anchor = "r-" + (re.sub(r"[^A-Za-z0-9_-]+", "-", rule).strip("-") or str(count))
            if anchor in used:
                anchor = f"{anchor}-{count}"
            used.add(anchor)
            about = _about(raw)
            value = raw.get("value", raw.get("decision") if raw.get("decision") in words.DECISION else None)
            effect = clean(raw.get("effect"))
            state = clean(raw.get("state")) or "true"
            strength = clean(raw.get("strength"))
            reasons.append(
                Reason(
                    number=count,
                    anchor=anchor,
                    rule=rule,
                    title=clean(raw.get("title")) or rule,
                    sentence=clean(raw.get("sentence")),
                    verb=clean(raw.get("verb")) or (word(words.EFFECT, effect) if effect else ""),
                    about=word(words.ABOUT, about) if about else "",
                    answer=_answer(about, value),
                    state=word(words.STATE, state),
                    state_code=state if state in words.STATE else "unknown",
                    effect_code=effect if effect in words.EFFECT else "other",
                    strength=word(words.STRENGTH, strength) if strength else "",
                    cites=_cites(raw),
                    facts=tuple(_fact(item) for item in _items(raw.get("facts"))),
                    note=clean(raw.get("note")),
                )
            )
        if reasons:
            groups.append(ReasonGroup(key, title, tuple(reasons)))
    return tuple(groups)


def _answer(about: str, value: object) -> str:
    if value is None:
        return ""
    table = words.VALUE_BY_DECISION.get(about, {})
    return "、".join(word(table, item) if isinstance(item, str) else quantity(item) for item in _listed(value))


def _units(finding: Mapping[str, Any]) -> tuple[Unit, ...]:
    out = []
    for raw in _items(finding.get("units")):
        share = raw.get("share")
        code = clean(raw.get("class"))
        out.append(
            Unit(
                code=clean(raw.get("code")),
                name=clean(raw.get("name")),
                zone_class=word(words.ZONE_CLASS, code),
                class_code=code if code in words.ZONE_CLASS else "other",
                share=f"{number(round(share * 100, 4))}%" if isinstance(share, int | float) else "",
                area=area(raw.get("area_m2")),
            )
        )
    return tuple(out)


def _chain(finding: Mapping[str, Any], units: tuple[Unit, ...]) -> tuple[Step, ...]:
    steps = []
    classes = list(dict.fromkeys(unit.zone_class for unit in units))
    steps.append(
        Step("分区管控", "、".join(classes) or "未见管控单元", tuple(f"{u.code} {u.name}".strip() for u in units), ())
    )
    if eia := _section(finding.get("eia")):
        details = [f"名录 {clean(eia['item'])}"] if eia.get("item") else []
        if routes := _listed(eia.get("routes")):
            details.append("办理方式：" + "、".join(word(words.EIA_ROUTE, clean(route)) for route in routes))
        steps.append(Step("环境影响评价", word(words.EIA_FORM, eia.get("form")), tuple(details), _cites(eia)))
    if permit := _section(finding.get("permit")):
        details = [f"名录 {clean(permit['item'])}"] if permit.get("item") else []
        steps.append(Step("排污许可", word(words.PERMIT_CLASS, permit.get("class")), tuple(details), _cites(permit)))
    if approver := _section(finding.get("approver")):
        details = [f"牵头市：{clean(approver['lead_city'])}"] if approver.get("lead_city") else []
        steps.append(Step("审批层级", word(words.APPROVER, approver.get("level")), tuple(details), _cites(approver)))
    if quota := _section(finding.get("quota")):
        details = []
        for need in _items(quota.get("needed")):
            amount = need.get("amount")
            shown = "数量未知" if amount is None else quantity(amount, need.get("unit"))
            details.append(f"{clean(need.get('pollutant'))}：{shown}")
        steps.append(Step("总量指标", word(words.QUOTA_TIMING, quota.get("timing")), tuple(details), _cites(quota)))
    obligations = _items(finding.get("obligations"))
    for index, raw in enumerate(obligations, start=1):
        due = clean(raw.get("due"))
        name = f"义务 {index}" if len(obligations) > 1 else "义务"
        steps.append(Step(name, clean(raw.get("text")), (f"期限：{due}",) if due else (), _cites(raw)))
    return tuple(steps)


def _questions(finding: Mapping[str, Any]) -> tuple[Question, ...]:
    out = []
    for raw in _items(finding.get("missing")):
        would = "、".join(word(words.DECISION, clean(item)) for item in _listed(raw.get("would_decide")))
        if not would:
            would = "不影响准入结论" if "would_decide" in raw else "未列明"
        fact = clean(raw.get("fact"))
        out.append(Question(fact, clean(raw.get("label")) or fact, clean(raw.get("question")), would))
    return tuple(out)


def _turns(finding: Mapping[str, Any]) -> tuple[Turn, ...]:
    out = []
    for raw in _items(finding.get("turns")):
        fact = clean(raw.get("fact"))
        out.append(
            Turn(
                label=clean(raw.get("label")) or fact,
                fact=fact,
                before=quantity(raw.get("from"), raw.get("unit"), fact=fact),
                after=quantity(raw.get("to"), raw.get("unit"), fact=fact),
                decision=word(words.DECISION, clean(raw.get("decision"))),
                decision_code=_known_decision(raw.get("decision")),
                checked="已复算" if raw.get("verified") else "未复算",
            )
        )
    return tuple(out)


def _doubts(finding: Mapping[str, Any]) -> tuple[Doubt, ...]:
    out = []
    for raw in _items(finding.get("doubts")):
        distance = raw.get("distance_m")
        shown = f"{number(distance)} m" if isinstance(distance, int | float) else clean(distance)
        out.append(Doubt(word(words.DOUBT, raw.get("kind")), clean(raw.get("rule")), clean(raw.get("message")), shown))
    return tuple(out)


def _conflicts(finding: Mapping[str, Any], groups: Iterable[ReasonGroup]) -> tuple[Conflict, ...]:
    titles = {reason.rule: reason.title for group in groups for reason in group.reasons if reason.title != reason.rule}
    out = []
    for raw in _items(finding.get("conflicts")):
        rules = [clean(rule) for rule in _listed(raw.get("rules"))]
        resolved = clean(raw.get("resolved_by"))
        out.append(
            Conflict(
                tuple(f"{rule}“{titles[rule]}”" if rule in titles else rule for rule in rules),
                word(words.PRECEDENCE, resolved) if resolved else "先后未定",
            )
        )
    return tuple(out)


def _identity(finding: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    project, site = _section(finding.get("project")), _section(finding.get("site"))
    codes = [clean(code) for code in _listed(project.get("industry"))]
    titles = [clean(title) for title in _listed(project.get("industry_title"))]
    industry = "、".join(
        f"{titles[i]}（{code}）" if i < len(titles) and titles[i] else code for i, code in enumerate(codes)
    )
    nature = project.get("nature")
    crs = clean(site.get("crs"))
    rows = (
        ("建设性质", word(words.NATURE, nature) if nature else ""),
        ("行业", industry),
        ("地点", f"{clean(site.get('city'))}{clean(site.get('county'))}"),
        ("场址形状", word(words.GEOMETRY, site.get("kind")) if site.get("kind") else ""),
        ("场址面积", area(site.get("area_m2"))),
        ("坐标系", words.CRS.get(crs, crs)),
        ("判定日", clean(project.get("on") or finding.get("on"))),
        ("资料截止日", clean(project.get("known") or finding.get("known"))),
    )
    return tuple((label, value) for label, value in rows if value)


def _instruments(finding: Mapping[str, Any]) -> tuple[Cite, ...]:
    """Each instrument cited anywhere, once, in order of first mention."""
    sections = [*_items(finding.get("reasons")), *_items(finding.get("obligations"))]
    sections += [_section(finding.get(key)) for key in ("eia", "permit", "approver", "quota")]
    found: dict[str, Cite] = {}
    for section in sections:
        for raw in _items(section.get("cites")):
            cite = _cite({**raw, "clause": None, "clause_label": None, "superseded_by": None})
            key = clean(raw.get("instrument")) or cite.full
            if key not in found or len(cite.full) > len(found[key].full):
                found[key] = Cite(short=key, full=cite.full, note="")
    return tuple(found.values())


def _versions(finding: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    versions = _section(finding.get("versions"))
    rows = [(f"政策包 {clean(name)}", quantity(item)) for name, item in _section(versions.get("packs")).items()]
    rows += [(f"图层 {clean(name)}", quantity(item)) for name, item in _section(versions.get("layers")).items()]
    if engine := versions.get("engine"):
        rows.append(("计算引擎 greenrule", clean(engine)))
    return tuple(rows)


def _known_decision(code: object) -> str:
    return str(code) if code in words.DECISION else "undetermined"


def _lead(code: str, groups: Iterable[ReasonGroup], questions: int) -> str:
    """The sentence under the verdict: what it means, and how much of it is still open."""
    counts = {group.key: len(group.reasons) for group in groups}
    text = words.VERDICT[code]
    if code != "undetermined" and counts.get("pending"):
        text += f"另有 {counts['pending']} 条规定因事实不明尚不能判定。"
    if code == "undetermined" and questions:
        text += f"待补 {questions} 项。"
    return text


def read(finding: Mapping[str, Any]) -> Report:
    """Read a finding (contract, `greenrule screen`) into the words of a report.

    Missing optional keys leave their part out; a code without a label is shown as it stands.
    """
    project = _section(finding.get("project"))
    notices = tuple(filter(None, (clean(item) for item in _listed(finding.get("notices")))))
    groups, questions, units = _reasons(finding), _questions(finding), _units(finding)
    code = _known_decision(finding.get("decision"))
    raw_decision = clean(finding.get("decision"))
    return Report(
        name=words.REPORT_NAME,
        title=clean(finding.get("title")) or clean(project.get("name")) or "未命名项目",
        notices=notices,
        demo=any("演示" in notice for notice in notices),
        decision=word(words.DECISION, raw_decision or "undetermined"),
        decision_code=code,
        lead=_lead(code, groups, len(questions)),
        identity=_identity(finding),
        units=units,
        groups=groups,
        chain=_chain(finding, units),
        questions=questions,
        turns=_turns(finding),
        doubts=_doubts(finding),
        conflicts=_conflicts(finding, groups),
        instruments=_instruments(finding),
        versions=_versions(finding),
        day=clean(project.get("on") or finding.get("on")),
        digest=clean(finding.get("digest")),
        disclaimer=words.DISCLAIMER,
    )
