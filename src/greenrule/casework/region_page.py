"""The answers of `where` and `route` as one self-contained page with its map, and the map alone as a picture."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from greenrule.casework.region_map import TRACKS, RegionMap, region_svg
from greenrule.casework.report_html import template_text
from greenrule.casework.report_words import DECISION, ZONE_CLASS
from greenrule.casework.siting_table import NEAR, clause, not_listed
from greenrule.casework.writing import write_picture

#: Order in which the page names decisions.
_DECISIONS = {word: DECISION[word] for word in ("allowed", "restricted", "undetermined", "prohibited")}


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(template_text("region.html.j2"))


def where_page(answer: dict[str, Any], picture: RegionMap) -> bytes:
    """The answer of `siting_table.plain` as an HTML page (UTF-8); nothing is fetched, every value is escaped."""
    lead = f"{answer['on']} 的规定，共问 {answer['area_km2']:,.0f} 平方公里。答的是点：占地的项目须整块落在可以的地方。"
    return _page(
        "在哪里可以建",
        lead,
        {**answer, "routes": None, "remarks": ()},
        picture,
        "各条款所占的面积可以重叠，合计只算一次。",
    )


def route_page(answer: dict[str, Any], picture: RegionMap) -> bytes:
    """The answer of `routing_table.plain` as an HTML page (UTF-8), the routes or the barrier."""
    lead = f"{answer['on']} 的规定；{answer['cell_m']:g} 米格网求线，按图层原形核对，绝不穿过禁止的地方。"
    return _page(
        "线路怎么走", lead, answer, picture, "走法的权重是本软件的，不是法定数值；各段的条款和长度按图层原形。"
    )


def _page(kind: str, lead: str, answer: dict[str, Any], picture: RegionMap, foot: str) -> bytes:
    from markupsafe import Markup

    # Two drawings of one map: a phone gets the upright one, with the legend under it.
    wide = region_svg(picture, 880, key="land").replace("<svg ", '<svg class="wide" ', 1)
    narrow = region_svg(picture, 360, key="land-narrow").replace("<svg ", '<svg class="narrow" ', 1)
    approvals: dict[str, Any] = {}
    for route in answer["routes"] or ():
        for item in route["approvals"]:
            approvals.setdefault(item["rule"], item)
    page: str = _template().render(
        kind=kind, lead=lead, answer=answer, foot=foot, approvals=list(approvals.values()), clause=clause, near=NEAR,
        not_listed=not_listed(answer) if answer["routes"] is None else "",
        zone_class=ZONE_CLASS, decisions=_DECISIONS, tracks=TRACKS, map=Markup(wide + narrow),
        style=Markup(template_text("report.css")),
    )  # fmt: skip
    return page.encode()


def write_map(path: Path, picture: RegionMap) -> None:
    """The map alone, as .svg or .png (twice as many pixels; D022 where no Chinese font is installed).

    Errors: M001 for another ending; D001 where it cannot be written.
    """
    write_picture(path, region_svg(picture, 880))
