"""Papers of a filing made from a finding: the one-time notice, the text of a commitment, the merged publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from greenrule.casework.paper import Head, Paper, Part, Table, Text
from greenrule.casework.report_view import read


def _cites(item: Mapping[str, Any]) -> str:
    found = [
        f"{cite.get('number') or '《' + str(cite.get('title')) + '》'}{cite.get('clause_label') or ''}"
        for cite in item.get("cites") or ()
    ]
    return f"（{'、'.join(dict.fromkeys(found))}）" if found else ""


def _items(texts: Iterable[str], otherwise: str) -> list[Part]:
    return [Text(f"{number}. {text}") for number, text in enumerate(texts, 1)] or [Text(otherwise)]


def notice(finding: Mapping[str, Any], procedure: Sequence[str] = (), contacts: Sequence[str] = ()) -> Paper:
    """The one-time notice: what is to be handed in or answered, what is to be dealt with, what must be kept to, and how it goes on.

    Everything that the finding leaves open is named at once, so that nobody has to be told twice.

    procedure : the steps and their periods (`filing_procedure.procedure`)
    contacts : whom to ask: who handles the filing, who received it and stays answerable (首问负责), liaison officers
    """
    report = read(finding)
    out = _paper("一次性告知书（草稿）", finding)
    out.parts.append(Head("一、办理事项"))
    out.parts += _items((f"{step.name}：{step.answer}" for step in report.chain), "没有办理事项。")
    questions = [item["question"] for item in finding.get("missing") or () if _concerns(item)]
    out.parts.append(Head(f"二、需要一次补齐的事项（{len(questions)}）"))
    out.parts += _items(questions, "没有需要补齐的事项。")
    duties = list(finding.get("obligations") or ())
    out.parts.append(Head(f"三、应当遵守的要求（{len(duties)}）"))
    out.parts += _items(map(_duty, duties), "没有另外的要求。")
    heads = iter("四五六")
    doubts = [
        doubt["message"] for doubt in finding.get("doubts") or () if doubt.get("kind") in ("boundary", "datum", "layer")
    ]
    if doubts:
        out.parts.append(Head(f"{next(heads)}、需要核实的事项（{len(doubts)}）"))
        out.parts += _items(doubts, "")
    for title, told in (("办理流程和时限", procedure), ("找谁问", contacts)):
        if told:
            out.parts.append(Head(f"{next(heads)}、{title}"))
            out.parts += _items(told, "")
    out.parts.append(Text("本告知书由规则推出，供承办人核对后使用，不代替行政机关的文书。"))
    return out


def _paper(title: str, finding: Mapping[str, Any]) -> Paper:
    out = Paper(title, marks=tuple(finding.get("notices") or ()))
    out.parts.append(Text(f"项目：{finding.get('title') or '未命名项目'}"))
    out.parts += _rests_on(finding)
    return out


def _rests_on(finding: Mapping[str, Any]) -> list[Part]:
    """The digest in a paragraph of its own: it cannot be broken, and would spread the words before it over their line."""
    return [Text("依据的结论（摘要）："), Text(str(finding.get("digest", "")))]


def _duty(duty: Mapping[str, Any]) -> str:
    return f"{duty['text']}{_due(duty)}{_cites(duty)}"


def _concerns(item: Mapping[str, Any]) -> bool:
    return bool(
        set(item.get("affects") or ())
        & {"access", "eia.form", "permit.class", "approver", "quota.needed", "quota.timing"}
    )


def _due(duty: Mapping[str, Any]) -> str:
    return f"，{duty['due']}" if duty.get("due") else ""


def commitment(finding: Mapping[str, Any]) -> Paper:
    """The text of a commitment for approval by commitment: every requirement of the finding, each with its clause.

    It says too whether the finding knows of that way at all; a text is no licence to use it.
    """
    routes = set((finding.get("eia") or {}).get("routes") or ())
    out = _paper("告知承诺书（草稿）", finding)
    if "commitment" not in routes:
        out.parts.append(Text("注意：审查结论没有认定本项目适用告知承诺制，须先确认适用。"))
    out.parts.append(Text("我单位已知悉下列要求，承诺在建设和运行中做到，并对所报内容的真实性负责："))
    out.parts += _items(map(_duty, finding.get("obligations") or ()), "没有另外的要求。")
    out.parts += [Text("承诺单位（盖章）："), Text("法定代表人（签字）："), Text("日期：")]
    return out


def publication(case: Mapping[str, Any], finding: Mapping[str, Any] | None) -> Paper:
    """Acceptance and proposed decision in one publication (受理与拟审批合并公示).

    case : number, kind_label, applicant, project, organisation, received, accepted, proposed decision and its reason, until when (and on
    what basis, where a text gives it) and where one can object; what is not known yet is left as a blank to be filled in.  The reason of a decision that goes against
    the finding is part of it.
    """
    marks = tuple(dict.fromkeys([*((finding or {}).get("notices") or ()), *(case.get("marks") or ())]))
    out = Paper("建设项目受理情况与拟作出审批决定的公示（草稿）", marks=marks)
    rows = [
        ("项目名称", case.get("project")), ("建设单位", case.get("applicant")), ("办理事项", case.get("kind_label")),
        ("收件号", case.get("number")), ("受理单位", case.get("organisation")), ("收到日期", case.get("received")),
        ("受理日期", case.get("accepted")), ("拟作出的决定", case.get("decision_label")),
    ]  # fmt: skip
    out.parts.append(Head("一、项目和受理情况"))
    out.parts.append(
        Table("项目和受理情况", ("事项", "内容"), [(name, value or "________") for name, value in rows], (1, 3))
    )
    if finding is not None:
        report = read(finding)
        out.parts.append(Head("二、审查情况"))
        out.parts += _items((f"{step.name}：{step.answer}" for step in report.chain), "没有审查事项。")
        out.parts += _rests_on(finding)
    if case.get("reason"):
        out.parts.append(Text(f"拟作出的决定与审查结论不一致，理由：{case['reason']}"))
    out.parts.append(Head("三、公众意见"))
    basis = f"（{case['basis']}）" if case.get("basis") else ""
    out.parts.append(Text(f"公示期限：至 {case.get('until') or '________'}{basis}。"))
    out.parts.append(Text(f"反馈方式：{case.get('contact') or '________'}"))
    return out
