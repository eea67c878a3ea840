"""The rules of a finding in words: those that hold told in full, those still open or not met listed briefly.

A rule that speaks on several decisions is one reason with several answers, so that it is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenrule.casework import report_words as words
from greenrule.casework.report_model import (
    BriefGroup,
    Cite,
    ClauseGroup,
    Duty,
    FactLine,
    Gap,
    Question,
    QuestionGroup,
    Reason,
    ReasonGroup,
)
from greenrule.casework.report_words import clean, metres, quantity, word
from greenrule.core.tongue import language, said

_EFFECT_ORDER = {"prohibit": 0, "restrict": 1}
_TOPICS = tuple(words.TOPIC)
_TEXT_DOUBT = "文本存疑"
_CHINESE = re.compile("[\u4e00-\u9fff]")


def items(value: object) -> list[dict[str, Any]]:
    """The mappings of a list; anything else is left out."""
    return [dict(item) for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def listed(value: object) -> list[Any]:
    """A value as a list: nothing for none, itself for a list, one entry for anything else."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def cite_of(raw: Mapping[str, Any]) -> Cite:
    """A citation in words; the clause is shown by its label where it has one.

    >>> cite_of({"instrument": "m24", "clause": "24", "number": "晋环发〔2024〕7号", "clause_label": "第（二十四）条"}).short
    '晋环发〔2024〕7号第（二十四）条'
    """
    title, doc_number, instrument = clean(raw.get("title")), clean(raw.get("number")), clean(raw.get("instrument"))
    where = clean(raw.get("clause_label")) or clean(raw.get("clause"))
    successor = clean(raw.get("superseded_by_title"))
    quoted, superseded = _quoted(title), _quoted(successor) or clean(raw.get("superseded_by"))
    home = doc_number or quoted or instrument
    gap = ", " if where and language() == "en" else ""
    if quoted and doc_number:
        full = f"{quoted}{said('（')}{doc_number}{said('）')}{gap}{where}"
    else:
        full = f"{home}{gap}{where}" if doc_number or quoted else f"{instrument} {where}".strip()
    notes = [said("已被{successor}取代").format(successor=superseded)] if superseded else []
    if raw.get("in_force") == "unknown":
        notes.append(said("施行日期未载"))
    return Cite(
        short=f"{home}{gap}{where}" if doc_number or quoted else full,
        full=full,
        note=said("；").join(notes),
        home=home,
        where=where,
        address="/".join(part for part in (instrument, clean(raw.get("clause"))) if part) if instrument else "",
    )


def _quoted(title: str) -> str:
    """A title as one quotes it."""
    if not title:
        return ""
    if language() == "en" and not _CHINESE.search(title):
        return f"“{title}”"
    # Book-title marks inside book-title marks are single ones (GB/T 15834-2011, 4.15.3).
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def cites_of(raw: Mapping[str, Any]) -> tuple[Cite, ...]:
    """The citations of a part of a finding."""
    return tuple(cite_of(item) for item in items(raw.get("cites")))


def topic_of(decision: str) -> str:
    """The heading under which a named decision stands in the long lists.

    >>> topic_of("eia.route"), topic_of("approver.lead"), topic_of("noise")
    ('eia', 'approver', 'other')
    """
    head = decision.partition(".")[0] or "access"
    return head if head in words.TOPIC else "other"


def answer_of(about: str, value: object) -> str:
    """The value of a decision in words."""
    if value is None:
        return ""
    table = words.VALUE_BY_DECISION.get(about, {})
    return said("、").join(word(table, item) if isinstance(item, str) else quantity(item) for item in listed(value))


def gap_text(reason: Reason) -> str:
    """What an open rule waits for, in short: the numbers of its questions, runs drawn together.

    >>> gap_text(Reading().reason([{"rule": "a", "state": "true"}]))
    ''
    """
    numbers = sorted(gap.number for gap in reason.gaps if gap.number)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{run[0]}–{run[-1]}" if len(run) > 2 else said("、").join(map(str, run)) for run in runs]
    missing = [said("问{number}").format(number=said("、").join(shown))] if shown else []
    missing += [gap.label for gap in reason.gaps if not gap.number and gap.label != said(_TEXT_DOUBT)]
    doubted = [said(_TEXT_DOUBT)] if any(gap.label == said(_TEXT_DOUBT) for gap in reason.gaps) else []
    return said("，").join([*([said("缺{facts}").format(facts=said("、").join(missing))] if missing else []), *doubted])


def _about(raw: Mapping[str, Any]) -> str:
    """The named decision a reason speaks on; the contract's older form wrote the verdict there."""
    decision = clean(raw.get("decision"))
    return "access" if decision in words.DECISION else decision


