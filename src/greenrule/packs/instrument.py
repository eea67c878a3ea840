"""One instrument: a law, catalogue, standard or policy with its clauses, and how its file is read.

An instrument says from when to when it is in force (valid time) and since when it could be known (`recorded`).
A date that nobody could find stays unknown: it has bounds and a reason, and inside the bounds the answer is UNKNOWN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from greenrule.core.errors import Fault, Place, near
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.packs.marked import Kind, Marked, take

KINDS = {
    "law": "法律",
    "regulation": "行政法规",
    "rule": "部门规章",
    "catalogue": "名录",
    "standard": "标准",
    "technical_spec": "技术规范",
    "normative_document": "规范性文件",
    "central_policy": "国家政策",
    "provincial_policy": "省级政策",
    "provincial_plan": "省级规划",
}
QUALITIES = {"official_text": "据官方文本", "public_copy": "据公开转载文本", "memory": "未见原文，凭记忆"}

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: `id` as rules cite it, `label` as people say it, `heading` in our own words.

    `anchor` is where `packs.documents` finds it in the document, `sha256` the hash of its text there.
    """

    id: str
    label: str
    heading: str | None = None
    part_of: str | None = None
    sha256: str | None = None
    anchor: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ClauseRange:
    """Numbered clauses that need no entry of their own: items 1–173 of a catalogue, articles of a law.

    `last` None means that the number of clauses was not verified; `sub` names a paragraph (`art22.1`).

    >>> ClauseRange("art", 1, 37, "第{n}条", "第{n}款").find("art24.2").label
    '第24条第2款'
    >>> ClauseRange("", 1, 173, "第{n}项").find("174") is None
    True
    """

    prefix: str
    first: int
    last: int | None
    label: str
    sub: str | None = None

    def find(self, id: str) -> Clause | None:
        """The clause of this id, None where it is not in the range."""
        found = re.fullmatch(re.escape(self.prefix) + r"([1-9][0-9]*)(?:\.([1-9][0-9]*))?", id)
        if not found or (found[2] and not self.sub):
            return None
        number = int(found[1])
        if number < self.first or (self.last is not None and number > self.last):
            return None
        label = self.label.format(n=number)
        return Clause(id, label + (self.sub.format(n=found[2]) if self.sub and found[2] else ""))


@dataclass(frozen=True, slots=True)
class InForce:
    """Valid time, both days included.  `first` None: the day is not known, but lies within the two bounds.

    >>> known = InForce(date(2021, 1, 1))
    >>> known.at(date(2020, 12, 31)).word, known.at(date(2021, 1, 1)).word
    ('false', 'true')
    >>> unknown = InForce(None, None, date(2024, 3, 6), date(2024, 10, 11))
    >>> [unknown.at(date(2024, month, 1)).word for month in (3, 6, 11)]
    ['false', 'unknown', 'true']
    """

    first: date | None
    last: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    reason: str | None = None
    last_recorded: date | None = None

    def at(self, on: date, known: date | None = None) -> Truth:
        """Whether it is in force on a day; an end that was announced later than `known` is not an end yet."""
        ended = known is None or self.last_recorded is None or self.last_recorded <= known
        if self.last is not None and on > self.last and ended:
            return FALSE
        if self.first is not None:
            return Truth.of(on >= self.first)
        if self.not_before is not None and on < self.not_before:
            return FALSE
        return TRUE if self.not_after is not None and on >= self.not_after else UNKNOWN


