"""The rulebook to read: instruments as clause trees, rules, the vocabulary, industries; and search in them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router

from greenrule.packs.book import Law
from greenrule.web.engine import engine

router = Router()
_MOST = 100


@router.get("/industries", summary="查行业代码")
def industries(request: HttpRequest, q: str, limit: Query[int] = 10) -> dict[str, Any]:
    """Industry classes (GB/T 4754-2017) by code, name or synonym, best first."""
    with engine().asked() as screener:
        found = screener.law.industries.find(q, max(1, min(limit, _MOST)))
    return {"items": [{"code": item.code, "name": item.name, "score": item.score} for item in found]}


@router.get("/facts", summary="事实词表")
def facts(request: HttpRequest, q: str = "") -> dict[str, Any]:
    """Facts that a project may state: id, kind, unit, label, question."""
    with engine().asked() as screener:
        specs = screener.law.book.facts.values()
    return {
        "items": [
            {"id": spec.id, "kind": str(spec.kind), "unit": spec.unit or None, "label": spec.zh, "question": spec.question}
            for spec in specs
            if q in spec.id or q in spec.zh or q in (spec.question or "")
        ]
    }  # fmt: skip


@router.get("/instruments", summary="文件清单")
def instruments(request: HttpRequest) -> dict[str, Any]:
    """Instruments that citations rest on."""
    with engine().asked() as screener:
        found = screener.law.instruments.values()
    return {
        "items": [
            {"id": item.id, "number": item.number, "title": item.title["zh"], "clauses": len(item.clauses)} for item in found
        ]
    }  # fmt: skip


@router.get("/instruments/{name}", summary="一份文件的条款树与承载它的规则")
def instrument(request: HttpRequest, name: str) -> dict[str, Any]:
    """The clauses of an instrument, each with the rules that carry it."""
    with engine().asked() as screener:
        law = screener.law
    found = law.instruments.get(name)
    if found is None:
        raise Http404(f"没有编号为 {name} 的文件")
    carried = _carried(law, name)
    return {
        "id": found.id, "number": found.number, "title": found.title["zh"],
        "clauses": [
            {"id": clause.id, "label": clause.label, "heading": clause.heading, "part_of": clause.part_of,
             "rules": carried.get(clause.id, [])}
            for clause in found.clauses.values()
        ],
    }  # fmt: skip


def _carried(law: Law, instrument: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for rule in law.book.rules.values():
        for cite in rule.cites:
            if cite.startswith(f"{instrument}#"):
                out.setdefault(cite.partition("#")[2], []).append(rule.id)
    return out


@router.get("/rules/{name}", summary="一条规则")
def rule(request: HttpRequest, name: str) -> dict[str, Any]:
    """A rule in words, with what it rests on."""
    from datetime import date

    with engine().asked() as screener:
        found = screener.law.book.rules.get(name)
        if found is None:
            raise Http404(f"没有编号为 {name} 的规则")
        machine = screener.machine(date.today())
        return {
            "id": found.id, "title": found.title, "strength": found.strength, "subject": found.subject, "then": found.then,
            "due": found.due, "notes": list(found.notes), "sentence": machine.sentence.rule(found),
            "effects": [{"decision": e.decision, "effect": e.verb, "value": e.value} for e in found.effects],
            "cites": [machine.citation(cite).to_json() for cite in found.cites],
        }  # fmt: skip


@router.get("/search", summary="在规则和条款中检索")
def search(request: HttpRequest, q: str, limit: Query[int] = 20) -> dict[str, Any]:
    """Rules whose title, text or notes hold all words of the question, and clauses whose heading does."""
    words = q.split()
    if not words:
        return {"rules": [], "clauses": []}
    limit = max(1, min(limit, _MOST))
    with engine().asked() as screener:
        law = screener.law

    def fits(*texts: str | None) -> bool:
        whole = "\n".join(text for text in texts if text)
        return all(word in whole for word in words)

    rules = [
        {"id": item.id, "title": item.title, "cites": list(item.cites)}
        for item in law.book.rules.values()
        if fits(item.id, item.title, item.then, *item.notes)
    ]
    clauses = [
        {"instrument": item.id, "clause": clause.id, "label": clause.label, "heading": clause.heading}
        for item in law.instruments.values()
        for clause in item.clauses.values()
        if fits(clause.label, clause.heading, item.number)
    ]
    return {"rules": rules[:limit], "clauses": clauses[:limit], "found": {"rules": len(rules), "clauses": len(clauses)}}
