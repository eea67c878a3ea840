"""Documents with every kind of noise give the same clauses, under the same anchors, with the same hashes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.packs.documents.lines import RawText
from greenrule.packs.documents.parse import parse_document, read_document
from greenrule.packs.documents.textfile import read_text_file
from greenrule.packs.documents.tree import Document
from greenrule.packs.documents.writing import clean_text
from tests.packs.documents import paper

ANY = settings(max_examples=30)
FEW = settings(max_examples=12)


def parse(text: str | bytes, closing: str | None = None) -> Document:
    """A document from the text of a TXT file."""
    data = text.encode() if isinstance(text, str) else text
    return parse_document(read_text_file(data, Path("x.txt")), "x.txt", closing)


def told(document: Document, paragraphs: bool = True) -> dict[str, str]:
    """Anchor → hash."""
    return {passage.anchor: passage.sha256 for passage in document if paragraphs or passage.kind != "p"}


def plain(nodes: list[paper.Node]) -> str:
    """The document as nobody ever gets it: a line per paragraph."""
    return "\n".join([*paper.FRONT, *paper.paragraphs(nodes), *paper.TAIL])


@ANY
@given(paper.papers())
def test_every_clause_is_found_and_nothing_else(nodes: list[paper.Node]) -> None:
    document = parse(plain(nodes))
    found = [passage for passage in document if passage.kind not in ("p", "preamble")]
    wanted = [(anchor, node) for top in nodes for anchor, node in top.walk()]
    assert [passage.anchor for passage in found] == [anchor for anchor, _ in wanted]
    for passage, (_, node) in zip(found, wanted, strict=True):
        assert passage.heading == (node.heading or None)
        assert [item for item in passage.body if isinstance(item, str)] == node.paragraphs
    assert (document.number, document.title) == ("某环发〔2031〕15号", "某某行动方案")
    assert (document.notes, document.faults) == ((), ())
    assert document.tail == paper.TAIL
    assert document.by_anchor["preamble"].text == "为做好有关工作，制定本方案。"


@ANY
@given(paper.papers(), st.integers(18, 40), st.integers(8, 40), st.sampled_from(paper.MARKS), st.booleans())
def test_a_printed_page_changes_nothing(nodes: list[paper.Node], width: int, rows: int, mark, spaced: bool) -> None:  # type: ignore[no-untyped-def]
    lines = paper.wrapped(paper.paragraphs(nodes), width, indent=True)
    # A running head is known by coming on several pages.
    page = paper.with_pages(lines, rows if mark is not paper.MARKS[-1] else min(rows, 1 + len(lines) // 5), mark)
    noisy = ("\n\n" if spaced else "\n").join([*paper.FRONT, *page, *paper.TAIL])
    assert told(parse(noisy)) == told(parse(plain(nodes)))


@ANY
@given(
    paper.papers(paragraphs=1), st.integers(18, 40), st.integers(8, 40), st.sampled_from(paper.MARKS[:5]), st.booleans()
)
def test_a_copy_without_indents_keeps_the_clauses(
    nodes: list[paper.Node], width: int, rows: int, mark, spaced: bool
) -> None:  # type: ignore[no-untyped-def]
    # Whether a full line ends a paragraph cannot be told then; where each clause has one, nothing depends on it.
    lines = paper.wrapped(paper.paragraphs(nodes), width, indent=False)
    page = paper.with_pages(lines, rows, mark)
    noisy = ("\n\n" if spaced else "\n").join([*paper.FRONT, *page, *paper.TAIL])
    assert told(parse(noisy), False) == told(parse(plain(nodes)), False)


@FEW
@given(paper.papers(), st.integers(0, 99))
def test_characters_set_otherwise_change_nothing(nodes: list[paper.Node], seed: int) -> None:
    text = plain(nodes)
    for noisy in (
        paper.full_width(text),
        paper.half_punctuation(text),
        paper.blanks(text, seed),
        text.replace("\n", "\r\n"),
    ):
        assert told(parse(noisy)) == told(parse(text))
    for encoding in ("gb18030", "utf-8-sig", "utf-16"):
        assert told(parse(text.encode(encoding))) == told(parse(text))


@ANY
@given(paper.papers(), st.integers(20, 40), st.sampled_from(paper.MARKS[:5]))
def test_reading_what_was_written_gives_the_same(nodes: list[paper.Node], width: int, mark) -> None:  # type: ignore[no-untyped-def]
    noisy = "\n".join(
        paper.with_pages([*paper.FRONT, *paper.wrapped(paper.paragraphs(nodes), width, True), *paper.TAIL], 20, mark)
    )
    once = parse(noisy)
    again = parse(clean_text(once))
    assert told(again) == told(once)
    assert clean_text(again) == clean_text(once)
    assert (again.number, again.title, again.tail) == (once.number, once.title, once.tail)


@ANY
@given(paper.papers(), st.data())
def test_one_character_changes_its_clause_and_those_around_it_only(nodes: list[paper.Node], data) -> None:  # type: ignore[no-untyped-def]
    wanted = [(anchor, node) for top in nodes for anchor, node in top.walk() if node.paragraphs]
    anchor, node = data.draw(st.sampled_from(wanted))
    before = told(parse(plain(nodes)), False)
    node.paragraphs[-1] = "改" + node.paragraphs[-1]
    after = told(parse(plain(nodes)), False)
    assert list(after) == list(before)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if anchor == name or anchor.startswith(f"{name}.")}


# -- numbers --------------------------------------------------------------------------------------------------------
def test_a_number_twice_is_told_with_both_places_and_anchors_stay_apart() -> None:
    document = parse("一、甲\n（一）某事。\n（二）某事。\n（二）又一事。\n（三）末事。\n二、乙\n（一）某事。")
    assert [(fault.code, str(fault.place)) for fault in document.faults] == [("DOC010", "x.txt:4")]
    assert "（二）" in document.faults[0].message
    assert "x.txt:3" in document.faults[0].message
    anchors = [passage.anchor for passage in document]
    assert anchors == ["s1", "s1.c1", "s1.c2", "s1.c2@2", "s1.c3", "s2", "s2.c1"]
    assert len(set(anchors)) == len(anchors)


def test_a_number_twice_in_a_running_series_though_in_two_sections() -> None:
    document = parse(
        "一、甲\n（一）某事。\n（二）某事。\n二、乙\n（三）某事。\n三、丙\n（三）某事。\n（四）某事。\n四、丁\n（五）某事。"
    )
    assert [str(fault.place) for fault in document.faults] == ["x.txt:7"]


def test_missing_numbers_are_told() -> None:
    document = parse("一、甲\n（一）某事。\n（四）某事。\n三、乙\n1.某事。\n2.某事。")
    assert [(note.code, str(note.place)) for note in document.notes] == [("DOC011", "x.txt:4"), ("DOC011", "x.txt:3")]
    assert "缺编号 2、3" in document.notes[1].message
    assert document.faults == ()


def test_a_missing_number_after_a_full_line_is_told_too() -> None:
    body = "（一）" + "各地建立台账并按月报送有关数据" * 2 + "。"
    lines = [body[at : at + 17] for at in range(0, len(body), 17)]
    assert len(lines[-1]) == 17
    document = parse("\n".join(["一、甲", *lines, "（三）" + "又一件事情要办" * 6 + "。"]))
    assert [passage.anchor for passage in document] == ["s1", "s1.c1", "s1.c3"]
    assert [note.code for note in document.notes] == ["DOC011"]


def test_a_second_list_within_a_clause_is_no_fault() -> None:
    document = parse(
        "第一条　有下列情形之一的：\n（一）甲；\n（二）乙。\n有下列行为之一的：\n（一）丙；\n（二）丁。\n第二条　末条。"
    )
    assert document.faults == ()
    assert [note.code for note in document.notes] == ["DOC024"]
    anchors = [passage.anchor for passage in document if passage.kind != "p"]
    assert anchors == ["art1", "art1.c1", "art1.c2", "art1.c1@2", "art1.c2@2", "art2"]
    assert document.by_anchor["art1.p2"].text == "有下列行为之一的："


def test_a_reference_at_the_start_of_a_line_is_no_clause() -> None:
    first = "（一）各地按月核对台账并公开结果，逾期不报的依照本节\n（二）的办法处理，情节轻的可以约谈，涉及数据的一并移\n交，移交前先行登记保存。"
    second = paper.wrapped(["（二）" + "有关部门按各自分工抓好落实并互通情况，" * 5 + "每季通报。"], 26, False)
    document = parse("\n".join(["一、甲", first, *second]))
    assert [passage.anchor for passage in document] == ["s1", "s1.c1", "s1.c2"]
    assert document.faults == ()


# -- parts of a document --------------------------------------------------------------------------------------------
def test_chapters_articles_and_a_table_of_contents() -> None:
    text = (
        "某省某条例\n（2030年1月2日某会议通过）\n目　录\n第一章　总则\n第二章　罚则\n第一章　总则\n第一条　为了某事，制定本条例。\n"
        "第二条　下列活动适用本条例：\n（一）甲；\n（二）乙。\n国家另有规定的，从其规定。\n第二章　罚则\n第二条之一　违反第二条的，处罚。\n第三条　施行日另定。"
    )
    document = parse(text)
    assert document.faults == document.notes == ()
    assert [passage.anchor for passage in document] == [
        "ch1", "art1", "art2", "art2.p1", "art2.c1", "art2.c2", "art2.p2", "ch2", "art2-1", "art3",
    ]  # fmt: skip
    assert document.by_anchor["art2"].part_of == "ch1"
    assert document.title == "某省某条例（2030年1月2日某会议通过）"


def test_boxes_and_annexes_number_for_themselves() -> None:
    text = "一、甲\n（一）某事。\n1.小事。\n专栏1　某工程\n1.某项。\n2.某项。\n二、乙\n（一）某事。\n附件1\n某清单\n一、表一\n（一）某项。\n附件2\n一、表二"
    document = parse(text)
    assert document.faults == document.notes == ()
    assert [passage.anchor for passage in document if passage.kind != "p"] == [
        "s1", "s1.c1", "s1.c1.n1", "box1", "box1.n1", "box1.n2", "s2", "s2.c1",
        "annex1", "annex1.s1", "annex1.s1.c1", "annex2", "annex2.s1",
    ]  # fmt: skip


def test_a_notice_with_clauses_and_what_it_encloses() -> None:
    text = "关于印发某方案的通知\n各市：\n一、抓紧办理。\n二、按时报送。\n附件：1.某方案\n2.某表\n某省某厅\n2031年5月6日\n（此件公开发布）\n某方案\n一、总则\n（一）某事。\n二、分则"
    document = parse(text)
    assert document.faults == ()
    assert [note.code for note in document.notes] == ["DOC023"]
    anchors = [passage.anchor for passage in document if passage.kind != "p"]
    assert anchors == ["preamble", "s1", "s2", "annex1", "annex1.s1", "annex1.s1.c1", "annex1.s2"]
    assert document.tail[0] == "附件：1.某方案"


def test_a_signature_is_no_paragraph() -> None:
    document = parse("一、甲\n某事要办好。\n某省某厅办公室\n2031年5月6日")
    assert document.by_anchor["s1"].text == "甲\n某事要办好。"
    assert document.tail == ("某省某厅办公室", "2031年5月6日")


def test_a_final_paragraph_belongs_to_no_clause_when_told_so() -> None:
    text = "一、甲\n（一）某事要办好。\n各级部门要加强领导。"
    assert [passage.anchor for passage in parse(text)] == ["s1", "s1.c1", "s1.c1.p1", "s1.c1.p2"]
    assert [passage.anchor for passage in parse(text, "各级部门")] == ["s1", "s1.c1", "closing"]


def test_who_is_in_charge_is_not_a_paragraph_of_its_own() -> None:
    document = parse("一、甲\n1.某事要办好。\n（某厅、某局按职责分工负责）\n2.又一事。\n　　（某厅负责）")
    assert [passage.anchor for passage in document] == ["s1", "s1.n1", "s1.n2"]


def test_running_heads_of_known_pages_go() -> None:
    pages = "\f".join(
        f"某省公报 2031年第{n}期\n{text}\n{n}"
        for n, text in enumerate(["一、甲", "（一）某事。", "（二）某事。", "12"], 1)
    )
    document = parse(pages)
    assert [passage.text for passage in document if passage.anchor == "s1.c1"] == ["某事。"]
    assert document.by_anchor["s1.c2"].text == "某事。\n12"  # a number inside a page is text


def test_text_without_any_number() -> None:
    document = parse("这是一段没有编号的话。")
    assert [note.code for note in document.notes] == ["DOC025"]
    assert [passage.anchor for passage in document] == ["preamble"]


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    raw: RawText = read_text_file(("一、" + text.replace("\0", "")).encode("utf-8", "surrogatepass"), Path("x.txt")) \
        if not any("\ud800" <= c <= "\udfff" for c in text) else RawText((), "txt")  # fmt: skip
    document = parse_document(raw, "x.txt")
    anchors = [passage.anchor for passage in document]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_word_and_pdf_give_what_the_text_gives(form: str, tmp_path: Path) -> None:
    nodes = [
        paper.Node("s", 1, "总体安排", [], [paper.Node("c", n, "", [paper.SENTENCES[n] + paper.SENTENCES[n + 1]]) for n in (1, 2, 3)]),
        paper.Node("s", 2, "做好保障", [], [paper.Node("c", n, "", [paper.SENTENCES[9] * 3]) for n in (4, 5, 6, 7)]),
    ]  # fmt: skip
    lines = plain(nodes).split("\n")
    path = tmp_path / f"x.{form}"
    written = paper.write_docx(path, lines) if form == "docx" else paper.write_pdf(path, lines, "某省公报")
    document = read_document(written)
    assert document.form == form
    # PDF lines carry no indents, so paragraphs may run together; clauses do not.
    assert told(document, form == "docx") == told(parse("\n".join(lines)), form == "docx")
