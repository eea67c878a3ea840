"""Put a finding together: from the machine's answer to the JSON that other programs rely on (`contract`).

Everything in it is computed from the project, the packs and the layers named in it, so that anyone can recompute it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from greenrule.backends.counterfactual import Counterfactuals
from greenrule.backends.decide import Outcome
from greenrule.backends.reasons import Mark
from greenrule.backends.trace import Read, Seen, explain
from greenrule.casework.changes import shown, turns, would_decide
from greenrule.casework.doubts import boundary_doubts, layer_doubts, text_doubts, unit_doubts
from greenrule.casework.law_doubts import law_doubts, was_known
from greenrule.casework.placing import REACH_M, Placed
from greenrule.casework.sealing import engine_version
from greenrule.casework.situation import Known, Machine
from greenrule.casework.wording import Phrase, Wording
from greenrule.core.seal import Written, written
from greenrule.core.truth import FALSE, TRUE, UNKNOWN, Truth
from greenrule.packs.book import Law
from greenrule.rules.book import Rulebook
from greenrule.rules.items import Rule

if TYPE_CHECKING:
    from greenrule.casework.screening import Inquiry

#: Truths as a finding writes them.
_STATES = tuple(written(truth.word) for truth in (FALSE, UNKNOWN, TRUE))


class Assembly:
    """One finding in the making."""

    def __init__(
        self, law: Law, machine: Machine, inquiry: Inquiry, versions: dict[str, Any],
        measurer: Callable[[str], Placed] | None, nearby: Callable[[str], bool] | None, demo: bool,
    ) -> None:  # fmt: skip
        self.law, self.book, self.machine, self.inquiry = law, machine.book, machine, inquiry
        self.versions, self.measurer, self.nearby, self.demo = versions, measurer, nearby, demo
        self.values, derived = machine.complete(inquiry.given)
        self.known: dict[str, Known] = {**derived, **inquiry.known}
        self.answer = machine.program.run(self.values)
        self.explanation = explain(machine.program, self.values, self.answer)
        self.otherwise = Counterfactuals(machine.program, machine.derivations, inquiry.given, self.values, self.answer)
        self.wording = Wording.of(law, machine)
        self.measured: dict[str, Placed] = {}
        self._items: dict[tuple[str, str, bool], dict[str, Any] | None] = {}
        #: what decided, written; with distances or without
        self._texts: dict[bool, dict[Mark, bytes]] = {}

    def finding(self, everything: bool, *, text: bool = False) -> dict[str, Any]:
        """The whole finding, not yet sealed; with `text` its two longest parts are `Written`."""
        outcomes = self.answer.outcomes
        truths = self.answer.truths
        live = [rule for rule in self.book.rules.values() if truths.get(rule.id)]
        listed = (
            [rule for rule in self.book.rules.values() if rule.id in self.machine.program.live] if everything else live
        )
        seen = self.explanation.rules(rule.id for rule in listed)
        boundaries = self.boundaries()
        finding: dict[str, Any] = {
            "title": self.inquiry.project.name,
            "project": dict(self.inquiry.project.raw),
            "industries": self.industries(),
            "decision": outcomes["access"].word,
            "units": self.inquiry.units,
            "site": self.site(),
            "reasons": (self.reasons_text if text else self.reasons)(listed, seen),
            "eia": self.eia(),
            "permit": self.permit(),
            "approver": self.approver(),
            "quota": self.quota(),
            "obligations": self.told("obligations"),
            "support": self.told("support"),
            "conflicts": self.conflicts(),
            "missing": (self.missing_text if text else self.missing)(live, seen),
            "turns": self.turns(live, seen),
            "doubts": [
                *law_doubts(self.law, self.machine.program, self.inquiry.given),
                *text_doubts(live, seen, self.wording.undated, {item.reason for item in self.machine.program.binding}),
                *boundary_doubts(self.book, boundaries),
                *unit_doubts(self.inquiry.unsure, self.inquiry.units),
                *layer_doubts(self.book, self.inquiry.remarks, self.inquiry.contradictions),
            ],
            "boundaries": boundaries,
            "notices": ["演示数据（非官方）"] if self.demo else [],
            "versions": {**self.versions, "engine": engine_version()},
        }
        return finding

    # -- head ----------------------------------------------------------------------------------------------
    def industries(self) -> list[dict[str, str]]:
        labels = self.book.vocabularies["gbt4754"].labels
        return [{"code": code, "name": labels[code]} for code in sorted(self.inquiry.given.get("industry") or ())]

    def site(self) -> dict[str, Any] | None:
        site = self.inquiry.site
        if site is None:
            return None
        return {"kind": site.kind, "crs": site.crs, "stated": site.stated, "notes": list(site.notes),
                "county": self.inquiry.where.get("county"), "city": self.inquiry.where.get("city")}  # fmt: skip

    # -- reasons -------------------------------------------------------------------------------------------
    def reasons(self, rules: Iterable[Rule], seen: Mapping[str, Seen]) -> list[dict[str, Any]]:
        return [
            {**phrase.form.plain, "state": Truth(mine.value).word, "cites": self.cites(self.book.rules[phrase.rule].cites),
             "facts": self.facts(mine, phrase.decides and mine.value != FALSE)}
            for _, phrase, mine in self._said(rules, seen)
        ]  # fmt: skip

    def reasons_text(self, rules: Iterable[Rule], seen: Mapping[str, Seen]) -> Written:
        """The same, written: most of it was written before."""
        out = [
            phrase.form.filled(self.facts_text(mine, phrase.decides and mine.value != FALSE), _STATES[mine.value])
            for _, phrase, mine in self._said(rules, seen)
        ]
        return Written(b"[%b]" % b",".join(out))

    def _said(self, rules: Iterable[Rule], seen: Mapping[str, Seen]) -> list[tuple[int, Phrase, Seen]]:
        """Every effect of some rules in the order in which it is told."""
        out = []
        for rule in rules:
            mine = seen[rule.id]
            for phrase in self.wording.phrases(rule):
                out.append((phrase.places[mine.value], phrase, mine))
        out.sort(key=itemgetter(0))
        return out

    def facts(self, seen: Seen, measured: bool) -> list[dict[str, Any]]:
        """What decided, each with its value and origin; `measured` adds the distance at which a boundary would turn it."""
        out = []
        for read in seen.reads:
            key = (read.sort, read.id, measured)
            if key not in self._items:
                self._items[key] = self.item(read, measured)
            item = self._items[key]
            if item is not None:
                out.append(item)
        return out

    def facts_text(self, seen: Seen, measured: bool) -> bytes:
        """The same, written."""
        measured = measured and bool(self.measured)
        kept = self._texts.get(measured)
        if kept is None:
            kept = self._texts[measured] = dict(self.wording.texts)
            for name in (*self.known, *self.measured):
                kept.pop(("fact", name, None), None)
        texts = list(map(kept.get, seen.marks))
        if None in texts:
            for mark in seen.marks:
                if mark not in kept:
                    kept[mark] = self._item_text(mark, measured)
            texts = list(map(kept.get, seen.marks))
        return b"[%b]" % b",".join(filter(None, texts))

    def _item_text(self, mark: Mark, measured: bool) -> bytes:
        item = self.item(self.explanation.read(mark), measured)
        text = b"" if item is None else written(item)
        own = mark[1] in self.known or mark[1] in self.measured if mark[0] == "fact" else mark[0] == "decision"
        if (
            not own and len(mark) == 3
        ):  # facts that nobody gave, parameters and open texts are the same in every finding
            self.wording.texts[mark] = text
        return text

    def item(self, read: Read, measured: bool) -> dict[str, Any] | None:
        """One thing that was read, as the finding shows it; open texts are doubts, not facts."""
        if read.sort == "fact":
            spec = self.book.facts[read.id]
            known = self.known.get(read.id)
            item = self.wording.fact(spec, shown(known.value) if known else None, known.source if known else None)
            # Only boundaries that would turn a decision were measured: the others would cost as much and say nothing.
            placed = self.measured.get(read.id) if measured else None
            if placed is not None and placed.flip_m is not None:
                item["distance_m"] = placed.flip_m
            return item
        if read.sort == "parameter":
            parameter = self.book.parameters[read.id]
            return {"id": f"${read.id}", "label": parameter.zh, "value": self.parameter(read), "unit": parameter.unit or None,
                    "from": read.cite}  # fmt: skip
        if read.sort == "decision":
            return {
                "id": read.id,
                "label": self.book.decisions[read.id].zh,
                "value": read.value,
                "unit": None,
                "from": "decision",
            }
        return None

    def parameter(self, read: Read) -> Any:
        from fractions import Fraction

        from greenrule.core.units import factor, number_text

        unit = self.book.parameters[read.id].unit
        return None if read.value is None else number_text(Fraction(read.value) / factor(unit)[1])

    def boundary(self, name: str) -> Placed | None:
        """A site fact with the distance at which it would turn, measured once."""
        placed = self.inquiry.placed.get(name)
        if placed is None or self.measurer is None:
            return placed
        if name not in self.measured:
            self.measured[name] = self.measurer(name)
        return self.measured[name]

    def cites(self, cites: Iterable[str]) -> list[dict[str, Any]]:
        return self.wording.cites(cites)

    def rule_cites(self, rules: Iterable[str]) -> list[dict[str, Any]]:
        """Citations of several rules, each once."""
        unique = {
            (item["instrument"], item["clause"]): item
            for rule in rules
            for item in self.cites(self.book.rules[rule].cites)
        }
        return list(unique.values())

    # -- the chain -----------------------------------------------------------------------------------------
    def outcome(self, name: str) -> Outcome:
        return self.answer.outcomes[name]

    def candidates(self, outcome: Outcome) -> list[str]:
        return (
            [value if value is not None else "undetermined" for value in outcome.candidates]
            if outcome.value is None
            else []
        )

    def eia(self) -> dict[str, Any]:
        form, listed = self.outcome("eia.form"), self.outcome("eia.catalogue_form")
        routes = self.outcome("eia.route")
        items = items_cited(self.book, "cn-eia-catalogue-2021", (*listed.deciding, *listed.open))
        out: dict[str, Any] = {
            "form": form.word, "item": items[0] if items else None, "items": items, "catalogue_form": listed.word,
            "candidates": self.candidates(form), "routes": sorted({value for value, _ in routes.collected}),
            "possible_routes": sorted({self.wording.value_of(e) or "" for r in routes.open for e in self.book.rules[r].effects if e.decision == "eia.route"}),
            "cites": self.rule_cites((*form.deciding, *(rule for _, rule in routes.collected))),
        }  # fmt: skip
        return out

    def permit(self) -> dict[str, Any]:
        outcome, listed = self.outcome("permit.class"), self.outcome("permit.catalogue_class")
        items = items_cited(self.book, "cn-permit-catalogue-2019", (*listed.deciding, *listed.open))
        return {"class": outcome.word, "item": items[0] if items else None, "items": items, "catalogue_class": listed.word,
                "candidates": self.candidates(outcome), "cites": self.rule_cites(outcome.deciding)}  # fmt: skip

    def approver(self) -> dict[str, Any]:
        outcome = self.outcome("approver")
        lead = [self.book.rules[rule].then for _, rule in self.outcome("approver.lead").collected]
        city = self.inquiry.where.get("city") if outcome.value in ("city", "zone", "county") else None
        return {"level": outcome.word, "lead_city": city, "lead_rule": lead, "candidates": self.candidates(outcome),
                "cites": self.rule_cites(outcome.deciding)}  # fmt: skip

    def quota(self) -> dict[str, Any]:
        needed = self.outcome("quota.needed")
        timing = self.outcome("quota.timing")
        amounts = []
        for pollutant in dict.fromkeys(value for value, _ in needed.collected):
            known = self.known.get(f"emission.{pollutant}")
            amounts.append({"pollutant": pollutant, "amount": str(known.value) if known else None})
        sources = [{"text": self.book.rules[rule].then, "cites": self.cites(self.book.rules[rule].cites)}
                   for _, rule in self.outcome("quota.source").collected]  # fmt: skip
        return {"needed": amounts, "timing": timing.word, "candidates": self.candidates(timing), "sources": sources,
                "cites": self.rule_cites((*timing.deciding, *(rule for _, rule in needed.collected)))}  # fmt: skip

    def told(self, decision: str) -> list[dict[str, Any]]:
        out = []
        for rule in dict.fromkeys(rule for _, rule in self.outcome(decision).collected):
            item = self.book.rules[rule]
            out.append({"rule": rule, "title": item.title, "text": item.then, "due": item.due, "strength": item.strength,
                        "cites": self.cites(item.cites)})  # fmt: skip
        return out

    # -- conflicts, unknowns, changes, doubts --------------------------------------------------------------
    def conflicts(self) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for outcome in self.answer.outcomes.values():
            for pair in outcome.clashes:
                out.append({"rules": list(pair), "topic": self.book.decisions[outcome.decision].zh, "resolved_by": "newer",
                            "prefer": [pair[0]], "reason": "同一决定有两种说法，取较新的文件；同样新的取较严的", "differ": None})  # fmt: skip
        for item in self.law.conflicts:
            if not was_known(self.machine.program, item.get("recorded")):
                continue
            live = [rule for rule in item["rules"] if self.answer.truths.get(rule, 0) != FALSE]
            if len(live) < 2:
                continue
            out = [other for other in out if set(other["rules"]) != set(live)]
            sure = [rule for rule in live if self.answer.truths.get(rule) == 2]
            out.append({"id": item.get("id"), "certain": len(sure) > 1, "rules": live, "topic": item.get("topic"), "differ": item.get("differ"),
                        "resolved_by": item["resolved_by"], "prefer": [r for r in item.get("prefer", []) if r in live],
                        "reason": item.get("reason")})  # fmt: skip
        return out

    def missing(self, live: Iterable[Rule], seen: Mapping[str, Seen]) -> list[dict[str, Any]]:
        """Facts nobody gave, those that bear on the decision first."""
        return [
            {**self.wording.missing(name).plain, "would_decide": list(words), "affects": list(affects)}
            for name, words, affects in self._missing(live, seen)
        ]

    def missing_text(self, live: Iterable[Rule], seen: Mapping[str, Seen]) -> Written:
        """The same, written."""
        wording, listed = self.wording, self.wording.listed
        out = [
            wording.missing(name).filled(listed(affects), listed(words))
            for name, words, affects in self._missing(live, seen)
        ]
        return Written(b"[%b]" % b",".join(out))

    def _missing(
        self, live: Iterable[Rule], seen: Mapping[str, Seen]
    ) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:  # fmt: skip
        """Facts nobody gave, what they would decide, and the decisions that they affect."""
        affects: dict[str, int] = {}
        wording, known, before = self.wording, self.values.get, affects.get
        for rule in live:
            mine = seen[rule.id]
            if mine.value != UNKNOWN:
                continue
            mask = wording.mask(rule)
            for mark in mine.marks:
                if mark[0] == "fact" and known(mark[1]) is None:
                    affects[mark[1]] = before(mark[1], 0) | mask
        out = []
        for name, mask in affects.items():
            found = wording.decisions(mask)
            decides = "access" in found
            words = would_decide(self.machine, self.otherwise, self.book.facts[name]) if decides else []
            told = tuple(words) if len(words) > 1 else ()
            out.append(((not decides, not told, -len(found), name), (name, told, found)))
        return [item for _, item in sorted(out)]

    def turns(self, live: Iterable[Rule], seen: Mapping[str, Seen]) -> list[dict[str, Any]]:
        """Single-fact changes that turn a refusal or restriction."""
        if self.outcome("access").value not in ("prohibited", "restricted"):
            return []
        deciding = set(self.outcome("access").deciding)
        names = [read.id for rule in live if rule.id in deciding for read in seen[rule.id].reads if read.sort == "fact"]
        given = {name: value for name, value in self.inquiry.given.items() if value is not None}
        return turns(self.machine, given, dict.fromkeys(names))

    def boundaries(self) -> list[dict[str, Any]]:
        """Boundaries within reach at which a decision would turn: the signed distance and what it would turn to."""
        out = []
        for name, placed in self.inquiry.placed.items():
            if placed.value is None or placed.layer is None or self.nearby is None:
                continue
            if placed.value is False and not placed.on_boundary and not self.nearby(name):
                continue
            turned = self.otherwise.words(name, {name: 0 if placed.value else 2})
            measured = self.boundary(name) if turned else None
            if measured is not None and measured.flip_m is not None and measured.flip_m > REACH_M:
                continue  # the cheap look goes by bounding boxes and may say "near" of what is not
            if measured is not None and (measured.flip_m is not None or placed.on_boundary):
                out.append({"fact": name, "label": self.book.facts[name].zh, "value": placed.value, "distance_m": measured.flip_m,
                            "accuracy_m": placed.accuracy_m, "on_boundary": placed.on_boundary, "layer": placed.source,
                            "would_become": dict(sorted(turned.items()))})  # fmt: skip
        return sorted(out, key=lambda item: (abs(item["distance_m"] or 0.0), item["fact"]))


def items_cited(book: Rulebook, instrument: str, rules: Iterable[str]) -> list[str]:
    """Items of a catalogue that rules cite, each once, in the order of the rules."""
    found = [
        cite.partition("#")[2] for rule in rules for cite in book.rules[rule].cites if cite.startswith(f"{instrument}#")
    ]
    return list(dict.fromkeys(found))
