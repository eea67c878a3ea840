"""The policy reader without script: documents, clauses, search.  Reports link here; the app shows the same at `/law`."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from greenrule.core.errors import InputFault
from greenrule.core.tongue import said
from greenrule.packs.library.entries import FIELDS, SORTS
from greenrule.packs.library.search import Snippet
from greenrule.packs.library.shelf import KINDS
from greenrule.web.api.access import person
from greenrule.web.reading import copies, library, rendered, today
from greenrule.web.reading import search as search_in

_HOLDS = {"true": "施行中", "false": "未施行或已失效", "unknown": "是否施行不明"}
_PAGE = 20


@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    """All documents."""
    rows = rendered("documents", library().documents(today()))
    shown = {
        "worked": [_head(row) for row in rows if row["covered"]],
        "others": [_head(row) for row in rows if not row["covered"]],
    }
    return render(request, "greenrule/law_documents.html", shown)


@require_GET
def document(request: HttpRequest, name: str) -> HttpResponse:
    """One document as a tree of clauses."""
    found = rendered("document", _there(lambda: library().document(name, today())))
    for row in found["clauses"]:
        row["carries"] = [(said(KINDS[kind]), count) for kind, count in row["counts"].items()]
    return render(request, "greenrule/law_document.html", {"document": _head(found), "kinds": KINDS})


@require_GET
def clause(request: HttpRequest, name: str, clause: str) -> HttpResponse:
    """One clause with what rests on it; whoever has logged in sees the installation's own copy of its text too."""
    page = rendered("page", _there(lambda: library().page(name, clause, today())))
    page["holds_label"] = said(_HOLDS[page["in_force"]])
    copy = copies().of(name, clause) if person(request).user is not None else None
    return render(request, "greenrule/law_clause.html", {"page": page, "copy": copy})


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Search with its hits, matches marked."""
    words, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    after = (
        int(request.GET.get("after", "0"))
        if request.GET.get("after", "0").isascii() and request.GET.get("after", "0").isdigit()
        else 0
    )
    found = search_in(words, kinds=[kind] if kind in SORTS else [], size=_PAGE, skip=min(after, 100_000))
    hits = [
        {**hit.to_json(), "kind_label": said(SORTS[hit.entry.kind]),
         "snippets": [(said(FIELDS[piece.field]), pieces(piece)) for piece in hit.snippets if piece.text != hit.entry.title]}
        for hit in found.hits
    ]  # fmt: skip
    shown = {
        "words": words, "kind": kind, "hits": hits, "total": found.total, "exact": not found.hits or found.hits[0].exact,
        "kinds": [(name, said(SORTS[name]), count) for name, count in found.kinds.items()],
        "next": after + len(hits) if after + len(hits) < found.total else None,
    }  # fmt: skip
    return render(request, "greenrule/law_search.html", shown)


def pieces(snippet: Snippet) -> list[tuple[str, bool]]:
    """A snippet cut into (text, whether it matches), for a page to mark.

    >>> pieces(Snippet("title", "甲乙丙", ((1, 2),)))
    [('甲', False), ('乙', True), ('丙', False)]
    """
    out, last = [], 0
    for start, end in snippet.marks:
        out += [(snippet.text[last:start], False), (snippet.text[start:end], True)]
        last = end
    return [part for part in (*out, (snippet.text[last:], False)) if part[0]]


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "holds_label": said(_HOLDS[row["in_force"]["holds"]])}


def _there(make: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = make()
    except InputFault as error:
        raise Http404(error.faults[0].message) from None
    return found
