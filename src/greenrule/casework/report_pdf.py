"""The report as PDF, set by typst from a template of ours; the finding goes in as data, never as markup."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.casework.report_html import template_text
from greenrule.casework.report_model import Report
from greenrule.casework.report_reasons import gap_text
from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.core.tongue import said

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData

#: Chinese families that set a report well, the best first.
FAMILIES = (
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "SimSun",
    "AR PL UMing CN",
)
_SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "SimHei", "Noto Serif CJK SC")
_LATIN = ("Times New Roman", "Liberation Serif")
#: Of typst itself: English is not set in the wide quotation marks of a Chinese font where the machine has no Latin one.
_LATIN_EMBEDDED = ("Libertinus Serif",)
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_FILES = ("NotoSerifCJK", "NotoSansCJK", "SourceHan", "wqy", "simsun", "simhei", "uming", "PingFang")
#: What a template says in its own words.
_SAID = re.compile(r"""\b(?:said|filled)\("([^"]+)"(?:, "([^"]+)")?""")
HELP = "安装一种中文字体，例如 Debian：apt-get install fonts-noto-cjk；或改用 --format html"


@cache
def find_fonts() -> tuple[str, ...]:
    """Chinese font families of this machine, the best first; EnvironmentFault D022 where there is none."""
    found = _by_fontconfig()
    if not found:
        folders = [Path(os.path.expanduser(folder)) for folder in _FOLDERS]
        if any(
            path.name.startswith(_FILES)
            for folder in folders
            if folder.is_dir()
            for path in folder.rglob("*")
            if path.is_file()
        ):
            found = FAMILIES
    if not found:
        raise EnvironmentFault(Fault("D022", "没有找到中文字体，排不出 PDF 和地图图片", None, HELP))
    return found


def _by_fontconfig() -> tuple[str, ...]:
    try:
        listed = subprocess.run(
            ["fc-list", ":lang=zh", "family"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    names = {name.strip() for line in listed.splitlines() for name in line.split(",")}
    return tuple(name for name in dict.fromkeys((*FAMILIES, *_SANS)) if name in names)


def svg_png(svg: str, pixels_per_point: float = 2.0) -> bytes:
    """An SVG picture as PNG; EnvironmentFault where no Chinese font is installed."""
    import typst

    fonts = find_fonts()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "map.svg").write_text(svg, encoding="utf-8")
        (root / "page.typ").write_text(
            '#set page(width: auto, height: auto, margin: 0pt)\n#set text(font: json("fonts.json"))\n#image("map.svg")\n',
            encoding="utf-8",
        )
        (root / "fonts.json").write_text(json.dumps(fonts), encoding="utf-8")
        png = typst.compile(root / "page.typ", root=root, format="png", ppi=72 * pixels_per_point)
    assert isinstance(png, bytes)
    return png


def pdf_report(report: Report, map_data: MapData | None = None) -> bytes:
    """The whole report as PDF/A-less plain PDF, A4; EnvironmentFault where no Chinese font is installed."""
    import typst

    fonts = find_fonts()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        if map_data is not None:
            from greenrule.casework.report_map import map_svg

            (root / "map.svg").write_text(map_svg(map_data, 900, 560), encoding="utf-8")
        template = template_text("report.typ")
        data = {
            "report": _plain(report),
            "words": {
                f"{sense}：{text}" if sense else text: said(text, sense) for text, sense in _SAID.findall(template)
            },
            "map": map_data is not None,
            "serif": [*_LATIN, *(_LATIN_EMBEDDED if report.language != "zh" else ()), *fonts],
            "sans": [f for f in _SANS if f in fonts] or list(fonts),
        }
        (root / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        (root / "report.typ").write_text(template, encoding="utf-8")
        # A fixed clock: the same finding is the same PDF.
        pdf = typst.compile(root / "report.typ", root=root, format="pdf", timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf


def _plain(report: Report) -> dict[str, Any]:
    """The report as data for the template; brief entries get their gap texts."""
    out = json.loads(
        json.dumps(asdict(report), ensure_ascii=False, default=str).encode("utf-8", "replace").decode("utf-8")
    )
    for name in ("pending", "not_met"):
        for group, source in zip(out[name], getattr(report, name), strict=True):
            for clause, origin in zip(group["clauses"], source.clauses, strict=True):
                for reason, item in zip(clause["reasons"], origin.reasons, strict=True):
                    reason["gap"] = gap_text(item) or ""
    out["question_count"], out["pending_count"] = report.question_count, report.pending_count
    plain: dict[str, Any] = out
    return plain
