"""A sentence says the rule and nothing else: it reads back to the same condition, and only to that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.rules.hearing import Hearing
from greenrule.rules.items import Definition
from greenrule.rules.misheard import misheard
from greenrule.rules.nodes import And, Applies, Compare, Fact, In, Node, Not, Or, Under
from greenrule.rules.render import Sentence
from tests.strategies import book, expressions, rule, rulebooks

BOOK = book()
SAY, HEAR = Sentence(BOOK), Hearing(BOOK)


@given(node=expressions)
@settings(max_examples=300, deadline=None)
def test_what_is_said_is_heard_as_the_same_tree(node: Node) -> None:
    """Every node of the language, nested as it may be."""
    assert HEAR.expression(SAY.say(node)) == node


@given(made=rulebooks())
@settings(max_examples=60, deadline=None)
def test_whole_sentences_are_heard(made) -> None:
    """Condition, consequence, exceptions."""
    say, hear = Sentence(made), Hearing(made)
    for item in made.rules.values():
        heard = hear.sentence(say.rule(item))
        assert heard.when == item.when
        assert heard.then == item.then
        assert set(heard.exceptions) == set(made.exceptions(item.id))
    assert list(misheard(made)) == []


def test_connectives_memberships_and_other_rules() -> None:
    """By hand, so that the words themselves are held."""
    made = book(rule("p", Fact("a")), rule("q", Applies("p")))
    hear = Hearing(made)

    assert hear.expression("a（中），且（b（中），或并非c（中））") == And((Fact("a"), Or((Fact("b"), Not(Fact("c"))))))
    assert hear.expression("colour（中）为red、blue") == In("colour", ("red", "blue"))
    assert hear.expression("industry（中）为11（11）、2（2）") == Under("industry", ("11", "2"))
    assert hear.expression("并非适用“规则p”") == Not(Applies("p"))
    assert hear.expression("准入为可或限") == In("access", ("allowed", "restricted"))
    found = hear.expression("mass（中）不小于3 万吨/年")
    assert isinstance(found, Compare)
    assert found.op == ">="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a（中），且d（中）", "R030 读到“d（中）”读不下去"),
        ("mass（中）不小于3 万顿/年", "R030 读到“万顿/年”读不下去"),
        ("", "R030 读到“”读不下去"),
    ],
)
def test_what_cannot_be_read_is_shown(text: str, said: str) -> None:
    """Where it stops, and what may be meant."""
    with pytest.raises(InputFault) as caught:
        HEAR.expression(text)
    assert str(caught.value.faults[0]).splitlines()[0].startswith(said.split("“")[0])


def test_a_sentence_has_its_frame() -> None:
    """当……时，……。"""
    with pytest.raises(InputFault) as caught:
        HEAR.sentence("如果a（中），则结果。")
    assert caught.value.faults[0].code == "R030"


def test_two_meanings_are_a_fault() -> None:
    """A title that sounds like two facts joined is found."""
    made = replace(BOOK, definitions={"both": Definition("both", "a（中），且b（中）", Fact("a"))})
    with pytest.raises(InputFault) as caught:
        Hearing(made).expression("a（中），且b（中）")
    assert caught.value.faults[0].code == "R031"


def test_titles_borne_twice_are_found() -> None:
    """Else “适用……” could mean either."""
    made = book(rule("p", Fact("a")), replace(rule("q", Fact("b")), title="规则p"))
    assert [fault.code for fault in misheard(made)] == ["R032"]


@given(text=st.text(alphabet="当时，且或并非（）为属适用“”abc中mass不小于3 吨/年。", max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_hearing(text: str) -> None:
    """Garbage gives a fault, never another exception."""
    for read in (HEAR.expression, HEAR.sentence):
        codes = {"R030", "R031"}
        try:
            read(text)
        except InputFault as fault:
            codes = {item.code for item in fault.faults}
        assert codes <= {"R030", "R031"}
