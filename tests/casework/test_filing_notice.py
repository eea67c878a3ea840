"""Papers made from a finding: nothing left open is left out, and a commitment says whether it applies."""

from __future__ import annotations

import io

import greenrule
from greenrule.casework.filing_notice import as_docx, as_text, commitment, notice

FINDING = greenrule.screen({"name": "某焦化", "on": "2026-11-21", "industry": "2521", "nature": "new"})


def test_the_notice_names_every_question_that_bears_on_the_filing():
    text = as_text(notice(FINDING))
    asked = [item for item in FINDING["missing"] if "access" in item["affects"] or "eia.form" in item["affects"]]
    assert asked
    assert all(item["question"] in text for item in asked)
    assert all(duty["text"] in text for duty in FINDING["obligations"])
    assert FINDING["digest"] in text


def test_a_commitment_that_the_finding_does_not_know_of_says_so():
    assert "没有认定本项目适用告知承诺制" in as_text(commitment(FINDING))
    allowed = {**FINDING, "eia": {**FINDING["eia"], "routes": ["commitment"]}}
    assert "没有认定" not in as_text(commitment(allowed))


def test_the_word_file_holds_the_same_words():
    from docx import Document

    lines = notice(FINDING)
    whole = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(as_docx(lines))).paragraphs)
    assert all(text in whole for _, text in lines)
