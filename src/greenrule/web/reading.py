"""The library of one server process: pages and search over the law that its engine answers from, and the users' own documents."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from greenrule.casework.reading_law import EnglishReader
from greenrule.casework.sealing import engine_version
from greenrule.core.clock import china_today
from greenrule.core.tongue import language
from greenrule.packs.library.copies import Copies
from greenrule.packs.library.pages import Library
from greenrule.packs.library.search import Found
from greenrule.packs.library.shelf import Shelf
from greenrule.web.engine import engine

_MAKING = threading.Lock()
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LIBRARY: Library | None = None
_COPIES: Copies | None = None
_READER: EnglishReader | None = None


def english_reader() -> EnglishReader:
    """The reader of the library in English, made when first asked for."""
    global _READER
    found = library()
    with _MAKING:
        if _READER is None or _READER.library is not found:
            _READER = EnglishReader(found)
        return _READER


def rendered(what: str, found: Any) -> Any:
    """Data of the library in the language that is spoken; `what`: documents, document, page, rule."""
    return found if language() == "zh" else getattr(english_reader(), what)(found)


def search(question: str, **how: Any) -> Found:
    """The search in the language that is spoken; Chinese words are looked for in the Chinese also where English is spoken."""
    if language() == "zh":
        return library().index.find(question, **how)
    reader = english_reader()
    if not _CHINESE.search(question):
        return reader.index.find(question, **how)
    found = library().index.find(question, **how)
    return replace(found, hits=tuple(replace(hit, entry=reader.entry(hit.entry)) for hit in found.hits))


def library() -> Library:
    """The library of the law in use; made again when the engine has another law."""
    global _LIBRARY
    with engine().asked() as screener:
        law = screener.law
    with _MAKING:
        if _LIBRARY is None or _LIBRARY.law.versions != law.versions:
            _LIBRARY = Library(Shelf.of(law))
        return _LIBRARY


def copies() -> Copies:
    """The documents that the workspace holds in its folder `documents`."""
    global _COPIES
    from django.conf import settings

    with _MAKING:
        if _COPIES is None and _LIBRARY is not None:
            _COPIES = Copies([Path(settings.WORKSPACE) / "documents"], _LIBRARY.law.instruments)
    if _COPIES is None:
        library()
        return copies()
    return _COPIES


def law_tag(found: Library, *more: object) -> str:
    """An ETag of what the packs say, on a day or about a question, in a language; another edition of a pack gives another."""
    told = json.dumps([dict(found.law.versions), engine_version(), language(), *map(str, more)], ensure_ascii=False)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def by_law(request: HttpRequest, make: Callable[[Library], dict[str, Any]], *more: object) -> HttpResponse:
    """The answer of `make` with its ETag, or 304 where the asker has it already and nothing needs to be made."""
    found = library()
    tag = law_tag(found, request.get_full_path(), *more)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in [item.strip().removeprefix("W/") for item in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304, headers=headers)
    body = json.dumps(make(found), ensure_ascii=False)
    return HttpResponse(body, content_type="application/json", headers=headers)


def today() -> date:
    """The day on which a page says what is in force."""
    return china_today()
