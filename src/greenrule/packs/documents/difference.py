"""Two texts of one instrument: which clauses are new, gone, moved or changed, word by word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from greenrule.packs.documents.binding import anchor_of
from greenrule.packs.documents.normal import normal_text
from greenrule.packs.documents.tree import Document, Passage
from greenrule.packs.instrument import Instrument

#: What may become of a clause.  `inside`: only clauses within it changed; `moved`: the same text under another number.
WHAT = {
    "same": "不变", "inside": "其下有变", "moved": "移位", "changed": "改动", "rewritten": "移位并改动", "new": "新增", "gone": "删去",
    "unclear": "其下或本身有变",
}  # fmt: skip
#: Two clauses with less in common than this share of pairs of characters are not taken for one; at the same place a clause
#: may have changed more and still be the same one, and wins where another is hardly more alike.
_ALIKE, _SAME_PLACE, _STAYS = 0.4, 0.25, 0.05
_WORD = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?[%％‰]?|[A-Za-z]+|\s+|.", re.S)

Word = tuple[str, str, str]  # "=" | "~", old, new


@dataclass(frozen=True)
class Change:
    """What became of one clause.

    `old` and `new` are anchors, None where there is none; `clause` the id under which the packs know it; `words` the difference
    of its own text (without the clauses within it): (`=`, text, text) and (`~`, old, new); empty where the old text is not at hand.
    """

    what: str
    old: str | None
    new: str | None
    label: str
    clause: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class _Old:
    anchor: str
    label: str
    sha256: str
    clause: str | None
    passage: Passage | None


def compare_texts(new: Document, old: Document, instrument: Instrument | None = None) -> list[Change]:
    """What became of each clause of `old` in `new`, in the order of the new text, what is gone at its old place."""
    known = {anchor_of(clause): clause for clause in instrument.clauses.values()} if instrument else {}
    before = []
    for passage in old:
        clause = known.get(passage.anchor)
        if clause is not None or passage.kind != "p":
            label = clause.label if clause else passage.label or passage.anchor
            before.append(_Old(passage.anchor, label, passage.sha256, clause.id if clause else None, passage))
    return _compare(new, before, set(known))


def compare_registered(new: Document, instrument: Instrument) -> list[Change]:
    """The same where only the hashes of the old text are known: says which clauses changed, not how."""
    before = [
        _Old(anchor_of(clause), clause.label, clause.sha256, clause.id, None)
        for clause in instrument.clauses.values()
        if clause.sha256
    ]
    return _compare(new, before, {item.anchor for item in before})


def _compare(new: Document, before: Sequence[_Old], listed: set[str]) -> list[Change]:
    after = [passage for passage in new if passage.kind != "p" or passage.anchor in listed]
    pairs = _pairs(after, before)
    partner = {id(passage): old for passage, old in pairs}
    touched = _touched(after, partner)
    changes: list[Change] = []
    paired = {id(old) for _, old in pairs}
    gone = [old for old in before if id(old) not in paired]
    positions = {id(old): at for at, old in enumerate(before)}
    for passage in after:
        match = partner.get(id(passage))
        if match is None:
            changes.append(
                Change(
                    "new", None, passage.anchor, passage.label or passage.anchor, None, (("~", "", passage.own_text),)
                )
            )
            continue
        while gone and positions[id(gone[0])] < positions[id(match)]:
            changes.append(_gone(gone.pop(0)))
        changes.append(_change(passage, match, touched, f"{passage.anchor}.p1" in listed))
    return [*changes, *(_gone(old) for old in gone)]


def _gone(old: _Old) -> Change:
    words: tuple[Word, ...] = (("~", old.passage.own_text, ""),) if old.passage else ()
    return Change("gone", old.anchor, None, old.label, old.clause, words)


def _change(passage: Passage, old: _Old, touched: set[str], by_paragraph: bool) -> Change:
    """`by_paragraph`: its paragraphs are clauses of their own, and tell what changed."""
    moved = passage.anchor != old.anchor
    words: tuple[Word, ...] = ()
    if passage.sha256 == old.sha256:
        what = "moved" if moved else "same"
    elif passage.anchor in touched and (old.passage is None or by_paragraph):
        # Where the old text is not at hand its own text may have changed too: the hash covers everything within.
        what = "inside" if by_paragraph else "unclear"
    elif old.passage is not None and normal_text(passage.own_text) == normal_text(old.passage.own_text):
        what = "moved" if moved else "inside"
    else:
        what = "rewritten" if moved and old.passage is not None else "changed"
        words = word_difference(old.passage.own_text, passage.own_text) if old.passage is not None else ()
    return Change(what, old.anchor, passage.anchor, old.label, old.clause, words)


def _touched(after: Iterable[Passage], partner: Mapping[int, _Old]) -> set[str]:
    """Anchors of clauses within which something changed."""
    out: set[str] = set()
    for passage in after:
        match = partner.get(id(passage))
        if match is None or passage.sha256 != match.sha256:
            above = passage.part_of
            if above is not None:
                out.add(above)
    return out


def _pairs(after: Sequence[Passage], before: Sequence[_Old]) -> list[tuple[Passage, _Old]]:
    """Which clause became which: the same text at the same place, the same text elsewhere, the same place with a like text, and
    what is most alike among the rest."""
    pairs: list[tuple[Passage, _Old]] = []
    old_left = {id(old): old for old in before}
    new_left = {id(passage): passage for passage in after}

    def take(passage: Passage, old: _Old) -> None:
        if id(passage) in new_left and id(old) in old_left:
            pairs.append((new_left.pop(id(passage)), old_left.pop(id(old))))

    places = {old.anchor: old for old in before}
    for passage in after:
        if passage.anchor in places and places[passage.anchor].sha256 == passage.sha256:
            take(passage, places[passage.anchor])
    texts: dict[str, list[_Old]] = defaultdict(list)
    for old in old_left.values():
        texts[old.sha256].append(old)
    for passage in list(new_left.values()):
        if len(texts.get(passage.sha256, ())) == 1:
            take(passage, texts[passage.sha256][0])
    likeness = _likeness(list(new_left.values()), list(old_left.values()))
    for passage in list(new_left.values()):
        place = places.get(passage.anchor)
        if place is not None and place.passage is None:
            take(passage, place)
    order = {id(item): at for at, item in enumerate((*after, *before))}
    here = {(id(passage), id(places[passage.anchor])) for passage in after if passage.anchor in places}
    ranked = sorted(
        likeness, key=lambda pair: (-likeness[pair] - _STAYS * (pair in here), order[pair[0]], order[pair[1]])
    )
    for pair in ranked:
        if likeness[pair] >= (_SAME_PLACE if pair in here else _ALIKE) and pair[0] in new_left and pair[1] in old_left:
            take(new_left[pair[0]], old_left[pair[1]])
    return pairs


def _likeness(after: Sequence[Passage], before: Sequence[_Old]) -> dict[tuple[int, int], float]:
    """Share of pairs of characters that two clauses of one kind have in common, for those that have any."""
    index: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    sizes: dict[int, int] = {}
    for old in before:
        if old.passage is not None:
            shingles = _shingles(old.passage)
            sizes[id(old)] = shingles.total()
            for shingle, count in shingles.items():
                index[old.passage.kind, shingle].append((id(old), count))
    out: dict[tuple[int, int], float] = {}
    for passage in after:
        shingles = _shingles(passage)
        common: Counter[int] = Counter()
        for shingle, count in shingles.items():
            for old_id, other in index.get((passage.kind, shingle), ()):
                common[old_id] += min(count, other)
        for old_id, shared in common.items():
            out[id(passage), old_id] = 2 * shared / (shingles.total() + sizes[old_id])
    return out


def _shingles(passage: Passage) -> Counter[str]:
    text = normal_text(passage.text) or passage.label
    return Counter(text[at : at + 2] for at in range(max(1, len(text) - 1)))


def word_difference(old: str, new: str) -> tuple[Word, ...]:
    """Runs of what stayed (`=`) and what was replaced (`~`): numbers and Latin words whole, Chinese by character.

    What normalisation makes alike counts as the same, and single characters between two changes go with them.

    >>> word_difference("2025年底前，达到５％。", "2027年底前,达到8%。")
    (('~', '2025', '2027'), ('=', '年底前，达到', '年底前,达到'), ('~', '５％', '8%'), ('=', '。', '。'))
    """
    a, b = _WORD.findall(re.sub(r"\s+", "", old)), _WORD.findall(re.sub(r"\s+", "", new))
    matcher = SequenceMatcher(None, [normal_text(w) for w in a], [normal_text(w) for w in b], autojunk=False)
    out: list[list[str]] = []
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        sign, was, now = ("=" if tag == "equal" else "~"), "".join(a[a0:a1]), "".join(b[b0:b1])
        if out and out[-1][0] == sign:
            out[-1][1] += was
            out[-1][2] += now
        else:
            out.append([sign, was, now])
    return tuple(_tidy(out))


def _tidy(runs: list[list[str]]) -> list[Word]:
    kept: list[list[str]] = []
    for at, run in enumerate(runs):
        island = run[0] == "=" and len(run[1]) < 2 and 0 < at < len(runs) - 1
        if kept and kept[-1][0] == "~" and (island or run[0] == "~"):
            kept[-1][1] += run[1]
            kept[-1][2] += run[2]
        else:
            kept.append(list(run))
    return [(sign, was, now) for sign, was, now in kept]
