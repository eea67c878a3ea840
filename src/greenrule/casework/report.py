"""Render a finding as text, JSON, HTML, Word or PDF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from greenrule.core.errors import Fault, InputFault, near

if TYPE_CHECKING:
    from greenrule.casework.report_map import MapData
    from greenrule.core.tongue import Language

Format = Literal["text", "json", "html", "docx", "pdf"]
FORMATS: tuple[str, ...] = get_args(Format)


def render(
    finding: Mapping[str, Any], fmt: Format | str, *, map_data: MapData | None = None, lang: Language = "zh"
) -> bytes:
    """A finding (contract, `greenrule screen`) as the bytes of one document.

    `text`, `json` and `html` are UTF-8.  The same finding gives the same bytes, whatever the day or
    the machine, except that `pdf` and the map picture of `docx` depend on the installed Chinese font.
    `map_data` adds the locating map to `html`, `docx` and `pdf`.  `lang` is the language of all but `json`, which is the sealed finding;
    for English the finding is one that `translating.in_english` has read, and the document says that the Chinese one holds.

    Raises InputFault for an unknown format or a finding that is not a mapping, EnvironmentFault
    where a Chinese font is needed (`pdf`; `docx` with a map) and none is installed.

    >>> render({"decision": "allowed", "project": {"name": "某项目"}}, "text").decode().splitlines()[0]
    '某项目'
    """
    faults = []
    if fmt not in FORMATS:
        guess = near(str(fmt), FORMATS)
        hint = f"是否想写 {guess[0]}？" if guess else ""
        faults.append(Fault("D020", f"没有这种报告格式：{fmt}", help=f"可用格式：{'、'.join(FORMATS)}。{hint}"))
    if not isinstance(finding, Mapping):
        faults.append(Fault("D021", "判定结果应是一个 JSON 对象", help="请给出 greenrule screen 输出的判定结果。"))
    if faults:
        raise InputFault(faults)

    if fmt == "json":
        # Lone surrogates cannot be written as UTF-8: they are escaped so that the document stays readable.
        text = json.dumps(finding, ensure_ascii=False, indent=2, default=str) + "\n"
        return text.encode("utf-8", errors="backslashreplace")

    from greenrule.core.tongue import speaking

    with speaking(lang):
        return _document(finding, fmt, map_data)


def _document(finding: Mapping[str, Any], fmt: str, map_data: MapData | None) -> bytes:
    from greenrule.casework.report_view import read

    report = read(finding)
    if fmt == "text":
        from greenrule.casework.report_text import text_report

        return text_report(report).encode()
    if fmt == "html":
        from greenrule.casework.report_html import html_report

        return html_report(report, map_data).encode()
    if fmt == "docx":
        from greenrule.casework.report_docx import docx_report

        return docx_report(report, map_data)
    from greenrule.casework.report_pdf import pdf_report

    return pdf_report(report, map_data)
