from __future__ import annotations

from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.packs.book import load_book
from greenrule.packs.citing import by_clause, citations
from greenrule.packs.documents.binding import Bound, bind, check_documents, document_files
from greenrule.packs.documents.difference import compare_registered
from greenrule.packs.documents.writing import entries
from greenrule.packs.instruments import Instruments, load_instruments

TEXT = (
    "某厅文件\n某〔2024〕1号\n某厅关于某事的通知\n各市：\n现将某事印发。\n2024年1月2日\n（此件公开发布）\n某事方案\n为做好某事，制定本方案。\n"
    "一、甲\n（一）各地建立台账，按月报送。\n（二）新建项目清洁运输比例不低于80%。\n各级部门加强领导。\n"
)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """The document of instrument x-1."""
    path = tmp_path / "原文" / "a.txt"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def registered(pack: Path, text: Path) -> Instruments:
    """The tiny pack with the clauses of the document registered."""
    path = pack / "instruments" / "x-1.yaml"
    head = path.read_text(encoding="utf-8").partition("clauses:")[0] + "closing: 各级部门\n"
    path.write_text(head + "clauses: []\n", encoding="utf-8")
    found = entries(bind(text, load_instruments([pack])))
    path.write_text(head + found.replace('id: "s1.c1"', 'id: "1"').replace('id: "s1.c2"', 'id: "2"'), encoding="utf-8")
    return load_instruments([pack])


def faults(pack: Path, *bounds: Bound) -> list[str]:
    """Codes of what a check finds."""
    return [fault.code for fault in check_documents(bounds, by_clause(citations(load_book([pack]))))]


def test_what_was_registered_is_found_again(pack: Path, text: Path, registered: Instruments) -> None:
    bound = bind(text, registered)
    assert (bound.instrument, bound.how) == (registered["x-1"], "number")
    assert [(id, passage.anchor) for id, passage in bound.passages.items()] == [
        ("preamble", "preamble"), ("s1", "s1"), ("1", "s1.c1"), ("2", "s1.c2"), ("closing", "closing"),
    ]  # fmt: skip
    assert faults(pack, bound) == []


def test_recognised_by_title_or_by_what_it_holds(text: Path, registered: Instruments) -> None:
    text.write_text(TEXT.replace("某〔2024〕1号\n", "").replace("某事方案", "某文件"), encoding="utf-8")
    assert bind(text, registered).how == "title"
    text.write_text(TEXT[TEXT.index("一、甲") :], encoding="utf-8")
    assert bind(text, registered).how == "text"
    text.write_text("一、甲\n（一）完全是另一回事。\n（二）又是另一回事。", encoding="utf-8")
    assert bind(text, registered).instrument is None
    # Another number is another document, whatever it is called.
    text.write_text(TEXT.replace("1号", "9号").replace("某事方案", "某文件")[: TEXT.index("一、甲")], encoding="utf-8")
    assert bind(text, registered).instrument is None


def test_a_clause_that_drifted_is_named_with_who_cites_it(pack: Path, text: Path, registered: Instruments) -> None:
    text.write_text(TEXT.replace("按月", "按季"), encoding="utf-8")
    bound = bind(text, registered)
    found = list(check_documents([bound], by_clause(citations(load_book([pack])))))
    assert [(fault.code, fault.place and fault.place.line) for fault in found] == [("BND010", 10), ("BND010", 11)]
    assert "x-1#1（（一））" in found[1].message
    assert "规则 x-a" in found[1].message
    assert "参数 limit" in found[1].message


def test_a_clause_gone_and_one_that_is_new(pack: Path, text: Path, registered: Instruments) -> None:
    text.write_text(TEXT.replace("（二）新建", "（三）新建"), encoding="utf-8")
    bound = bind(text, registered)
    assert faults(pack, bound) == ["BND010", "BND011", "BND012"]
    assert [note.code for note in bound.document.notes] == ["DOC011"]


def test_documents_that_cannot_be_told_or_come_twice(pack: Path, text: Path, registered: Instruments) -> None:
    other = text.parent / "b.txt"
    other.write_text("一、甲\n（一）别的事。", encoding="utf-8")
    again = text.parent / "c.txt"
    again.write_text(TEXT, encoding="utf-8")
    bounds = [bind(path, registered) for path in document_files([text.parent])]
    assert faults(pack, *bounds) == ["BND013", "BND014"]


def test_a_number_twice_in_the_document_is_told_by_the_check_too(
    pack: Path, text: Path, registered: Instruments
) -> None:
    text.write_text(TEXT.replace("各级部门", "（二）又一条。\n各级部门"), encoding="utf-8")
    assert faults(pack, bind(text, registered)) == ["DOC010", "BND010", "BND012"]


def test_entries_keep_what_is_registered(pack: Path, text: Path, registered: Instruments) -> None:
    text.write_text(TEXT.replace("按月", "按季").replace("各级", "（三）新的一条。\n各级"), encoding="utf-8")
    told = entries(bind(text, registered))
    assert 'id: "1", label: （一）, heading: （待拟' in told
    assert 'id: "s1.c3", label: （三）' in told
    path = pack / "instruments" / "x-1.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("clauses:")[0] + told, encoding="utf-8")
    assert faults(pack, bind(text, load_instruments([pack]))) == []


def test_against_hashes_alone(text: Path, registered: Instruments) -> None:
    text.write_text(
        TEXT.replace("按月", "按季").replace("（二）新建", "（二）插入的一条。\n（三）新建"), encoding="utf-8"
    )
    found = compare_registered(bind(text, registered).document, registered["x-1"])
    assert [(change.what, change.clause) for change in found if change.what != "same"] == [
        ("unclear", "s1"), ("changed", "1"), ("new", None), ("moved", "2"),
    ]  # fmt: skip
    assert all(not change.words for change in found if change.what == "changed")


def test_no_instrument_of_that_name_and_no_documents(text: Path, registered: Instruments, tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="P023"):
        bind(text, registered, "x-2")
    (tmp_path / "leer").mkdir()
    with pytest.raises(InputFault, match="DOC001"):
        document_files([tmp_path / "leer"])


def test_an_anchor_twice_in_an_instrument(pack: Path) -> None:
    path = pack / "instruments" / "x-1.yaml"
    more = "  - {id: '2', label: 第2条, anchor: c1}\n  - {id: '3', label: 第3条, anchor: c1}\n"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(InputFault, match="P030"):
        load_instruments([pack])