@dataclass
class Reading:
    """What the reasons of a finding are read against: names of industries, numbers of questions, rules in doubt."""

    industries: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    anchors: set[str] = field(default_factory=set)
    count: int = 0

    def origin(self, source: object) -> str:
        """Where a fact came from."""
        text = clean(source)
        kind, colon, name = text.partition(":")
        if kind == "layer" and name in ("absent", "missing"):
            return said("缺少图层")
        if kind == "layer" and colon:
            layer, at, version = name.partition("@")
            return said("图层：{layer}").format(layer=word(words.LAYER, layer)) + (f" {version[:12]}" if at else "")
        if kind in words.ORIGIN:
            return said(words.ORIGIN[kind]) + (f"{said('：')}{name}" if name else "")
        instrument, mark, clause = text.partition("#")
        return f"{instrument} {clause}" if mark else text

    def fact(self, raw: Mapping[str, Any]) -> FactLine:
        """A fact with its value in words."""
        fact_id, value = clean(raw.get("id")), raw.get("value")
        shown = quantity(value, raw.get("unit"), fact=fact_id)
        if fact_id.rpartition(".")[2] == "industry":
            shown = said("、").join(self.industry(clean(code)) for code in listed(value)) or shown
        elif fact_id in words.VALUE_BY_DECISION and isinstance(value, str):
            shown = word(words.VALUE_BY_DECISION[fact_id], value)
        away = metres(raw.get("distance_m"))
        return FactLine(
            label=clean(raw.get("label")) or fact_id,
            id=fact_id,
            value=shown,
            origin=self.origin(raw.get("from")),
            distance=said("距边界 {away}").format(away=away) if away else "",
        )

    def industry(self, code: str) -> str:
        """An industry by code and name."""
        return f"{code} {self.industries[code]}" if self.industries.get(code) else code

    def anchor(self, rule: str) -> str:
        """A name for links to a rule, once per report."""
        name = "r-" + (re.sub(r"[^A-Za-z0-9_-]+", "-", rule).strip("-") or str(len(self.anchors) + 1))
        if name in self.anchors:
            name = f"{name}-{len(self.anchors) + 1}"
        self.anchors.add(name)
        return name

    def gaps(self, rule: str, facts: Iterable[Mapping[str, Any]]) -> tuple[Gap, ...]:
        """What an open rule waits for, in the order of the questions."""
        found: dict[str, Gap] = {}
        for raw in facts:
            fact_id = clean(raw.get("id"))
            if raw.get("value") is None or raw.get("value") == "undetermined":
                found[fact_id] = Gap(self.numbers.get(fact_id, 0), clean(raw.get("label")) or fact_id)
        if rule in self.doubted:
            found["doubt"] = Gap(0, said(_TEXT_DOUBT))
        return tuple(sorted(found.values(), key=lambda gap: (gap.number == 0, gap.number)))

    def reason(self, raws: Sequence[Mapping[str, Any]]) -> Reason:
        """One rule with all it says."""
        first = raws[0]
        rule, state = clean(first.get("rule")), clean(first.get("state")) or "true"
        effects = list(dict.fromkeys(clean(raw.get("effect")) for raw in raws if raw.get("effect")))
        verbs = list(dict.fromkeys(clean(raw.get("verb")) or word(words.EFFECT, raw.get("effect")) for raw in raws
                                   if raw.get("verb") or raw.get("effect")))  # fmt: skip
        answers: dict[str, None] = {}
        for raw in raws:
            about = _about(raw)
            value = raw.get("value", raw.get("decision") if raw.get("decision") in words.DECISION else None)
            answer = answer_of(about, value)
            label = word(words.ABOUT, about) if about else ""
            if label or answer:
                answers[f"{label}{said('：')}{answer}" if label and answer else label or answer] = None
        facts = items(first.get("facts"))
        strength = clean(first.get("strength"))
        self.count += 1
        return Reason(
            number=self.count,
            anchor=self.anchor(rule),
            rule=rule,
            title=clean(first.get("title")) or rule,
            sentence=clean(first.get("sentence")),
            verb=said("、").join(verbs),
            answers=tuple(answers),
            state=word(words.STATE, state),
            state_code=state if state in words.STATE else "unknown",
            effect_code=effects[0] if effects and effects[0] in words.EFFECT else "other",
            strength=word(words.STRENGTH, strength) if strength else "",
            cites=cites_of(first),
            facts=tuple(self.fact(item) for item in facts),
            gaps=self.gaps(rule, facts) if state == "unknown" else (),
            note=clean(first.get("note")),
        )


