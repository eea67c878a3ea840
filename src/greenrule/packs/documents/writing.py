"""A document written out: as an outline for people, as data, as clean text that reads back the same, as entries of an instrument."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from greenrule.packs.documents.binding import Bound, anchor_of
from greenrule.packs.documents.difference import WHAT, Change
from greenrule.packs.documents.lines import columns
from greenrule.packs.documents.tree import UNNUMBERED, Document, Passage

_INDENT = "　　"
_SHOWN = 24


def clean_text(document: Document) -> str:
    """The document with one line per paragraph, as it was understood; reading it again gives the same anchors and hashes."""
    lines = list(document.front)
    for passage in document.passages:
        lines += _clean(passage)
    return "\n".join([*lines, *(f"{_INDENT}{line}" for line in document.tail)]) + "\n"


def _clean(passage: Passage) -> Iterator[str]:
    body = list(passage.body)
    if passage.label:
        first = passage.heading or ""
        if not first and body and isinstance(body[0], str):
            first, body = body[0], body[1:]
        # A blank keeps a number apart from digits behind it: 1. 2025年…
        yield f"{_INDENT}{passage.label}{' ' if first[:1].isdigit() or first[:1] in '、.．' else ''}{first}"
    elif passage.heading:
        yield f"{_INDENT}{passage.heading}"
    for item in body:
        if isinstance(item, Passage):
            yield from _clean(item)
        else:
            yield f"{_INDENT}{item}"


def outline(bound: Bound) -> Iterator[str]:
    """A line for each clause: anchor, id in the packs, number and first words, length, hash; in columns."""
    ids = {passage.anchor: id for id, passage in bound.passages.items()}
    document = bound.document
    name = bound.instrument.id if bound.instrument else "未认出是哪一份"
    count = sum(passage.kind not in ("p", *UNNUMBERED) for passage in document)
    form = f"{document.form.upper()}{' ' + document.encoding if document.encoding else ''}"
    yield f"{document.file}（{form}）{document.number or ''}《{document.title or '无题'}》：{name}，{count} 条"
    rows = [("定位", "条款", "编号与开头", "字数", "SHA-256")]
    for passage in document:
        words = (passage.heading or passage.text).replace("\n", "")
        words = words[:_SHOWN] + ("…" if len(words) > _SHOWN else "")
        label = passage.label or UNNUMBERED.get(passage.kind, "")
        anchor = "  " * passage.anchor.count(".") + passage.anchor
        told = f"{label}{' ' if label else ''}{words}"
        rows.append((anchor, ids.get(passage.anchor, ""), told, str(passage.length), passage.sha256[:12]))
    wide = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    for row in rows:
        yield "  ".join(
            [*(text + " " * (room - columns(text)) for text, room in zip(row, wide, strict=False)), row[-1]]
        )


def as_data(bound: Bound) -> dict[str, Any]:
    """The document as plain data: clauses in the order of the text, each with its parent."""
    ids = {passage.anchor: id for id, passage in bound.passages.items()}
    document = bound.document
    return {
        "file": document.file,
        "form": document.form,
        "encoding": document.encoding,
        "title": document.title or None,
        "number": document.number,
        "instrument": bound.instrument.id if bound.instrument else None,
        "recognised_by": bound.how,
        "clauses": [
            {"anchor": passage.anchor, "id": ids.get(passage.anchor), "part_of": passage.part_of, "kind": passage.kind,
             "label": passage.label or None, "heading": passage.heading, "at": str(passage.at), "length": passage.length,
             "sha256": passage.sha256, "text": passage.text}
            for passage in document
        ],
        "front": list(document.front),
        "tail": list(document.tail),
        "notes": [note.to_json() for note in document.notes],
        "faults": [fault.to_json() for fault in document.faults],
    }  # fmt: skip


def entries(bound: Bound) -> str:
    """The `clauses:` of the instrument's file for this text: what is registered keeps id, label and heading, with new anchors and
    hashes where they changed; what is new gets its anchor as id and a heading to be written."""
    passages = bound.passages
    by_anchor = {passage.anchor: id for id, passage in passages.items()}
    listed = bound.instrument.clauses if bound.instrument else {}
    anchors = {anchor_of(clause) for clause in listed.values()}
    lines = ["clauses:"]
    for passage in bound.document:
        id = by_anchor.get(passage.anchor)
        if id is None and passage.kind == "p":
            continue
        clause = listed[id] if id is not None else None
        parent = clause.part_of if clause else (by_anchor.get(passage.part_of or "") or passage.part_of)
        label = clause.label if clause else passage.label or UNNUMBERED.get(passage.kind, passage.anchor)
        heading = clause.heading if clause and clause.heading else "（待拟：用自己的话写一个短语）"
        more = f", part_of: {_quoted(parent)}" if parent else ""
        lines.append(
            f"  - {{id: {_quoted(id or passage.anchor)}, label: {label}, heading: {heading}{more}, anchor: {passage.anchor},"
        )
        lines.append(f"     sha256: {passage.sha256}}}")
    gone = [clause.id for clause in listed.values() if clause.id not in passages]
    lines += [f"  # 文本里没有：{id}" for id in gone if anchors]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def changes_as_data(changes: list[Change], cited: Mapping[str, Mapping[str, tuple[str, ...]]]) -> list[dict[str, Any]]:
    """Changes with who cites the clause; what stayed the same is left out."""
    return [
        {"what": change.what, "clause": change.clause, "label": change.label, "old": change.old, "new": change.new,
         "words": [{"op": "equal" if sign == "=" else "replace", "old": was, "new": now} for sign, was, now in change.words],
         "cited_by": {kind: list(ids) for kind, ids in cited.get(change.clause or "", {}).items()}}
        for change in changes if change.what != "same"
    ]  # fmt: skip


def change_lines(change: Change, who: str) -> Iterator[str]:
    """A change for people: `[-` old `-]` `{+` new `+}` within its surroundings, and who cites it."""
    place = (
        change.new if change.old in (None, change.new) else f"{change.old} → {change.new}" if change.new else change.old
    )
    yield f"{WHAT[change.what]}  {change.clause or '—'}  {change.label}（{place}）"
    if change.words:
        yield f"    {_marked(change)}"
    if change.clause is not None and (who or change.what not in ("same", "inside", "unclear")):
        yield f"    引用：{who or '没有什么引用它'}"


def _marked(change: Change) -> str:
    out = []
    for at, (sign, was, now) in enumerate(change.words):
        if sign == "~":
            out.append((f"[-{was}-]" if was else "") + (f"{{+{now}+}}" if now else ""))
            continue
        text = now
        if len(text) > 2 * _SHOWN:  # enough around a change to know where one is
            head = "" if at == 0 else text[:_SHOWN]
            tail = "" if at == len(change.words) - 1 else text[-_SHOWN:]
            text = f"{head}…{tail}"
        out.append(text)
    return "".join(out).replace("\n", "／")
