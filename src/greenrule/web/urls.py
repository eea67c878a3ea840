"""Addresses of the server."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from greenrule.web import pages, tiles
from greenrule.web.api import api
from greenrule.web.ogc.views import ogc

urlpatterns = [
    path("", pages.front, name="front"),
    path("ask", pages.ask, name="ask"),
    path("f/<str:name>", pages.finding, name="finding"),
    path("f/<str:name>/report.<str:fmt>", pages.report, name="report"),
    path("f/<str:name>/qr.svg", pages.code, name="code"),
    path("tiles/layers.json", tiles.layers, name="layers"),
    path("tiles/<str:layer>/<str:digest>/<int:z>/<int:x>/<int:y>.mvt", tiles.tile, name="tile"),
    path("ogc", ogc, name="ogc"),
    path("ogc/", ogc),
    path("ogc/<path:rest>", ogc),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler404 = "greenrule.web.pages.missing"
handler500 = "greenrule.web.pages.failed"
