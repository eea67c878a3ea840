"""What search goes through: clauses, rules, readings, parameters, lists, facts, tasks, targets and the rest, in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from greenrule.core.errors import Fault, InputFault, near
from greenrule.core.units import factor, number_text
from greenrule.packs.library.search import Entry, Index, Text
from greenrule.packs.library.shelf import Key, Shelf
from greenrule.packs.targets import KINDS as TARGET_KINDS
from greenrule.rules.book import ParameterSpec

#: Sorts of entries with what people call them, in the order in which results are counted.
SORTS = {
    "instrument": "文件", "clause": "条款", "item": "名录项目", "rule": "规则", "reading": "读法", "task": "任务", "target": "目标",
    "parameter": "参数", "list": "名录", "fact": "事实", "conflict": "冲突", "limit": "办理时限", "transition": "新旧衔接",
    "register": "台账与系统", "place": "地名",
}  # fmt: skip
#: Fields with what people call them.
FIELDS = {
    "id": "编号", "title": "标题", "heading": "标题", "label": "条号", "sentence": "规则", "then": "要求", "note": "说明", "reading": "读法",
    "question": "问题", "who": "部门", "output": "成果", "place": "地方", "value": "数值", "members": "成员", "reason": "说明", "alias": "别名", "carries": "所载",
}  # fmt: skip
#: What is looked for most often comes first where matches are as good.
_WEIGHT = {
    "instrument": 1.3, "clause": 1.3, "item": 1.1, "rule": 1.0, "task": 0.85, "target": 0.85, "reading": 0.8, "conflict": 0.8,
    "parameter": 0.8, "list": 0.75, "fact": 0.7, "limit": 0.8, "transition": 0.8, "register": 0.65, "place": 0.7,
}  # fmt: skip
#: A fact that more rules read than these leads to no clause of its own.
_MOST_CLAUSES = 6


def sorts_of(kinds: Iterable[str]) -> list[str]:
    """Sorts by name or by what people call them.  Raises InputFault LAW003 with what is like it.

    >>> sorts_of(["规则", "clause"])
    ['rule', 'clause']
    """
    names = {label: name for name, label in SORTS.items()}
    chosen = [names.get(kind, kind) for kind in kinds]
    faults = [
        Fault("LAW003", f"没有 `{kind}` 这一种类", None, f"可用：{'、'.join(near(kind, [*SORTS, *names]) or SORTS)}")
        for kind in chosen
        if kind not in SORTS
    ]
    if faults:
        raise InputFault(faults)
    return chosen


def search_index(shelf: Shelf) -> Index:
    """The index of a shelf."""
    return Index(_entries(shelf), _WEIGHT)


def cite_of(shelf: Shelf, cites: Iterable[str]) -> dict[str, str | None]:
    """Where an entry is opened: the first of its cites, with the words for it."""
    for cite in cites:
        name, _, clause = cite.partition("#")
        instrument = shelf.law.instruments.get(name)
        if instrument is not None:
            found = instrument.clause(clause) if clause else None
            number = instrument.number or f"《{instrument.title['zh']}》"
            return {"instrument": name, "clause": clause or None, "cite": number + (found.label if found else "")}
    return {"instrument": None, "clause": None, "cite": None}


def _texts(*items: tuple[str, str | None, float]) -> tuple[Text, ...]:
    return tuple(Text(name, text, weight) for name, text, weight in items if text)


def _entries(shelf: Shelf) -> Iterator[Entry]:
    yield from _documents(shelf)
    yield from _rules(shelf)
    yield from _declared(shelf)
    yield from _beside(shelf)


def _documents(shelf: Shelf) -> Iterator[Entry]:
    for instrument in shelf.law.instruments.values():
        title = instrument.title["zh"]
        texts = _texts(
            ("title", title, 3), ("label", instrument.number, 3), ("id", instrument.id, 2), ("note", instrument.note, 1)
        )
        yield Entry("instrument", instrument.id, title, texts, cite_of(shelf, [instrument.id]))
        for clause in shelf.clauses(instrument).values():
            heading = shelf.heading(instrument, clause)
            item = instrument.kind == "catalogue" and clause.id.isdigit()
            texts = _texts(
                ("heading", heading, 3), ("label", f"{instrument.number or title}{clause.label}", 1.5),
                ("reason", shelf.reason(instrument.id, clause.id), 0.8), ("carries", _carried(shelf, instrument.id, clause.id), 0.8),
            )  # fmt: skip
            cite = f"{instrument.id}#{clause.id}"
            yield Entry("item" if item else "clause", cite, heading or clause.label, texts, cite_of(shelf, [cite]))


def _carried(shelf: Shelf, instrument: str, clause: str) -> str:
    """What rests on a clause, by title: the clause itself is known by a short heading only."""
    found = shelf.carriers(instrument, clause)
    titles = [shelf.law.book.rules[id].title for id in found.get("rules", ())]
    titles += [shelf.coverage.tasks[id].title for id in found.get("tasks", ())]
    titles += [shelf.coverage.targets[id].indicator for id in found.get("targets", ())]
    return "；".join(dict.fromkeys(titles))


def _rules(shelf: Shelf) -> Iterator[Entry]:
    book = shelf.law.book
    for rule in book.rules.values():
        place = cite_of(shelf, rule.cites)
        yield Entry(
            "rule", rule.id, rule.title,
            _texts(("title", rule.title, 2.5), ("sentence", shelf.sentence.rule(rule), 1.2), ("id", rule.id, 2), ("value", rule.due, 1)), place,
        )  # fmt: skip
        for number, note in enumerate((*rule.notes, *shelf.reads(rule.id).undecided), 1):
            yield Entry(
                "reading", f"{rule.id}:{number}", rule.title, _texts(("reading", note, 1.5)), {**place, "of": rule.id}
            )


def _declared(shelf: Shelf) -> Iterator[Entry]:
    book = shelf.law.book
    for parameter in book.parameters.values():
        texts = _texts(
            ("title", parameter.zh, 2.5),
            ("value", value_text(parameter), 1),
            ("note", parameter.note, 1),
            ("id", parameter.id, 1.5),
        )
        yield Entry("parameter", parameter.id, parameter.zh, texts, cite_of(shelf, parameter.cites))
    for table in shelf.tables.values():
        texts = _texts(("title", table.zh, 2.5), ("id", table.id, 1.5))
        yield Entry("parameter", table.id, table.zh, texts, cite_of(shelf, table.cites))
    for item in book.lists.values():
        labels = book.vocabularies[item.vocab].labels
        names = "、".join(labels.get(code, code) for code in (*item.codes, *item.open_within) if code != "*")
        texts = _texts(
            ("title", item.title, 2.5), ("members", names, 0.8), ("note", item.note, 1), ("id", item.id, 1.5)
        )
        yield Entry("list", item.id, item.title, texts, cite_of(shelf, item.cites))
    reading: dict[str, dict[str, None]] = {}
    for rule in book.rules.values():
        for name in shelf.reads(rule.id).facts:
            reading.setdefault(name, {}).update(dict.fromkeys(rule.cites[:1]))
    for fact in book.facts.values():
        cites = list(reading.get(fact.id, ()))
        place = cite_of(shelf, cites[:1] if len(cites) <= _MOST_CLAUSES else ())
        texts = _texts(
            ("title", fact.zh, 2.5), ("question", fact.question, 1.2), ("note", fact.note, 1), ("id", fact.id, 1.5)
        )
        yield Entry("fact", fact.id, fact.zh, texts, {**place, "clauses": len(cites)})


def _beside(shelf: Shelf) -> Iterator[Entry]:
    coverage = shelf.coverage
    for task in coverage.tasks.values():
        who = "、".join(task.everyone)
        texts = _texts(
            ("title", task.title, 2.5), ("output", task.output, 1.2), ("who", who, 1.2), ("place", "、".join(task.places), 0.8),
            ("value", "；".join(item.what for item in task.deadlines), 1), ("note", task.note, 1), ("id", task.id, 1.5),
        )  # fmt: skip
        yield Entry("task", task.id, task.title, texts, cite_of(shelf, task.cites))
    for target in coverage.targets.values():
        told = f"{target.demand}（{TARGET_KINDS[target.kind]}）"
        texts = _texts(
            ("title", target.indicator, 2.5), ("place", "、".join(target.places), 1.2), ("value", told, 1), ("note", target.note, 1),
            ("id", target.id, 1.5),
        )  # fmt: skip
        yield Entry("target", target.id, target.indicator, texts, cite_of(shelf, target.cites))
    for id, item in shelf.conflicts.items():
        texts = _texts(
            ("title", item["topic"], 2.5),
            ("reading", item["differ"], 1.2),
            ("reason", item["reason"], 1),
            ("id", id, 1.5),
        )
        yield Entry("conflict", id, item["topic"], texts, cite_of(shelf, _first(shelf, "conflicts", id)))
    for limit in shelf.limits.values():
        texts = _texts(("title", limit.label, 2.5), ("note", limit.note, 1), ("id", limit.id, 1.5))
        yield Entry("limit", limit.id, limit.label, texts, cite_of(shelf, [limit.cite]))
    for turn in shelf.law.book.transitions:
        texts = _texts(
            ("title", turn.zh, 2.5), ("reason", turn.reason, 1.2), ("note", turn.note, 1), ("id", turn.id, 1.5)
        )
        yield Entry("transition", turn.id, turn.zh, texts, cite_of(shelf, [turn.cite or turn.to]))
    for register in coverage.registers.values():
        texts = _texts(("title", register.name, 2.5), ("id", register.id, 1.5))
        yield Entry(
            "register", register.id, register.name, texts, cite_of(shelf, _first(shelf, "registers", register.id))
        )
    for place in shelf.gazetteer:
        texts = _texts(
            ("title", place.zh, 2.5),
            ("alias", "、".join(place.aliases), 1.5),
            ("note", place.note, 1),
            ("id", place.id, 1.5),
        )
        yield Entry("place", place.id, place.zh, texts, cite_of(shelf, place.cites))


def _first(shelf: Shelf, kind: str, id: str) -> list[str]:
    """The first clause under which something stands."""
    key: Key | None = next((key for key, kinds in shelf.carried.items() if id in kinds.get(kind, ())), None)
    return [f"{key[0]}#{key[1]}" if key[1] else key[0]] if key else []


def value_text(spec: ParameterSpec) -> str:
    """The values of a parameter as a line of text: the latest one, or the points of a table."""
    scale = factor(spec.unit)[1] if spec.unit else 1
    if spec.table:
        return "、".join(f"{number_text(point.x)}→{number_text(point.y / scale)}" for point in spec.table)
    value = spec.values[-1][1] if spec.values else None
    return "尚无值" if value is None else f"{number_text(value / scale)} {spec.unit}".strip()
