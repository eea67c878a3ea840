"""Reports: nothing of a finding is lost, nothing in it can act, and the same finding is the same document."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from greenrule.casework.report import render
from greenrule.casework.report_map import MapData, map_svg
from greenrule.core.errors import EnvironmentFault, InputFault

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden" / "reports"
NAMES = ("qingxu-coking", "xinfu-solar")
MAP = MapData(
    site_points=[(112.33, 37.58)],
    units=[([[(112.3, 37.55), (112.36, 37.55), (112.36, 37.61), (112.3, 37.61), (112.3, 37.55)]], "key", "ZH14012120001", "清徐县某单元", True)],
    outline=[([[(110, 34), (115, 34), (115, 41), (110, 41), (110, 34)]], "山西省")], source="测试", demo=True,
)  # fmt: skip


def finding(name: str) -> dict:
    """A stored finding of the demonstration workspace."""
    return json.loads((HERE / "data" / f"{name}.json").read_text(encoding="utf-8"))


def has_font() -> bool:
    """Whether this machine can set Chinese."""
    from greenrule.casework.report_pdf import find_fonts

    try:
        return bool(find_fonts())
    except EnvironmentFault:
        return False


def docx_text(data: bytes) -> str:
    """All text of a Word document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode("utf-8"))


def golden(name: str, text: str) -> None:
    """Compare with the kept text, or keep it (GREENRULE_UPDATE_GOLDEN=1)."""
    path = GOLDEN / name
    if os.environ.get("GREENRULE_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_text_report_is_as_it_was(name):
    """Golden, line by line."""
    golden(f"{name}.txt", render(finding(name), "text").decode())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_as_it_was(name):
    """Golden; style, script and map are left out, they have tests of their own."""
    page = render(finding(name), "html").decode()
    page = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    golden(f"{name}.html", re.sub(r"sha256-[\w+/=]+'", "sha256-…'", page))


@pytest.mark.parametrize("name", NAMES)
def test_the_word_document_is_as_it_was(name):
    """Golden text of the document."""
    with zipfile.ZipFile(io.BytesIO(render(finding(name), "docx"))) as archive:
        xml = archive.read("word/document.xml").decode("utf-8")
    lines = [re.sub(r"<[^>]+>", "", part) for part in xml.split("</w:p>")]
    golden(f"{name}.docx.txt", "\n".join(line for line in lines if line.strip()) + "\n")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fmt", ["text", "html", "docx"])
def test_nothing_is_lost(name, fmt):
    """Every rule, every clause, every question, the digest and the demonstration mark appear."""
    found = finding(name)
    data = render(found, fmt)
    text = docx_text(data) if fmt == "docx" else re.sub(r"<[^>]+>", "", data.decode())
    flat = re.sub(r"\s+", "", text)
    for reason in found["reasons"]:
        assert reason["rule"] in flat
        assert all(re.sub(r"\s+", "", cite["clause_label"]) in flat for cite in reason["cites"] if cite["clause_label"])
    for item in found["missing"]:
        assert item["fact"] in flat
        assert re.sub(r"\s+", "", item["question"]) in flat
    assert found["digest"] in flat
    assert "演示数据（非官方）" in flat


@pytest.mark.parametrize("fmt", ["text", "html", "docx", "json"])
def test_the_same_finding_is_the_same_document(fmt):
    """Byte for byte, twice."""
    assert render(finding(NAMES[0]), fmt) == render(finding(NAMES[0]), fmt)


HOSTILE = '<script>alert(1)</script> #import "x" $x^2$ \\u{202e} {{7*7}} {%set a%} & "引号" \x00\x1f'


@pytest.mark.parametrize("fmt", ["html", "docx", "text"])
def test_hostile_words_stay_words(fmt):
    """Names, titles and notes of a finding are text, whatever they contain."""
    found = finding(NAMES[1])
    found["title"] = found["project"]["name"] = HOSTILE
    found["reasons"][0]["note"] = HOSTILE
    data = render(found, fmt)
    if fmt == "html":
        page = data.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{7*7}}" in page
    elif fmt == "docx":
        assert "&lt;script&gt;alert(1)" in docx_text(data)
    else:
        assert "<script>alert(1)</script>" in data.decode()


def test_the_page_needs_no_other_host():
    """Nothing is fetched: no address but those of XML name spaces."""
    page = render(finding(NAMES[0]), "html", map_data=MAP).decode()
    addresses = set(re.findall(r"https?://[\w./-]+", page)) - {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }

    assert addresses == set()


def test_the_map_marks_demonstration_data():
    """On the picture itself."""
    assert "演示数据" in map_svg(MAP)
    assert "演示数据" not in map_svg(MapData(site_points=[(112.33, 37.58)]))


def test_a_pdf_is_set_and_is_the_same_twice():
    """A4 pages with the map; needs a Chinese font."""
    if not has_font():
        pytest.skip("no Chinese font on this machine (Debian: fonts-noto-cjk)")
    found = finding(NAMES[1])
    found["title"] = HOSTILE
    pdf = render(found, "pdf", map_data=MAP)

    assert pdf.startswith(b"%PDF")
    assert pdf == render(found, "pdf", map_data=MAP)


def test_without_a_chinese_font_pdf_says_what_to_install(monkeypatch):
    """An environment fault, exit code 3."""
    from greenrule.casework import report_pdf

    report_pdf.find_fonts.cache_clear()
    monkeypatch.setattr(report_pdf, "_by_fontconfig", lambda: ())
    monkeypatch.setattr(report_pdf, "_FOLDERS", ())
    with pytest.raises(EnvironmentFault) as caught:
        render(finding(NAMES[0]), "pdf")
    report_pdf.find_fonts.cache_clear()

    assert (caught.value.exit_code, caught.value.faults[0].code) == (3, "D022")


def test_an_unknown_format_is_refused():
    """With the formats there are."""
    with pytest.raises(InputFault, match="D020"):
        render(finding(NAMES[0]), "rtf")


@pytest.mark.parametrize(
    "key",
    [
        "units",
        "reasons",
        "missing",
        "doubts",
        "conflicts",
        "obligations",
        "versions",
        "project",
        "eia",
        "permit",
        "quota",
    ],
)
def test_a_finding_without_a_part_still_renders(key):
    """Findings of other programs may be shorter."""
    found = finding(NAMES[0])
    del found[key]
    for fmt in ("text", "html", "docx"):
        assert render(found, fmt)


def test_what_is_known_of_an_open_verdict_is_said_first():
    from greenrule.casework.report_view import read
    from greenrule.core.tongue import speaking

    raw = json.loads(json.dumps(finding(NAMES[0])))
    restricting = [item for item in raw["reasons"] if item["decision"] == "access" and item["state"] == "true"]
    raw["decision"] = "undetermined"
    for item in restricting:
        item["value"] = "restricted"
    assert restricting
    told = render(raw, "text").decode().replace("\n", "").replace(" ", "")
    assert f"已有{len(restricting)}条规定成立，限制准入" in told
    with speaking("en"):
        assert read(raw).lead.startswith(f"{len(restricting)} rules hold already")
    for item in restricting:
        item["state"] = "false"
    assert "现有事实不足以得出结论" in render(raw, "text").decode().replace("\n", "").replace(" ", "")