def _merged(finding: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The reasons by rule and state: one entry per rule however many decisions it speaks on."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for index, raw in enumerate(items(finding.get("reasons"))):
        found.setdefault((clean(raw.get("rule")) or f"#{index}", clean(raw.get("state")) or "true"), []).append(raw)
    return list(found.values())


def _access_rank(raws: Sequence[Mapping[str, Any]]) -> int:
    return min(_EFFECT_ORDER.get(clean(raw.get("effect")), 2) for raw in raws)


def told_in_full(finding: Mapping[str, Any], reading: Reading) -> tuple[ReasonGroup, ...]:
    """Rules that hold: those that speak on access, then the others that are not listed as a duty or a support."""
    told = {clean(raw.get("rule")) for key in ("obligations", "support") for raw in items(finding.get(key))} - {""}
    deciding, applied = [], []
    for raws in _merged(finding):
        if (clean(raws[0].get("state")) or "true") in ("unknown", "false"):
            continue
        if any(_about(raw) in ("access", "") and raw.get("effect") in _EFFECT_ORDER for raw in raws):
            deciding.append(raws)
        elif not (
            clean(raws[0].get("rule")) in told and all(_about(raw) in ("obligations", "support") for raw in raws)
        ):
            applied.append(raws)
    deciding.sort(key=_access_rank)
    groups = (("deciding", said("对准入结论起作用的规定"), deciding), ("applied", said("同时适用的规定"), applied))
    return tuple(
        ReasonGroup(key, title, tuple(reading.reason(raws) for raws in chosen))
        for key, title, chosen in groups
        if chosen
    )


def told_briefly(finding: Mapping[str, Any], reading: Reading, state: str) -> tuple[BriefGroup, ...]:
    """Rules in a state (`unknown` or `false`) by topic and, within it, by instrument."""
    topics: dict[str, list[list[dict[str, Any]]]] = {}
    for raws in _merged(finding):
        if clean(raws[0].get("state")) == state:
            topic = min((topic_of(_about(raw)) for raw in raws), key=_TOPICS.index)
            topics.setdefault(topic, []).append(raws)
    groups = []
    for topic in sorted(topics, key=_TOPICS.index):
        chosen = sorted(topics[topic], key=_access_rank) if topic == "access" else topics[topic]
        homes: dict[str, list[Reason]] = {}
        for raws in chosen:
            reason = reading.reason(raws)
            homes.setdefault(reason.cites[0].home if reason.cites else "", []).append(reason)
        clauses = tuple(ClauseGroup(home, tuple(reasons)) for home, reasons in homes.items())
        groups.append(BriefGroup(topic, said(words.TOPIC[topic]), len(chosen), clauses))
    return tuple(groups)


def duties(finding: Mapping[str, Any], key: str, reading: Reading) -> tuple[Duty, ...]:
    """What the project must do (`obligations`) or may ask for (`support`), with the facts that call for it."""
    reasons = {clean(raws[0].get("rule")): raws[0] for raws in _merged(finding)}
    full = {
        clean(raw.get("rule")) for raw in items(finding.get("reasons")) if _about(raw) not in ("obligations", "support")
    }
    out = []
    for raw in items(finding.get(key)):
        rule = clean(raw.get("rule"))
        reason = reasons.get(rule, {}) if rule else {}
        strength = clean(raw.get("strength") or reason.get("strength"))
        facts = [reading.fact(item) for item in items(reason.get("facts"))]
        out.append(
            Duty(
                text=clean(raw.get("text")) or clean(raw.get("title")),
                due=clean(raw.get("due")),
                strength=word(words.STRENGTH, strength) if strength else "",
                rule=rule,
                # A rule that is told in full as well has its anchor there.
                anchor="" if not rule or rule in full else reading.anchor(rule),
                title=clean(raw.get("title") or reason.get("title")),
                because=said("；").join(f"{fact.label}{said('：')}{fact.value}" for fact in facts),
                note=clean(reason.get("note")),
                cites=cites_of(raw),
            )
        )
    return tuple(out)


def _topics(raw: Mapping[str, Any]) -> list[str]:
    found = {topic_of(clean(item)) for item in listed(raw.get("affects"))}
    return sorted(found, key=_TOPICS.index)


def questions(finding: Mapping[str, Any]) -> tuple[tuple[Question, ...], tuple[QuestionGroup, ...]]:
    """The missing facts: those whose answer alone may settle the verdict, then the others by what they bear on."""
    raws = items(finding.get("missing"))
    decisive: list[Question] = []
    grouped: dict[str, list[Question]] = {}
    order = [raw for raw in raws if listed(raw.get("would_decide"))]
    rest = [raw for raw in raws if not listed(raw.get("would_decide"))]
    rest.sort(key=lambda raw: _TOPICS.index((_topics(raw) or ["other"])[0]))
    for index, raw in enumerate([*order, *rest], start=1):
        topics = _topics(raw)
        would = [clean(item) for item in listed(raw.get("would_decide"))]
        fact = clean(raw.get("fact"))
        entry = Question(
            number=index,
            fact=fact,
            label=clean(raw.get("label")) or fact,
            question=clean(raw.get("question")),
            would=said("、").join(
                said("仍不能判定") if item == "undetermined" else word(words.DECISION, item) for item in would
            ),
            also=said("、").join(said(words.TOPIC[topic]) for topic in topics[1:]),
            unit=clean(raw.get("unit")),
        )
        if would:
            decisive.append(entry)
        else:
            grouped.setdefault(topics[0] if topics else "other", []).append(entry)
    groups = []
    for topic in sorted(grouped, key=_TOPICS.index):
        title = said("准入结论（须与其他事实一并补齐）") if topic == "access" else said(words.TOPIC[topic])
        groups.append(QuestionGroup(topic, title, tuple(grouped[topic])))
    return tuple(decisive), tuple(groups)
