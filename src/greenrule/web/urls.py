"""Addresses of the server."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from greenrule.web import law_pages, pages, shell, subscribing, tiles
from greenrule.web.accounts import views
from greenrule.web.api import api
from greenrule.web.ogc.views import ogc

urlpatterns = [
    path("", shell.app, name="front"),
    re_path(rf"^(?P<path>(?:{'|'.join(shell.ROOMS)})(?:/.*)?)$", shell.app, name="app"),
    path("sw.js", shell.worker, name="worker"),
    path("plain", pages.front, name="plain"),
    path("plain/ask", pages.ask, name="plain-ask"),
    path("f/<str:name>", pages.finding, name="finding"),
    path("f/<str:name>/report.<str:fmt>", pages.report, name="report"),
    path("f/<str:name>/qr.svg", pages.code, name="code"),
    path("f/<str:name>/watch", subscribing.finding, name="watch-finding"),
    path("watch", subscribing.ask, name="watch"),
    path("watch/confirm/<str:token>", subscribing.confirm, name="watch-confirm"),
    path("watch/list/<str:token>", subscribing.listed, name="watch-list"),
    path("watch/end/<str:token>", subscribing.end, name="watch-end"),
    path("plain/law", law_pages.documents, name="law-documents"),
    path("plain/law/search", law_pages.search, name="law-search"),
    path("plain/law/<str:name>", law_pages.document, name="law-document"),
    path("plain/law/<str:name>/<str:clause>", law_pages.clause, name="law-clause"),
    path("tiles/layers.json", tiles.layers, name="layers"),
    path("tiles/<str:layer>/<str:digest>/<int:z>/<int:x>/<int:y>.mvt", tiles.tile, name="tile"),
    path("ogc", ogc, name="ogc"),
    path("ogc/", ogc),
    path("ogc/<path:rest>", ogc),
    path("api/v1/", api.urls),
    path("accounts/tokens/", views.tokens, name="tokens"),
    path("accounts/language/", views.language, name="language"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler404 = "greenrule.web.pages.missing"
handler400 = "greenrule.web.refusals.unreadable"
handler403 = "greenrule.web.refusals.denied"
handler429 = "greenrule.web.refusals.throttled"
handler500 = "greenrule.web.refusals.failed"
