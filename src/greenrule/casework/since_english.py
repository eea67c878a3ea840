"""What has changed under a finding, in English: the same data with English labels, and its one line for an inbox.

A change is kept in Chinese; the labels of rules, values, lists and facts come from the packs of the present, by their ids.  What has
gone from the packs and names of places keep their Chinese.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from greenrule.core.retelling import retold
from greenrule.core.tongue import amount, words
from greenrule.packs.book import Law
from greenrule.packs.english import english_sentence

_KINDS = {
    "rule": "rule", "parameter": "value", "list": "list", "definition": "definition", "pack": "policy pack", "unit": "control unit",
    "fact": "fact of the site", "border": "border in doubt", "place": "administrative area", "engine": "software", "project": "project",
}  # fmt: skip
_CHANGES = {
    "added": "added", "removed": "removed", "changed": "changed", "starts": "comes into force", "ends": "ceases to be in force",
    "wording": "worded otherwise", "applies": "now applies", "no_longer": "no longer applies",
}  # fmt: skip
_LABELS = {
    "access": "Access", "eia.form": "EIA form", "eia.route": "EIA route", "permit.class": "Permit class", "approver": "Approver",
    "quota.needed": "Quota needed", "quota.timing": "Timing of the quota", "obligations": "Obligations", "support": "Support",
}  # fmt: skip
#: Rows of an outcome that collect rules, by title.
_TITLES = ("obligations", "support")
_OWN = {
    "现在读不出": "it can no longer be read",
    "软件版本": "release of the software",
    "市": "city",
    "县（市、区）": "county",
}
_SIDES = {"是": "yes", "否": "no", "未知": "unknown", "（空）": "(empty)"}


def since_in_english(found: Mapping[str, Any], law: Law) -> dict[str, Any]:
    """A change (`casework.since`) with English labels; what is no label stays as it is."""
    return _reading(law).change(found)


def title_in_english(found: Mapping[str, Any]) -> str:
    """One line for an inbox, of a change in English.

    >>> title_in_english({"outcome": [], "items": [{"kind_label": "rule", "label": "A", "change_label": "changed"}], "then": {"decision": "a"}, "now": {"decision": "a"}})
    'Rule “A” changed; the outcome stays the same'
    """
    first, more = found["items"][0], len(found["items"]) - 1
    told = f"{first['kind_label'].capitalize()} “{first['label']}” {first['change_label']}"
    if more:
        told += f", and {more} more"
    then, now = found["then"], found["now"]
    if then["decision"] != now["decision"]:
        return f"{told}; access turns from “{then['label']}” to “{now['label']}”"
    changed = ", ".join(row["label"] for row in found["outcome"])
    return f"{told}; {f'changed: {changed}' if changed else 'the outcome stays the same'}"


def outcome_in_english(row: Mapping[str, Any]) -> str:
    """A row of an outcome in English as a line of text.

    >>> outcome_in_english({"label": "Obligations", "gained": ["A"], "lost": ["B", "C"]})
    'Obligations: new: A; no longer: B, C'
    """
    if "gained" not in row:
        return f"{row['label']}: {row['before_label']} → {row['after_label']}"
    parts = [f"{verb}: {', '.join(row[key])}" for key, verb in (("gained", "new"), ("lost", "no longer")) if row[key]]
    return f"{row['label']}: {'; '.join(parts)}"


@lru_cache(maxsize=2)
def _of(held: _Held) -> _Reading:
    return _Reading(held.law)


def _reading(law: Law) -> _Reading:
    return _of(_Held(law, tuple(law.versions.items())))


@dataclass(frozen=True)
class _Held:
    """A law as a key of a cache: the same versions are the same law."""

    law: Law = field(compare=False)
    versions: tuple[tuple[str, str], ...]


class _Reading:
    def __init__(self, law: Law) -> None:
        self.law = law
        self.english = english_sentence(law)
        self.words = self.english.words
        #: what a doubt about a border names
        self.labels = {spec.zh: spec.en for spec in law.book.facts.values() if spec.en}
        self.labels |= {spec.zh: self.english.decision(spec.id) for spec in law.book.decisions.values()}
        self.titles = {rule.title: self.english.title(rule) for rule in law.book.rules.values()}

    def change(self, found: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(found)
        out["items"] = [self.item(item) for item in found["items"]]
        out["outcome"] = [self.row(row) for row in found["outcome"]]
        for side in ("then", "now"):
            out[side] = {**found[side], "label": self.value("access", found[side]["decision"], found[side]["label"])}
        out["title"] = title_in_english(out)
        return out

    def item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        kind, name, label = item["kind"], item["id"], item["label"]
        if kind == "rule":
            label = self.titles.get(label) or self.words.rules.get(name, (label, ""))[0]
        elif kind in ("parameter", "list", "definition"):
            table = {"parameter": self.words.parameters, "list": self.words.lists, "definition": self.words.definitions}
            label = table[kind].get(name, label)
        elif kind == "fact" and name in self.law.book.facts:
            label = self.law.book.facts[name].en or label
        elif kind == "border":
            label = retold(label, self.labels) or label
        return {
            **item, "kind_label": _KINDS[kind], "change_label": _CHANGES[item["change"]], "label": _OWN.get(label, label),
            "before": self.side(item["before"]), "after": self.side(item["after"]),
        }  # fmt: skip

    def side(self, text: str | None) -> str | None:
        if text is None:
            return None
        if text.startswith("自 ") and text.endswith(" 起"):
            return f"from {text[2:-2]}"
        if text.startswith("至 ") and text.endswith(" 止"):
            return f"until {text[2:-2]}"
        return _SIDES.get(text) or amount(text)

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        key = row["decision"]
        out = {**row, "label": _LABELS.get(key, row["label"])}
        for side in ("before", "after"):
            if f"{side}_label" in row:
                out[f"{side}_label"] = self.value(key, row[side], row[f"{side}_label"])
        for side, one, other in (("gained", "after", "before"), ("lost", "before", "after")):
            if side in row:
                codes = [code for code in row[one] if code not in row[other]]
                out[side] = [self.titles.get(code, code) if key in _TITLES else self.value(key, code, told)
                             for code, told in zip(codes, row[side], strict=True)]  # fmt: skip
        return out

    def value(self, key: str, code: Any, told: str) -> str:
        """A value of a decision: the packs' own word for it, else the program's for its Chinese."""
        _, values = self.words.decisions.get(key, ("", {}))
        return values.get(str(code)) or _UNDECIDED.get(told) or words().get(told, told)


_UNDECIDED = {"待定": "undetermined", "无法重新判定": "cannot be determined again"}
