"""Reference pages that tell what the packs hold: facts, layers, lists, rules, decisions."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tools.markdown import page, table

from greenrule.packs.book import Law
from greenrule.packs.coverage import AREAS, CARRIERS, Coverage, load_coverage
from greenrule.rules.items import STRENGTHS, VERBS, Rule
from greenrule.rules.render import Sentence


def horizon(law: Law) -> date:
    """The day up to which the packs were read; citations are resolved on it."""
    days = [tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8")).get("horizon") for folder in law.folders]
    return max((day for day in days if isinstance(day, date)), default=date(2026, 11, 21))


_FORMS = {"truth": "是/否", "quantity": "量", "number": "数", "category": "一类", "set": "若干类", "date": "日期"}


def facts_page(law: Law) -> str:
    """`facts.md`: the vocabulary, by the file that declares it."""
    groups: dict[str, list[list[object]]] = defaultdict(list)
    for spec in law.book.facts.values():
        place = spec.place or {}
        origin = (
            f"layer `{place['layer']}`"
            if "layer" in place
            else "place"
            if place
            else "other facts"
            if spec.derive
            else ""
        )
        file = Path(spec.at.file).stem if spec.at and spec.at.file else "other"
        what = spec.unit or (f"`{spec.kind.vocab}`" if spec.kind.vocab else "")
        groups[file].append(
            [f"`{spec.id}`", spec.zh, spec.en, _FORMS.get(spec.kind.form, spec.kind.form), what, spec.question, origin]
        )
    head = ("id", "名称", "English", "kind", "unit or vocabulary", "question 问题", "found from")
    parts = [f"## {name}\n\n{table(head, rows)}" for name, rows in sorted(groups.items())]
    lead = (
        f"The {len(law.book.facts)} facts that a project may state, under `facts:`, by id or by Chinese name. "
        "*Found from* says what answers a fact where the project does not: a layer of the workspace, or other facts. "
        "是/否 facts take 是 and 否 (`true`, `false`); quantities are written with a [unit](units.md); `?` says that you do not "
        "know. `greenrule facts --industry CODE` lists those that concern one industry."
    )
    return page("Facts", lead, *parts)


def layers_page(law: Law) -> str:
    """`layers.md`: which layer kinds answer which facts."""
    kinds: dict[str, list[list[object]]] = defaultdict(list)
    for spec in law.book.facts.values():
        place = spec.place or {}
        if "layer" in place:
            where = place.get("where") or {}
            assert isinstance(where, Mapping)
            chosen = "; ".join(
                f"`{k}` = {', '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in where.items()
            )
            how = f"within `{place['distance']}`" if place.get("relation") == "within" else "touches"
            kinds[str(place["layer"])].append([f"`{spec.id}`", spec.zh, how, chosen or "any feature"])
    parts = [
        f"## `{kind}`\n\n{table(('fact', '名称', 'holds where the site', 'features'), rows)}"
        for kind, rows in sorted(kinds.items())
    ]
    lead = (
        "Layers of a workspace that answer facts about the site. A kind that the workspace does not hold leaves its facts "
        "unknown. A layer imported as complete says *no* where it draws nothing; an incomplete one says *unknown* there."
    )
    return page("Layers and the facts they answer", lead, *parts)


def _codes(law: Law, vocab: str, codes: Iterable[str]) -> str:
    labels = law.book.vocabularies[vocab].labels if vocab in law.book.vocabularies else {}
    return "、".join("全部（名录不在手）" if code == "*" else f"{labels.get(code, code)}（{code}）" for code in codes)


def lists_page(law: Law) -> str:
    """`lists.md`: code lists that rules name, with what each leaves open."""
    parts = []
    for opened in (True, False):
        for item in sorted(law.book.lists.values(), key=lambda item: item.id):
            if bool(item.open_within) is not opened:
                continue
            lines = [f"### `{item.id}` {item.title}", f"- In 在内: {_codes(law, item.vocab, item.codes) or '（未列）'}"]
            if item.open_within:
                lines.append(f"- Open 未决: {_codes(law, item.vocab, item.open_within)}")
            lines.append(f"- Cites 出处: {'; '.join(f'`{cite}`' for cite in item.cites) or '—'}")
            if item.note:
                lines.append(f"- Note 说明: {item.note}")
            parts.append("\n".join([lines[0], "", *lines[1:]]))
        if opened:
            parts.insert(0, "## Open lists")
            parts.append("## Closed lists")
    count = sum(bool(item.open_within) for item in law.book.lists.values())
    lead = (
        f"{len(law.book.lists)} lists, {count} of them open. A project whose industry lies under *in* is on the list; under "
        "*open* it is unknown whether it is; anywhere else it is not. "
        "[Fill in missing lists](../how-to/fill-in-missing-lists.md) says how to replace one."
    )
    return page("Lists", lead, *parts)


# -- rules ---------------------------------------------------------------------------------------------------------
def _rule(law: Law, sentence: Sentence, rule: Rule, day: date) -> str:
    lines = [f"### `{rule.id}` {rule.title}", "", sentence.rule(rule), ""]
    effects = "; ".join(f"`{effect}`" for effect in rule.effects)
    lines.append(f"- Effect 效果: {effects} · {STRENGTHS.get(rule.strength, rule.strength)} (`{rule.strength}`)")
    cites = []
    for cite in rule.cites:
        found = law.instruments.resolve(cite, day)
        cites.append(f"{found.title}{f'（{found.number}）' if found.number else ''}{found.clause_label} (`{cite}`)")
    lines.append(f"- Cites 出处: {'; '.join(cites)}")
    first, last, *_ = law.book.validity[rule.id]
    lines.append(f"- In force 施行: {first} – {last or ''}".rstrip(" –") + ("" if last else " 起"))
    if rule.due:
        lines.append(f"- Due 时限: {rule.due}")
    if names := law.book.exceptions(rule.id):
        lines.append(f"- Unless 除外: {', '.join(f'`{name}`' for name in names)}")
    lines += [f"- Note 说明: {note}" for note in rule.notes]
    return "\n".join(lines)


def rule_pages(law: Law) -> dict[str, str]:
    """`rules.md` and one page for each instrument that leads rules."""
    day, sentence = horizon(law), Sentence(law.book)
    groups: dict[str, list[Rule]] = defaultdict(list)
    for rule in law.book.rules.values():
        groups[rule.cites[0].partition("#")[0]].append(rule)
    pages, index = {}, []
    for name in sorted(groups):
        rules = groups[name]
        head = law.instruments.resolve(rules[0].cites[0], day)
        title = f"{head.title}{f'（{head.number}）' if head.number else ''}"
        index.append([f"[{title}](rules/{name}.md)", f"`{name}`", len(rules)])
        lead = f"{len(rules)} rules whose first citation is this instrument. Sentences and notes are our words, not the text's."
        pages[f"rules/{name}.md"] = page(title, lead, *(_rule(law, sentence, rule, day) for rule in rules))
    lead = (
        f"{len(law.book.rules)} rules, by the instrument they cite first. Each entry gives the rule as a Chinese sentence, its "
        "effect on a [decision](decisions.md), its strength, its citations, and what the text leaves open. The rules "
        "themselves stand in `packs/*/rules/*.rules` in [the rule language](rule-language.md). [Coverage](coverage.md) says "
        "what carries each clause of the provincial documents, rules or otherwise."
    )
    pages["rules.md"] = page("Rules", lead, table(("instrument 文件", "id", "rules"), index))
    return pages


def decisions_page(law: Law) -> str:
    """`decisions.md`: values from mild to strict, and which verb gives which."""
    parts = []
    for spec in law.book.decisions.values():
        lines = [
            f"## `{spec.id}` {spec.zh}",
            "",
            "Collects every value that holds." if spec.collect else "The strictest value that holds wins.",
        ]
        if spec.values:
            rows = [[rank, f"`{name}`", zh] for rank, (name, zh) in enumerate(spec.values, 1)]
            lines += ["", table(("#" if spec.collect else "mild → strict", "value", "名称"), rows).rstrip()]
        verbs = [[f"`{verb}` {VERBS.get(verb, '')}", layer, value or "the value the rule names"]
                 for layer, group in (("first", spec.verbs), ("second (replaces)", spec.replacing)) for verb, value in group.items()]  # fmt: skip
        lines += ["", table(("verb", "layer", "gives"), verbs).rstrip()]
        if spec.default is not None:
            lines += ["", f"When no rule speaks: `{spec.default}`."]
        if spec.base is not None:
            lines += ["", f"When no rule speaks on the first layer: the outcome of `{spec.base}`."]
        for strength, change in spec.by_strength.items():
            told = ", ".join(f"`{verb}` gives `{value}`" for verb, value in change.items())
            lines += ["", f"At strength {STRENGTHS.get(strength, '')} (`{strength}`): {told}."]
        parts.append("\n".join(lines))
    lead = (
        "What a screening decides, and how the rules that speak on it combine. Declared in `packs/cn/decisions.yaml`."
    )
    return page("Decisions", lead, *parts)


# -- coverage ------------------------------------------------------------------------------------------------------
def _carried(coverage: Coverage, name: str, clause: str) -> tuple[str, str]:
    entry = coverage.entries[name].get(clause)
    if entry is None:
        return "", ""
    told = [f"{word}: {', '.join(f'`{id}`' for id in entry.carriers[kind])}"
            for kind, word in CARRIERS.items() if entry.carriers[kind]]  # fmt: skip
    return "<br>".join(told), entry.reason or ""


def coverage_page(law: Law) -> str:
    """`coverage.md`: every clause of the instruments that are accounted for, and what carries it."""
    coverage = load_coverage(law)
    heads = {"clauses": "clauses", **CARRIERS, "reason": "reason only", "unmapped": "unmapped"}
    rows = [[f"`{row['instrument']}`", *(row[key] for key in heads)] for row in coverage.table(law)]
    parts = [f"## Counts\n\n{table(('instrument', *heads.values()), rows)}"]
    for name in coverage.entries:
        instrument = law.instruments[name]
        clauses = [
            [clause.label, clause.heading, *_carried(coverage, name, clause.id)]
            for clause in instrument.clauses.values()
        ]
        parts.append(
            f"## {instrument.title['zh']}\n\n{table(('clause', 'about 内容', 'carried by', 'why nothing carries it'), clauses)}"
        )
    registers = [
        [f"`{item.id}`", item.name, AREAS[item.area]]
        for item in sorted(coverage.registers.values(), key=lambda item: (list(AREAS).index(item.area), item.id))
    ]
    parts.append(f"## Registers to be built\n\n{table(('id', 'register 台账与系统', 'area'), registers)}")
    lead = (
        f"Every clause of {len(coverage.entries)} documents and what carries it: rules, {len(coverage.tasks)} tasks "
        f"(`greenrule task`), {len(coverage.targets)} targets (`greenrule target`), conflicts between documents, or a "
        "register that the clause calls for and that is still to be built; or why nothing can carry it. A column of the "
        "first table counts the clauses that have such a carrier; a clause may have several. That a clause is carried does "
        "not say that every sentence of it is. `greenrule pack coverage` prints the counts and fails where a clause is left out."
    )
    return page("Coverage", lead, *parts)
