"""The rulebook to read: documents as clause trees, clauses with what rests on them, rules, the vocabulary, industries; and search."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from greenrule.core.tongue import language, said
from greenrule.packs.english import english_words
from greenrule.packs.library.entries import FIELDS, SORTS, sorts_of
from greenrule.packs.library.search import LONGEST
from greenrule.rules.english import INDUSTRIES
from greenrule.web.api.access import May
from greenrule.web.engine import engine
from greenrule.web.reading import by_law, copies, english_reader, library, rendered, today
from greenrule.web.reading import search as search_in

router = Router()
_MOST = 100


@router.get("/industries", summary="查行业代码")
def industries(request: HttpRequest, q: str, limit: Query[int] = 10) -> dict[str, Any]:
    """Industry classes (GB/T 4754-2017) by code, name or synonym, best first; by words of the English name where English is spoken."""
    with engine().asked() as screener:
        law, most = screener.law, max(1, min(limit, _MOST))
        names = english_words(law).vocabularies[INDUSTRIES] if language() == "en" else {}
        found = [(item.code, names.get(item.code, item.name), item.score) for item in law.industries.find(q, most)]
    if words := [word for word in q.lower().split() if word.isalpha() and word.isascii()]:
        named = [(code, name, 1.0) for code, name in names.items() if all(word in name.lower() for word in words)]
        found = sorted(named, key=lambda row: (len(row[1]), row[0]))[:most] or found
    return {"items": [{"code": code, "name": name, "score": score} for code, name, score in found]}


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


@router.get("/instruments", summary="文件清单", response={200: dict})
def instruments(request: HttpRequest, on: date | None = None) -> HttpResponse:
    """Instruments that citations rest on, those that the packs work out clause by clause first; `on`: whether in force that day."""
    day = on or today()
    return by_law(request, lambda found: {"items": rendered("documents", found.documents(day))}, day)


@router.get("/instruments/{name}", summary="一份文件的条款树与承载它的规则", response={200: dict})
def instrument(request: HttpRequest, name: str, on: date | None = None) -> HttpResponse:
    """The clauses of an instrument in reading order, each with its depth, what rests on it, or why nothing does."""
    day = on or today()
    return by_law(request, lambda found: rendered("document", found.document(name, day)), day)


@router.get(
    "/instruments/{name}/clauses/{clause}", summary="一条：规则、任务、目标、读法、相关条款", response={200: dict}
)
def clause(request: HttpRequest, name: str, clause: str, on: date | None = None) -> HttpResponse:
    """A clause with the rules, tasks, targets and values that rest on it, how it was read, and the clauses that touch it."""
    day = on or today()
    return by_law(request, lambda found: rendered("page", found.page(name, clause, day)), day)


@router.get("/instruments/{name}/clauses/{clause}/text", auth=May("law"), summary="一条的原文（本单位自备的文本）")
def text(request: HttpRequest, name: str, clause: str) -> dict[str, Any]:
    """The clause in the installation's own copy of the document, for people who have logged in; `copy` is null where there is none.

    The software ships no text of any document.  Put files (TXT, DOCX, PDF with text) into the folder `documents` of the workspace.
    """
    library().clause(name, clause)
    found = copies().of(name, clause)
    return {"instrument": name, "clause": clause, "copy": found.to_json() if found else None}


@router.get("/rules/{name}", summary="一条规则", response={200: dict})
def rule(request: HttpRequest, name: str) -> HttpResponse:
    """A rule in words, with what it reads and what it rests on."""

    def make(found: Any) -> dict[str, Any]:
        item = found.law.book.rules.get(name)
        if item is None:
            raise Http404(said("没有编号为 {name} 的规则").format(name=name))
        told: dict[str, Any] = rendered("rule", found.rule(item))
        return told

    return by_law(request, make)


class Words(Schema):
    """A question to the full-text search."""

    q: str = Field("", max_length=LONGEST, description="空格隔开的词须都出现")
    kind: list[str] = Field(default_factory=list, description="只要这些种类，可多次给出")
    instrument: str | None = Field(None, description="只在这份文件里")
    size: int = Field(20, ge=1, le=_MOST)
    after: int = Field(0, ge=0, le=100_000, description="跳过前几项：上一页的 next")


@router.get("/search", summary="全文检索", response={200: dict})
def search(request: HttpRequest, words: Query[Words]) -> HttpResponse:
    """Clauses, rules, readings, tasks, targets, values, facts and places that have all words of the question, best first.

    Matches are told as offsets in code points (`marks`), never as marked-up text.  Where nothing has all words, what is like it is
    given with `exact` false.
    """

    def make(found: Any) -> dict[str, Any]:
        kinds = sorts_of(words.kind)
        within = {"instrument": found.instrument(words.instrument).id} if words.instrument else None
        hits = search_in(words.q, kinds=kinds, within=within, size=words.size, skip=words.after)
        last = words.after + len(hits.hits)
        told = {
            "words": list(hits.words), "total": hits.total, "exact": not hits.hits or hits.hits[0].exact,
            "kinds": [{"kind": kind, "label": SORTS[kind], "count": count} for kind, count in hits.kinds.items()],
            "fields": FIELDS,
            "items": [{**hit.to_json(), "kind_label": SORTS[hit.entry.kind]} for hit in hits.hits],
            "next": last if last < hits.total else None,
        }  # fmt: skip
        return told if language() == "zh" else english_reader().found(told)

    return by_law(request, make)
