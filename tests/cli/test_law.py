"""`greenrule law` as the user asks."""

from __future__ import annotations

import json

from tests.cli.workspace import run


def test_search_prints_what_it_found_and_how_much_more_there_is():
    result = run("law", "search", "告知承诺", "--size", "2")
    assert result.exit_code == 0
    assert "条款  sx-2024-7-measures#7  告知承诺制扩大试点（晋环发〔2024〕7号第（七）条）" in result.output
    assert "列出前 2 项" in result.output


def test_search_as_data_and_by_kind():
    found = json.loads(run("law", "search", "焦化", "--kind", "规则", "--format", "json").output)
    assert {item["kind"] for item in found["items"]} == {"rule"}
    assert all(item["snippets"][0]["marks"] for item in found["items"])


def test_a_document_a_clause_and_all_documents():
    assert "sx-2024-7-air" in run("law", "show").output
    tree = run("law", "show", "sx-2024-7-air").output
    assert "    任务1  两高项目准入" in tree
    clause = run("law", "show", "sx-2024-7-measures#24").output
    assert "规则 m24-24-b  法定保护区域严禁污染较重项目" in clause
    assert "sx-2022-8-taixin#9" in clause


def test_what_cannot_be_found():
    for words, code in (
        (("show", "sx-2024"), "LAW001"), (("show", "sx-2024-7-air#99"), "LAW002"), (("search", "焦化", "--kind", "条文"), "LAW003"),
        (("search", "，。"), "LAW004"),
    ):  # fmt: skip
        result = run("law", *words)
        assert result.exit_code == 2
        assert code in result.stderr