@dataclass(frozen=True, slots=True)
class Successor:
    """What took an instrument's place: absorbed into a code or replaced by a newer edition, from a day on."""

    id: str
    first: date
    how: str  # "absorbed" | "replaced"
    sure: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an instrument's life for which its text sets values of its own; both days included."""

    id: str
    label: str
    first: date
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument with its clause tree; `number`, `issuer`, `issued` are None where not known."""

    id: str
    number: str | None
    kind: str
    title: dict[str, str]
    issuer: str | None
    issued: date | None
    in_force: InForce
    recorded: date
    quality: str
    clauses: dict[str, Clause] = field(default_factory=dict)
    ranges: tuple[ClauseRange, ...] = ()
    successor: Successor | None = None
    edition: date | None = None
    edition_note: str | None = None
    sure: bool = True
    note: str | None = None
    implements: str | None = None
    printed: date | None = None
    closing: str | None = None  # how a final paragraph begins that belongs to no clause
    place: Place | None = None
    phases: tuple[Phase, ...] = ()
    mixed: str | None = None

    def phase(self, on: date) -> Phase | None:
        """The phase that holds on a day; None where the text has none."""
        return next((item for item in self.phases if item.first <= on and (item.last is None or on <= item.last)), None)

    def clause(self, id: str) -> Clause | None:
        """The clause of this id: listed, or within a range; None where there is none."""
        return self.clauses.get(id) or next((found for item in self.ranges if (found := item.find(id))), None)

    def children(self, id: str | None) -> tuple[Clause, ...]:
        """The listed clauses right below one (None: the top level), in the order of the text."""
        return tuple(clause for clause in self.clauses.values() if clause.part_of == id)


_REQUIRED: dict[str, Kind] = {
    "id": "text",
    "number": "text",
    "kind": tuple(KINDS),
    "title": "any",
    "issuer": "text",
    "issued": "any",
    "in_force": "any",
    "recorded": "date",
    "quality": tuple(QUALITIES),
}
_OPTIONAL: dict[str, Kind] = {
    "printed": "date",
    "edition": "any",
    "absorbed_by": "any",
    "replaced_by": "any",
    "implements": "text",
    "closing": "text",
    "sure": "boolean",
    "note": "text",
    "phases": "sequence",
    "mixed": "text",
    "ranges": "sequence",
    "clauses": "sequence",
}


def read_instrument(doc: Marked, stem: str, faults: list[Fault]) -> Instrument | None:
    """An instrument from its file; None, and everything wrong in `faults`, where it cannot be read.

    P021 file name and id differ · P025 part_of nothing · P026 dates that contradict each other ·
    P027 not a SHA-256 · P028 a clause id twice · P029 not a date · P030 an anchor twice.
    """
    before = len(faults)
    row = take(doc, _REQUIRED, _OPTIONAL, faults=faults, what="文件")
    if row["id"] and row["id"] != stem:
        faults.append(doc.fault("P021", f"编号 `{row['id']}` 与文件名 `{stem}` 不同", "改成一样"))
    title = take(row["title"], {"zh": "text", "en": "text"}, faults=faults, what="标题") if row["title"] else {}
    issued = _date_or_unknown(row["issued"], faults)
    in_force = _read_in_force(row["in_force"], faults) if row["in_force"] else InForce(None)
    edition = (
        take(row["edition"], {"from": "date", "note": "text"}, faults=faults, what="版本") if row["edition"] else {}
    )
    successor = None
    for how in ("absorbed", "replaced"):
        if row[f"{how}_by"]:
            part = take(
                row[f"{how}_by"],
                {"id": "text", "from": "date"},
                {"sure": "boolean", "reason": "text"},
                faults=faults,
                what="后继",
            )
            if part["id"] and part["from"]:
                successor = Successor(part["id"], part["from"], how, part["sure"] is not False, part["reason"])
    if row["recorded"] and issued and row["recorded"] < issued:
        faults.append(doc.fault("P026", "recorded 早于 issued", "文件发布之前不可能被知道"))
    clauses = _read_clauses(row["clauses"] or [], faults)
    ranges = tuple(_read_range(item, faults) for item in row["ranges"] or [])
    if len(faults) > before:
        return None
    return Instrument(
        row["id"],
        _known(row["number"]),
        row["kind"],
        title,
        _known(row["issuer"]),
        issued,
        in_force,
        row["recorded"],
        row["quality"],
        clauses,
        ranges,
        successor,
        edition.get("from"),
        edition.get("note"),
        row["sure"] is not False,
        row["note"],
        row["implements"],
        row["printed"],
        row["closing"],
        doc.place,
        _read_phases(row["phases"] or [], faults),
        row["mixed"],
    )


def _read_in_force(part: Marked, faults: list[Fault]) -> InForce:
    row = take(
        part,
        {"from": "any"},
        {"to": "date", "to_recorded": "date", "not_before": "date", "not_after": "date", "reason": "text"},
        faults=faults,
        what="施行期",
    )
    first = _date_or_unknown(row["from"], faults)
    span = InForce(first, row["to"], row["not_before"], row["not_after"], row["reason"], row["to_recorded"])
    if span.last_recorded and not span.last:
        faults.append(part.fault("P026", "写了 to_recorded，却没有 to", "补写失效日，或删去它的知悉日"))
    if row["from"] is not None and first is None and not (span.not_before and span.reason):
        faults.append(part.fault("P026", "施行日不知时，须写 not_before 与 reason", "写最早可能的日子和依据"))
    days = [day for day in (span.not_before, first, span.not_after, span.last) if day]
    if days != sorted(days):
        faults.append(part.fault("P026", "施行期的各日期前后矛盾", "应有 not_before ≤ from ≤ not_after ≤ to"))
    return span


def _read_phases(items: list[Marked], faults: list[Fault]) -> tuple[Phase, ...]:
    out: list[Phase] = []
    for item in items:
        row = take(item, {"id": "text", "label": "text", "from": "date"}, {"to": "date"}, faults=faults, what="阶段")
        if row["id"] is None or row["label"] is None or row["from"] is None:
            continue
        if out and (out[-1].last is None or out[-1].last >= row["from"]):
            faults.append(item.fault("P026", "各阶段的日期重叠或颠倒", "前一阶段的 to 应早于后一阶段的 from"))
        out.append(Phase(row["id"], row["label"], row["from"], row["to"]))
    return tuple(out)


def _read_clauses(items: list[Marked], faults: list[Fault]) -> dict[str, Clause]:
    clauses: dict[str, Clause] = {}
    anchors: dict[str, str] = {}
    for item in items:
        row = take(
            item,
            {"id": "text", "label": "text"},
            {"heading": "text", "part_of": "text", "sha256": "text", "anchor": "text"},
            faults=faults,
            what="条款",
        )
        clause = Clause(
            row["id"], row["label"], row["heading"], row["part_of"], row["sha256"], row["anchor"], item.place
        )
        if clause.id in clauses:
            faults.append(item.fault("P028", f"条款 `{clause.id}` 重复", "删去一处"))
        if clause.sha256 and not _SHA256.fullmatch(clause.sha256):
            faults.append(
                item.fault(
                    "P027",
                    "sha256 应为 64 位小写十六进制",
                    "用 greenrule pack read 文件 --against 编号 --format yaml 重算",
                )
            )
        if clause.anchor and clause.anchor in anchors:
            faults.append(
                item.fault("P030", f"定位符 `{clause.anchor}` 已属条款 `{anchors[clause.anchor]}`", "一处只归一条")
            )
        if clause.anchor:
            anchors[clause.anchor] = clause.id
        clauses[clause.id] = clause
    for clause in clauses.values():
        if clause.part_of and clause.part_of not in clauses:
            close = "、".join(near(clause.part_of, clauses)) or "登记上级条款"
            faults.append(Fault("P025", f"条款 `{clause.id}` 的上级 `{clause.part_of}` 不存在", clause.place, close))
    return clauses


def _read_range(item: Marked, faults: list[Fault]) -> ClauseRange:
    required: dict[str, Any] = {"prefix": "text", "from": "integer", "label": "text"}
    row = take(item, required, {"to": "integer", "sub": "text"}, faults=faults, what="条款段")
    return ClauseRange(row["prefix"] or "", row["from"] or 1, row["to"], row["label"] or "{n}", row["sub"])


def _date_or_unknown(part: Marked | None, faults: list[Fault]) -> date | None:
    if part is None or part.value == "unknown":
        return None
    if not isinstance(part.value, date):
        faults.append(part.fault("P029", f"这里应为日期或 unknown，写的是 `{part.raw}`", "如 2024-03-06"))
        return None
    return part.value


def _known(word: str | None) -> str | None:
    return None if word == "unknown" else word
