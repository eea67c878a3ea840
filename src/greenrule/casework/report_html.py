"""The report as one self-contained page: style, script and map inside, nothing fetched, every value escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from greenrule.casework.report_model import Report
from greenrule.casework.report_reasons import gap_text
from greenrule.core.tongue import said

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData

# On paper a folded list is lost, and a link to an entry of a folded list must unfold it.
_SCRIPT = """
const open=()=>document.querySelectorAll("details").forEach(d=>d.open=true);
const show=()=>{const e=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1)));
const d=e&&e.closest("details");if(d){d.open=true;e.scrollIntoView()}};
addEventListener("beforeprint",open);addEventListener("hashchange",show);show();
""".strip()


def template_text(name: str) -> str:
    """The text of a file that ships in `templates/`."""
    return (files("greenrule.casework") / "templates" / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(template_text("report.html.j2"))


def script_hash() -> str:
    """By what a content security policy allows the page's own script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()


def html_report(report: Report, map_data: MapData | None = None) -> str:
    """The whole report as an HTML page, verdict first, the long lists folded at the end.

    A content security policy inside the page forbids everything but the page's own style and script.
    """
    from markupsafe import Markup

    pictures = ""
    if map_data is not None:
        from greenrule.casework.report_map import map_svg

        # Two drawings of one map: a phone gets the upright one, with the legend under it.
        wide = map_svg(map_data, 880, 520, key="map").replace("<svg ", '<svg class="wide" ', 1)
        narrow = map_svg(map_data, 360, 600, key="map-narrow").replace("<svg ", '<svg class="narrow" ', 1)
        pictures = wide + narrow
    return str(
        _template().render(
            report=report,
            map=Markup(pictures),
            style=Markup(template_text("report.css")),
            script=Markup(_SCRIPT),
            script_hash=script_hash(),
            gap_text=gap_text,
            _=said,
            lang="zh-CN" if report.language == "zh" else report.language,
        )
    )
