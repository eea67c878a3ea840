"""Search finds every entry that has the words and no other, as a plain look through all texts does; offsets mark the words."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.packs.library.folding import BREAKS, fold, words_of
from greenrule.packs.library.search import LONGEST, Entry, Index, Text

SIGNS = st.text(alphabet="生态环境保护红线自然公园ＡaB１2，。“” \n㎡𠮷", max_size=14)
BOOK = st.lists(st.tuples(SIGNS, SIGNS), max_size=12)


def book_of(texts: list[tuple[str, str]]) -> list[Entry]:
    return [
        Entry("rule" if number % 2 else "clause", str(number), one, (Text("title", one, 2), Text("note", other, 1)))
        for number, (one, other) in enumerate(texts)
    ]


@given(BOOK, st.text(alphabet="生态环境保护红线自然公园a12 ，𠮷", max_size=8))
def test_the_words_as_written_find_what_a_plain_look_finds(texts, question):
    """The oracle folds by another way: character by character over the normal form of the whole."""
    entries = book_of(texts)
    found = Index(entries).find(question, size=100)

    def plain(text: str) -> str:
        return "".join(
            sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum() or sign in BREAKS
        )

    words = [word for word in re.split(r"[,，。、\s]", plain(question.replace(" ", "，"))) if word]
    wanted = {
        entry.id for entry in entries
        if words and all(any(word in plain(text.text) for text in entry.texts) for word in words)
    }  # fmt: skip
    if wanted:
        assert {hit.entry.id for hit in found.hits} == wanted
        assert all(hit.exact for hit in found.hits)
        assert found.total == len(wanted) == sum(found.kinds.values())
    else:
        assert not any(hit.exact for hit in found.hits)


@given(BOOK, st.text(alphabet="生态环境保护红线自然公园a12 ", max_size=6))
def test_every_mark_is_a_word_of_the_question(texts, question):
    for hit in Index(book_of(texts)).find(question, size=100).hits:
        if hit.exact:
            assert hit.snippets
            words = words_of(question)
            for piece in hit.snippets:
                for start, end in piece.marks:
                    assert 0 <= start < end <= len(piece.text)
                    marked = fold(piece.text[start:end]).text
                    assert any(word in marked for word in words)


@given(SIGNS)
def test_folding_keeps_the_way_back(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.at)
    assert list(folded.at) == sorted(folded.at)
    assert all(text[place] for place in folded.at)


def test_pages_of_hits_join_to_all_of_them(library):
    whole = library.index.find("环境", size=1000)
    parts = [
        hit.entry.id
        for skip in range(0, whole.total, 37)
        for hit in library.index.find("环境", size=37, skip=skip).hits
    ]
    assert parts == [hit.entry.id for hit in whole.hits]
    assert len({(hit.entry.kind, hit.entry.id) for hit in whole.hits}) == whole.total > 100


@pytest.mark.parametrize(
    ("question", "kind", "id"),
    [
        ("告知承诺", "clause", "sx-2024-7-measures#7"),
        ("晋环发〔2024〕7号", "instrument", "sx-2024-7-measures"),
        ("m24-24-b", "rule", "m24-24-b"),
        ("饮用水水源保护区", "place", "water_sources"),
        ("ＶＯＣｓ全流程", "clause", "sx-2024-7-air#20"),
        ("两高 汾河谷地", "clause", "sx-2024-7-measures#24"),
    ],
)
def test_what_one_looks_for_comes_first(library, question, kind, id):
    best = library.index.find(question).hits[0].entry
    assert (best.kind, best.id) == (kind, id)


def test_a_question_in_a_sentence_finds_what_is_like_it(library):
    found = library.index.find("焦化项目能不能建在河谷")
    assert found.hits
    assert not found.hits[0].exact
    assert "河谷" in found.hits[0].entry.title


def test_kinds_are_counted_whatever_is_asked_for(library):
    everything, rules = library.index.find("焦化"), library.index.find("焦化", kinds=["rule"], size=500)
    assert rules.kinds == everything.kinds
    assert rules.total == everything.kinds["rule"] == len(rules.hits)
    inside = library.index.find("焦化", within={"instrument": "sx-2024-7-air"}, size=500)
    assert {hit.entry.more["instrument"] for hit in inside.hits} == {"sx-2024-7-air"}


@pytest.mark.parametrize("question", ["", "   ", "，。！", "\x00", "𠮷" * 5000, "龘" * (LONGEST * 50), "%_'\"\\*"])
def test_strange_questions_find_nothing_and_break_nothing(library, question):
    assert library.index.find(question).total == 0


def test_every_field_and_kind_has_a_name(library):
    from greenrule.packs.library.entries import FIELDS, SORTS

    assert set(library.index.kinds) <= set(SORTS)
    assert {text.name for entry in library.index.entries for text in entry.texts} <= set(FIELDS)
