"""The report as plain text for a terminal: no boxes, no colours, columns aligned for double-width characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from greenrule.casework.report_model import BriefGroup, Cite, Duty, Question, Reason, Report
from greenrule.casework.report_reasons import gap_text
from greenrule.casework.report_words import bracketed
from greenrule.core.tongue import said

WIDTH = 80
# Line-breaking rules of Chinese typesetting: these never begin, and these never end, a line.
_NOT_FIRST = "，。、；：？！）》〉」』】〕”’％%…,.;:?!)]}"
_NOT_LAST = "（《〈「『【〔“‘([{"


def display_width(text: str) -> int:
    """Columns a terminal uses: wide and full-width characters count two, combining marks none.

    Source: Unicode Standard Annex 11, East Asian Width.

    >>> display_width("禁止 abc"), display_width("e\\u0301")
    (8, 1)
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, width: int) -> str:
    """The text filled with spaces to `width` columns; longer text is left whole.

    >>> pad("依据", 6) + "|"
    '依据  |'
    """
    return text + " " * max(0, width - display_width(text))


def _tokens(text: str, longest: int) -> Iterator[str]:
    """Pieces that stay whole: a wide character, or a run of at most `longest` narrow ones (a word, a code, a digest)."""
    run = ""
    for char in text:
        narrow = unicodedata.east_asian_width(char) not in "WF"
        if narrow and char != " " and len(run) < longest:
            run += char
            continue
        if run:
            yield run
            run = ""
        if narrow and char != " ":
            run = char
        else:
            yield char
    if run:
        yield run


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns, keeping codes whole and punctuation where it belongs.

    >>> wrap("依据所列条款，本项目禁止建设。", 12)
    ['依据所列条', '款，本项目禁', '止建设。']
    """
    lines: list[list[str]] = [[]]
    used = 0
    for token in _tokens(text, width):
        size = display_width(token)
        if used + size > width and lines[-1]:
            carried: list[str] = []
            # A closing mark takes the character before it along; an opening mark at the end goes along too.
            while lines[-1] and (
                (token[0] in _NOT_FIRST and not carried)
                or (carried and carried[0][0] in _NOT_FIRST)
                or lines[-1][-1][-1] in _NOT_LAST
            ):
                carried.insert(0, lines[-1].pop())
            if not lines[-1]:
                lines[-1], carried = carried, []
            lines.append(carried)
            used = sum(display_width(piece) for piece in carried)
            if token == " ":
                continue
        lines[-1].append(token)
        used += size
    return ["".join(line).rstrip() for line in lines]


def _hang(label: str, text: str, indent: int = 2, column: int = 10) -> Iterator[str]:
    """`label` at `indent`, text from `column` on, wrapped under itself."""
    head = " " * indent + pad(label, column - indent)
    if display_width(head) > column or (label and display_width(label) == column - indent):
        head += " "
    for index, line in enumerate(wrap(text, WIDTH - max(column, display_width(head))) if text else [""]):
        yield ((head if index == 0 else " " * column) + line).rstrip()


def _heading(title: str, count: int | None = None) -> Iterator[str]:
    yield ""
    told = title if count is None else title + bracketed(str(count))
    yield told
    yield "-" * display_width(told)


def _cited(cites: Iterable[Cite], *, full: bool = False) -> str:
    return said("；").join(
        (cite.full if full else cite.short) + (f"【{cite.note}】" if cite.note else "") for cite in cites
    )


def _reason(reason: Reason, names: set[str]) -> Iterator[str]:
    verb = f"[{reason.verb}] " if reason.verb else ""
    clause = bracketed(_cited(reason.cites)) if reason.cites else ""
    yield from _hang(f"{reason.number}.", f"{verb}{reason.title}{clause}", column=6)
    rows = [
        (said("规则"), said("，").join(filter(None, (reason.rule, reason.strength, reason.state)))),
        (said("内容"), reason.sentence),
        *((said("结论"), answer) for answer in reason.answers),
    ]
    new = [cite for cite in reason.cites if cite.full not in names and cite.full != cite.short]
    names.update(cite.full for cite in new)
    if new:
        rows.append((said("依据"), _cited(new, full=True)))
    for fact in reason.facts:
        origin = said("，").join(filter(None, (fact.origin, fact.distance)))
        rows.append(
            (
                said("事实"),
                f"{fact.label} = {fact.value}{bracketed(origin) if origin else ''}",
            )
        )
    rows.append((said("说明"), reason.note))
    last = ""
    for label, value in rows:
        if value:
            yield from _hang("" if label == last else label, value, indent=6, column=12)
            last = label


def _duty(number: int, duty: Duty) -> Iterator[str]:
    tail = said("，").join(filter(None, (_cited(duty.cites), duty.rule, duty.strength)))
    due = said("〔期限 {due}〕").format(due=duty.due) if duty.due else ""
    yield from _hang(f"{number}.", f"{duty.text}{due}{bracketed(tail) if tail else ''}", column=6)
    if duty.because:
        yield from _hang(said("因"), duty.because, indent=6, column=9)
    if duty.note:
        yield from _hang(said("注"), duty.note, indent=6, column=9)


def _brief(group: BriefGroup) -> Iterator[str]:
    """Rules in short: those on access a line each, the others run on under their instrument."""
    yield ""
    yield said("  【{title}】{count} 条").format(title=group.title, count=group.count)
    for clause in group.clauses:
        if clause.home:
            yield from _hang("", clause.home, indent=0, column=2)
        entries = list(_entries(clause.reasons))
        if group.key == "access":
            for entry in entries:
                yield from _hang("·", entry, indent=4, column=6)
        else:
            yield from _hang("", said("；").join(entries), indent=0, column=4)


def _entries(reasons: Iterable[Reason]) -> Iterator[str]:
    """The short text of each rule, with its clause where that changes from one rule to the next."""
    last = ""
    for reason in reasons:
        where = reason.cites[0].where if reason.cites else ""
        others, missing = _cited(reason.cites[1:]), gap_text(reason)
        verb = f"[{reason.verb}] " if reason.verb in (said("禁止"), said("限制")) else ""
        tail = said("，").join(
            filter(None, (reason.rule, said("另据{others}").format(others=others) if others else "", missing))
        )
        yield f"{f'{where} ' if where and where != last else ''}{verb}{reason.title}{bracketed(tail)}"
        last = where


def _question(question: Question) -> str:
    text = question.question or question.label
    also = said("，并及{also}").format(also=question.also) if question.also else ""
    return text + bracketed(f"{question.fact}{also}")


def _table(rows: Sequence[Sequence[str]], indent: int = 2) -> Iterator[str]:
    """Rows in aligned columns; the last column wraps under itself."""
    if not rows:
        return
    widths = [max(display_width(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    column = indent + sum(width + 2 for width in widths)
    for row in rows:
        head = " " * indent + "".join(pad(cell, width + 2) for cell, width in zip(row, widths, strict=False))
        if column > WIDTH // 2 + 8:  # too little room is left beside the columns
            yield head.rstrip()
            yield from _hang("", row[-1], indent=0, column=indent + 4)
        else:
            for index, line in enumerate(wrap(row[-1], WIDTH - column)):
                yield ((head if index == 0 else " " * column) + line).rstrip()


def _lines(report: Report) -> Iterator[str]:
    yield from _answer(report)
    yield from _surroundings(report)
    yield from _appendices(report)
    yield ""
    for note in report.reading:
        yield from wrap(note, WIDTH)
    if report.digest:
        yield said("摘要 {digest}").format(digest=report.digest)
    yield from wrap(report.disclaimer, WIDTH)


def _answer(report: Report) -> Iterator[str]:
    """The verdict and what it rests on."""
    yield from wrap(report.title, WIDTH)
    for notice in report.notices:
        yield f"【{notice}】"
    yield "=" * WIDTH
    yield from _hang(said("结论"), f"【{report.decision}】", indent=0, column=6)
    yield from _hang("", report.lead, indent=0, column=6)
    if report.identity:
        yield ""
        for label, value in report.identity:
            yield from _hang(label, value, indent=0, column=12)
    names: set[str] = set()
    for group in report.groups:
        yield from _heading(group.title, len(group.reasons))
        for index, reason in enumerate(group.reasons):
            if index:
                yield ""
            yield from _reason(reason, names)
    yield from _heading(said("办理链条"))
    for step in report.chain:
        yield from _hang(step.name, step.answer, column=16)
        for detail in step.details:
            yield from _hang("", detail, column=16)
        if step.cites:
            yield from _hang("", said("依据 {cites}").format(cites=_cited(step.cites)), column=16)
    for title, duties in ((said("应当遵守的要求"), report.duties), (said("可以享受的支持"), report.supports)):
        if duties:
            yield from _heading(title, len(duties))
            for number, duty in enumerate(duties, start=1):
                yield from _duty(number, duty)
    if report.inquiry_lead:
        yield from _heading(said("待补事实"), report.question_count)
        yield from _hang("", report.inquiry_lead, indent=0, column=2)
        for question in report.decisive:
            yield from _hang(said("问{number}").format(number=question.number), _question(question), column=8)
            yield from _hang("", said("可能导向 {would}").format(would=question.would), column=8)
    if report.turns:
        yield from _heading(said("改变一项事实即可改变结论的情形"), len(report.turns))
        for index, turn in enumerate(report.turns, start=1):
            text = said("{label}：{before} → {after}，结论变为【{decision}】（{checked}）").format(
                label=turn.label, before=turn.before, after=turn.after, decision=turn.decision, checked=turn.checked
            )
            yield from _hang(f"{index}.", text, column=6)


def _surroundings(report: Report) -> Iterator[str]:
    """Units, boundaries, conflicts and doubts: what stands around the answer."""
    if report.units:
        yield from _heading(said("管控单元"), len(report.units))
        for unit in report.units:
            measures = said("，").join(
                filter(None, (said("占场址 {share}").format(share=unit.share) if unit.share else "", unit.area))
            )
            yield from _hang(unit.code, unit.name, column=17)
            yield from _hang("", f"{unit.zone_class}{said('，') if measures else ''}{measures}", column=17)
            for label, demand in unit.demands:
                yield from _hang("", f"{label}{said('：')}{demand}", column=17)
    if report.boundaries:
        yield from _heading(said("附近边界"), len(report.boundaries))
        for boundary in report.boundaries:
            text = said("{label}：{distance}（图层精度 {accuracy}，{layer}）").format(
                label=boundary.label, distance=boundary.distance, accuracy=boundary.accuracy, layer=boundary.layer
            )
            yield from _hang("·", said("{text}；若在另一侧，{would}").format(text=text, would=boundary.would), column=4)
    if report.conflicts:
        yield from _heading(said("规定冲突与适用次序"), len(report.conflicts))
        for index, conflict in enumerate(report.conflicts, start=1):
            topic = f"{conflict.topic}{said('：')}" if conflict.topic else ""
            yield from _hang(f"{index}.", f"{topic}{said(' 与 ').join(conflict.rules)}", column=6)
            for label, value in (
                (said("分歧"), conflict.differ),
                (said("适用"), conflict.precedence),
                (said("理由"), conflict.reason),
            ):
                if value:
                    yield from _hang(label, value, indent=6, column=12)
    if report.doubts:
        yield from _heading(said("存疑"), len(report.doubts))
        for doubt in report.doubts:
            tail = said("，").join(
                filter(
                    None,
                    (said("距离 {distance}").format(distance=doubt.distance) if doubt.distance else "", doubt.rule),
                )
            )
            yield from _hang(doubt.kind, f"{doubt.message}{bracketed(tail) if tail else ''}", column=8)


def _appendices(report: Report) -> Iterator[str]:
    """The long lists: open rules, missing facts, rules that do not apply, sources and versions."""
    if report.pending:
        yield from _heading(said("附录一　因事实不明尚不能判定的规定"), report.pending_count)
        for group in report.pending:
            yield from _brief(group)
    if report.inquiry:
        yield from _heading(said("附录二　其余待补事实"), report.question_count - len(report.decisive))
        for asked in report.inquiry:
            yield ""
            yield said("  【{title}】{count} 项").format(title=asked.title, count=len(asked.questions))
            entries = [
                f"{said('问{number}').format(number=question.number)} {_question(question)}"
                for question in asked.questions
            ]
            if asked.key == "access":
                for entry in entries:
                    yield from _hang("·", entry, indent=2, column=4)
            else:
                yield from _hang("", said("；").join(entries), indent=0, column=4)
    if report.not_met:
        yield from _heading(said("已查、不适用的规定"), sum(group.count for group in report.not_met))
        for group in report.not_met:
            yield from _brief(group)
    if report.instruments:
        yield from _heading(said("引用文件"), len(report.instruments))
        for cite in report.instruments:
            yield from _hang("·", cite.full, column=4)
    if report.versions or report.layers:
        yield from _heading(said("版本"))
        yield from _table(report.versions)
        yield from _table([(said("图层 {label}").format(label=label), version) for label, version in report.layers])


def text_report(report: Report) -> str:
    """The whole report as text, verdict first, lines of at most 80 columns, ending in a newline."""
    return "\n".join(_lines(report)) + "\n"
