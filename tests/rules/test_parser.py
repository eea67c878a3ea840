"""What the parser accepts, and where it points when it does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.rules.nodes import Amount, And, Compare, Fact, In, Not, Or, Under
from greenrule.rules.parser import parse, parse_expression
from greenrule.rules.render import expression_text
from tests.strategies import expressions

RULE = """rule x-1 "标题"
  subject project
  when {when}
  effect prohibit access
  then "不予准入"
  strength mandatory
  cites a#1
"""


def faults_of(text: str) -> list[str]:
    """Faults of a text, each as its first line."""
    faults: list = []
    parse(text, "a.rules", faults)
    return [str(fault).splitlines()[0] for fault in faults]


@given(node=expressions)
@settings(max_examples=300, deadline=None)
def test_what_is_written_parses_to_the_same_tree(node):
    """Rendering to text and back is the identity, up to flattening that the text cannot show."""
    text = expression_text(node)
    again = parse_expression(text, "a.rules", [])

    assert again is not None
    assert expression_text(again) == text


def test_precedence_of_or_and_not():
    """`not` binds tightest, then `and`, then `or`."""
    assert parse_expression("a or not b and c", "x", []) == Or((Fact("a"), And((Not(Fact("b")), Fact("c")))))


def test_quantities_codes_and_memberships():
    """The atoms of the language."""
    assert parse_expression("mass >= 90 万吨/年", "x", []) == Compare(">=", Fact("mass"), Amount(90, "万吨/年"))
    assert parse_expression("industry under {061, 062, C}", "x", []) == Under("industry", ("061", "062", "C"))
    assert parse_expression("industry under @heavy", "x", []) == Under("industry", (), (), "heavy")
    assert parse_expression("nature is not new", "x", []) == Not(In("nature", ("new",)))
    assert parse_expression("nature not in {new, expand}", "x", []) == Not(In("nature", ("new", "expand")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rool x "t"', "R003 a.rules:1:1 条目应以 `rule` 或 `define` 开头，却是 `rool`"),
        (RULE.format(when="a and"), "R002 a.rules:4:3 此处应为表达式，却是 `effect`"),
        (RULE.format(when="(a or b"), "R002 a.rules:4:3 此处应为 `)`，却是 `effect`"),
        (RULE.format(when="mass ≥ 3 吨"), "R001 a.rules:3:13 这里不认识字符 `≥`"),
        (RULE.format(when="a").replace("prohibit", "forbid"), "R006 a.rules:4:10 不认识的动词 `forbid`"),
        (RULE.format(when="a").replace("mandatory", "strict"), "R006 a.rules:6:12 不认识的力度 `strict`"),
        (RULE.format(when="a").replace("  strength mandatory\n", ""), "R005 a.rules:1:6 规则 `x-1` 缺少 `strength`"),
        (RULE.format(when="a") + "  in_force 2024-02-30 ..", "R007 a.rules:8:12 没有这一天：2024-02-30"),
        (RULE.format(when="a") + '  then "再说"', "R004 a.rules:8:3 规则 `x-1` 里 `then` 写了两次"),
    ],
)
def test_complaints_name_line_and_column(text, said):
    """Code, place and what is wrong."""
    assert said in faults_of(text)


def test_one_run_names_all_faults():
    """The parser recovers at the next rule."""
    text = RULE.format(when="a and") + RULE.format(when="b") + RULE.format(when="mass >")
    faults: list = []
    source = parse(text, "a.rules", faults)

    assert (len(faults), len(source.rules)) == (2, 1)


@given(text=st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_parser(text):
    """Garbage gives faults, never an exception."""
    parse(text, "a.rules", [])
    parse('rule a "b" when ' + text, "a.rules", [])
