"""In which language somebody is answered: `?lang=` first, then what their browser or program says, then Chinese.

Pages also heed the language that was chosen before (a cookie); the API does not, so that the same request gets the same answer: the
app says its language with every question.  What is sealed (a finding as JSON) is Chinese whatever was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from greenrule.casework.labelling import in_english
from greenrule.casework.since import outcome_text
from greenrule.casework.since_english import outcome_in_english, since_in_english
from greenrule.core.tongue import Language, language, speaking

#: How Django calls our languages.
_NAMES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
_PROGRAMS = ("/api/", "/tiles/", "/ogc/")


class Tongue:
    """Middleware: speak the language that was asked for, and say which one it was (`Content-Language`, `Vary`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language; whatever was spoken before is spoken again afterwards."""
        wanted = asked(request)
        request.LANGUAGE_CODE = _NAMES[wanted]
        with translation.override(_NAMES[wanted]), speaking(wanted):
            response = self.get_response(request)
        if not request.path.startswith("/static/"):
            response.setdefault("Content-Language", "en" if wanted == "en" else "zh-CN")
            patch_vary_headers(
                response, ("Accept-Language",) if request.path.startswith(_PROGRAMS) else ("Accept-Language", "Cookie")
            )
        return response


def asked(request: HttpRequest) -> Language:
    """The language for a request.

    >>> from django.test import RequestFactory
    >>> ask = RequestFactory().get
    >>> asked(ask("/api/v1/me")), asked(ask("/f/x?lang=en")), asked(ask("/f/x", HTTP_ACCEPT_LANGUAGE="fr, en;q=0.8, zh;q=0.5"))
    ('zh', 'en', 'en')
    """
    return _asked(request, heeding_cookie=not request.path.startswith(_PROGRAMS))


def reads(request: HttpRequest) -> Language:
    """The language in which whoever asks would read: as `asked`, but what was chosen on a page counts wherever the question goes."""
    return _asked(request, heeding_cookie=True)


def _asked(request: HttpRequest, heeding_cookie: bool) -> Language:
    said = request.GET.get("lang", "")
    if said:
        return _named(said) or "zh"
    if heeding_cookie and (kept := _named(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))):
        return kept
    for name, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500]):
        if found := _named(name):
            return found
    return "zh"


def _named(name: str) -> Language | None:
    head = name.lower().partition("-")[0]
    return "zh" if head == "zh" else "en" if head == "en" else None


def labelled(data: Any) -> Any:
    """Data of an answer with its labels in the language that is spoken."""
    if language() == "zh":
        return data
    from greenrule.web.engine import engine

    with engine().asked() as screener:
        return in_english(data, screener.law)


def change_told(body: Mapping[str, Any]) -> dict[str, Any]:
    """A change under a finding in the language that is spoken, with its outcome as lines of text (`rows`)."""
    if language() == "zh":
        return {**body, "rows": [outcome_text(row) for row in body["outcome"]]}
    from greenrule.web.engine import engine

    with engine().asked() as screener:
        told = since_in_english(body, screener.law)
    return {**told, "rows": [outcome_in_english(row) for row in told["outcome"]]}
