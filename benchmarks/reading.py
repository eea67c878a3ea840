"""Reading the law: full-text search in Chinese over everything the packs say, a clause with all that touches it, a finding held
against the present.

Beside: SQLite FTS5 with its trigram tokeniser (and `instr` where a word is shorter than three characters, as trigrams need), and a
plain look through all texts.  All three see the same folded texts; the sets of entries must be the same.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import date
from typing import Any

from benchmarks.measure import Check, Figure, Section, figures_of, quantile, turns
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener
from greenrule.casework.since import ask_again, since
from greenrule.packs.library.edition import edition
from greenrule.packs.library.folding import BREAK, fold, words_of
from greenrule.packs.library.pages import Library
from greenrule.packs.library.shelf import Shelf

_DAY = date(2026, 11, 25)
QUESTIONS = (
    "焦化", "饮用水水源保护区", "汾河谷地", "告知承诺", "挥发性有机物", "光伏 太忻", "生态保护红线", "超低排放", "碳", "煤 锅炉",
    "排污许可证", "报告书", "VOCs", "自然保护区", "新建 扩建", "重点行业", "名录", "开发区", "2025", "有色金属矿采选",
)  # fmt: skip


def run(screener: Screener, quick: bool) -> Section:
    """The section."""
    section = Section("查阅规定：全文检索、条款、结论之后的变化")
    law = screener.law
    begun = time.perf_counter()
    library = Library(Shelf.of(law))
    shelf_s = time.perf_counter() - begun
    begun = time.perf_counter()
    index = library.index
    index_s = time.perf_counter() - begun
    texts = [BREAK.join(fold(text.text).text for text in entry.texts) for entry in index.entries]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE law USING fts5(text, tokenize='trigram')")
    database.executemany("INSERT INTO law (rowid, text) VALUES (?, ?)", enumerate(texts))

    def ours(question: str) -> Any:
        return index.find(question, size=20)

    def fts(question: str) -> list[int]:
        long = [word for word in words_of(question) if len(word) >= 3]
        short = [word for word in words_of(question) if len(word) < 3]
        where = ["text MATCH ?"] * bool(long) + ["instr(text, ?)"] * len(short)
        values = ([" ".join(f'"{word}"' for word in long)] if long else []) + short
        found = database.execute(f"SELECT rowid FROM law WHERE {' AND '.join(where)}", values)
        return [row[0] for row in found]

    def plain(question: str) -> list[int]:
        words = words_of(question)
        return [number for number, text in enumerate(texts) if all(word in text for word in words)]

    items = list(QUESTIONS) * (2 if quick else 20)
    taken = turns(
        {
            "greenrule（排序、片段、标记）": ours,
            "SQLite FTS5 trigram（只给编号）": fts,
            "逐条看一遍（只给编号）": plain,
        },
        items,
    )
    section.figures += figures_of("检索一次", taken, target=0.005, bound="p95")
    different = 0
    for question in QUESTIONS:
        wanted = {(index.entries[number].kind, index.entries[number].id) for number in plain(question)}
        mine = {(hit.entry.kind, hit.entry.id) for hit in index.find(question, size=len(texts)).hits if hit.exact}
        theirs = {(index.entries[number].kind, index.entries[number].id) for number in fts(question)}
        different += mine != wanted or theirs != wanted
    section.checks.append(Check("三家找到的条目", len(QUESTIONS), different))
    clauses = [(item.id, clause) for item in law.instruments.values() for clause in library.shelf.clauses(item)]
    pages = turns({"greenrule": lambda pair: library.page(*pair, _DAY)}, clauses[:: 10 if quick else 1])
    section.figures += figures_of("一条连同承载、读法、相关条款", pages, target=0.01, bound="p95")
    section.figures.append(Figure("读全部政策包里规则之外的内容", "greenrule", shelf_s))
    section.figures.append(Figure("建全文索引", "greenrule", index_s, target=1.0, bound="median"))
    _again(section, screener, quick)
    section.notes.append(
        f"{len(index.entries):,} 个条目，{sum(map(len, texts)):,} 字，{len(clauses)} 条条款；索引在内存里，SQLite 与 PostgreSQL 的安装用同一个"
    )
    return section


def _again(section: Section, screener: Screener, quick: bool) -> None:
    raw = {
        "name": "某焦化项目",
        "industry": "2521",
        "nature": "new",
        "on": "2026-11-21",
        "facts": {"capacity": "106 万吨/年"},
    }
    projects = [
        {**raw, "location": {"point": [112.4 + 0.01 * number, 37.6 + 0.01 * number], "crs": "cgcs2000"}} for number in range(5 if quick else 40)
    ]  # fmt: skip
    findings = [screener.screen(project_from(project, screener.law)) for project in projects]
    body = edition(screener.law)

    def check(finding: dict[str, Any]) -> Any:
        again = ask_again(finding, screener, _DAY)
        return since(finding, again, body, body, (finding["project"]["on"], _DAY.isoformat()))

    check(findings[0])
    taken = turns({"greenrule": check}, findings)
    section.figures += figures_of("一份结论对现在核对一次", taken, target=0.1, bound="p95")
    section.checks.append(
        Check("没有变化的结论不报变化", len(findings), sum(check(finding) is not None for finding in findings))
    )
    rate = 1 / quantile(taken["greenrule"], 0.5)
    section.notes.append(f"规定或图层变了之后，每个核心每秒核对约 {rate:.0f} 份结论；没有变的日子一份也不重算")
