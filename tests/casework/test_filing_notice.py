"""Papers made from a finding: nothing left open is left out, and a commitment says whether it applies."""

from __future__ import annotations

import io

import greenrule
from greenrule.casework.filing_notice import commitment, notice, publication
from greenrule.casework.filing_procedure import procedure_for
from greenrule.casework.filingcase import filing_law
from greenrule.casework.paper import Paper, lay_out


def words(paper: Paper) -> str:
    """All that a paper says, on one line."""
    return "".join(part.text for part in paper.parts)


FINDING = greenrule.screen({"name": "某焦化", "on": "2026-11-21", "industry": "2521", "nature": "new"})


def test_the_notice_names_every_question_that_bears_on_the_filing():
    text = words(notice(FINDING))
    asked = [item for item in FINDING["missing"] if "access" in item["affects"] or "eia.form" in item["affects"]]
    assert asked
    assert all(item["question"] in text for item in asked)
    assert all(duty["text"] in text for duty in FINDING["obligations"])
    assert FINDING["digest"] in text


def test_the_notice_says_how_it_goes_on_and_within_which_periods():
    steps = procedure_for({**FINDING, "eia": {"form": "book"}})
    text = words(notice(FINDING, steps, ["承办单位：某局", "首问责任人：某局 张三（2026-11-21 收件）"]))
    law = filing_law()
    book = law.kinds["eia_book"]
    assert FINDING["permit"]["class"] == "key"
    for limit in (law.tell_once, book.decide, *book.publish.values(), law.kinds["permit_key"].decide):
        assert f"{limit.days} " in text
    assert text.count("时限凭记忆录入，请核对原文") == 5
    assert "环境影响评价法》" in text
    assert "首问责任人：某局 张三" in text
    # A project that needs neither is told of neither.
    assert procedure_for({**FINDING, "eia": {}, "permit": {}}) == []
    assert "办理流程" not in words(notice({**FINDING, "eia": {}, "permit": {}}, []))


def test_a_commitment_that_the_finding_does_not_know_of_says_so():
    assert "没有认定本项目适用告知承诺制" in words(commitment(FINDING))
    allowed = {**FINDING, "eia": {**FINDING["eia"], "routes": ["commitment"]}}
    assert "没有认定" not in words(commitment(allowed))


def test_the_word_file_holds_the_same_words():
    from docx import Document

    paper = notice(FINDING)
    whole = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(lay_out(paper, "docx"))).paragraphs)
    assert all(part.text in whole for part in paper.parts)


def test_acceptance_and_proposed_decision_are_published_together():
    case = {"project": "某焦化项目", "number": "140105-2026-00001", "decision_label": "批准", "reason": "已核实"}
    text = lay_out(publication(case, None), "text").decode()
    assert "140105-2026-00001" in text
    assert "与审查结论不一致，理由：已核实" in text
    assert "________" in text
