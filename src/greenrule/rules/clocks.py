"""The rulebook on its clocks: as it stood on one day, as it was known on another, and which edition governs a case.

A machine asks for `standing(book, on, known, events)` and from then on sees one law.  Every item carries since when it
holds and since when it is known; what was recorded after `known` is left out as if it had never been written, so that
later knowledge cannot change a past answer.

`events` are the date facts of a case that somebody stated (the day of acceptance, of decision, of start of production).
Where the day is before the first day of a new edition, the transition clause decides which edition governs; where the
text is silent, both are unknown.  A case that states no such day is asked as one that comes in on the day asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from greenrule.rules.book import DecisionSpec, ParameterSpec, Rulebook, Transition, Vocabulary
from greenrule.rules.items import CodeList, Effect, Rule
from greenrule.rules.nodes import Compare, Day, Fact, Node, Not, Undecided, Under, both, rewritten


def standing(book: Rulebook, on: date, known: date | None = None, events: frozenset[str] = frozenset()) -> Rulebook:
    """The rulebook of the day `on` from what was known on the day `known` (None: everything), for cases with `events`.

    The same object where nothing differs.  Rules keep their places; `validity` says which of them are in force.
    """
    changes: dict[str, Any] = {}
    _put(changes, "parameters", book.parameters, lambda spec: _parameter(spec, on, known))
    _put(changes, "lists", book.lists, lambda item: _list(item, on, known))
    _put(changes, "vocabularies", book.vocabularies, lambda item: _vocabulary(item, on, known))
    decisions = {name: spec for name, spec in book.decisions.items() if _known(spec.recorded, known)}
    if len(decisions) < len(book.decisions):
        changes["decisions"] = decisions
        changes["order"] = tuple(
            name
            for name in book.order
            if not name.startswith("decision:") or name.removeprefix("decision:") in decisions
        )
    validity = _validity(book, known)
    if validity is not book.validity:
        changes["validity"] = validity
    rules = _rules(book, on, known, decisions, changes.get("lists", {}))
    _facts(book, on, known, changes)
    if "lists" in changes:
        definitions = {
            name: replace(item, body=_relisted(item.body, changes["lists"])) for name, item in book.definitions.items()
        }
        changes["definitions"] = definitions
    bound = binding(book, on, known, events)
    if bound:
        rules = dict(rules)
        for item in bound:
            _govern(book, item, rules, changes)
    if rules is not book.rules:
        changes["rules"] = rules
    return replace(book, **changes) if changes else book


def change_days(book: Rulebook) -> list[date]:
    """The days from which the rulebook may say something else than the day before; between two of them every day is alike."""
    first: set[date | None] = {start for spec in book.parameters.values() for start, _, _ in spec.values}
    last: set[date | None] = set(book.bounds.values())
    first.update(edition.first for spec in book.parameters.values() for edition in spec.tables)
    first.update(version.first for item in book.lists.values() for version in item.versions)
    first.update(item.first for spec in book.facts.values() for item in spec.derive)
    first.update(item.day for item in book.transitions)
    for start, end, _ in (dates for item in book.vocabularies.values() for dates in item.dated.values()):
        first.add(start)
        last.add(end)
    for start, end, _, _ in book.validity.values():
        first.add(start)
        last.add(end)
    last.update(end.last for ends in book.endings.values() for end in ends)
    after = {date.fromordinal(day.toordinal() + 1) for day in last if day is not None and day < date.max}
    return sorted({day for day in first if day is not None} | after)


def binding(book: Rulebook, on: date, known: date | None, events: frozenset[str]) -> tuple[Transition, ...]:
    """The transition clauses that bear on cases which state the days of `events`."""
    return tuple(
        item for item in book.transitions if item.event in events and item.day <= on and _known(item.recorded, known)
    )


def _known(recorded: date | None, known: date | None) -> bool:
    return known is None or recorded is None or recorded <= known


def _put(changes: dict[str, Any], name: str, items: Mapping[str, Any], look: Callable[[Any], Any]) -> None:
    """Looked at one by one; only a table in which something changed is a change."""
    found = {key: look(item) for key, item in items.items()}
    if any(found[key] is not item for key, item in items.items()):
        changes[name] = found


def _parameter(spec: ParameterSpec, on: date, known: date | None) -> ParameterSpec:
    if spec.tables:
        held = [t for t in spec.tables if _known(t.recorded, known) and (t.first is None or t.first <= on)]
        best = max(held, key=lambda t: (t.first or date.min, t.recorded or date.min), default=None)
        points = best.points if best else ()
        if points != spec.table:
            spec = replace(spec, table=points, cite=best.cite if best else None)
    kept = [index for index, day in enumerate(spec.recorded) if _known(day, known)]
    if len(kept) == len(spec.recorded):
        return spec
    return replace(
        spec, values=tuple(spec.values[i] for i in kept), recorded=tuple(spec.recorded[i] for i in kept)
    )  # fmt: skip


def _list(item: CodeList, on: date, known: date | None) -> CodeList:
    if not item.versions:
        return item
    found = item.at_day(on, known)
    if (found.codes, found.open_within, found.note) == (item.codes, item.open_within, item.note):
        return item
    return replace(item, codes=found.codes, open_within=found.open_within, cites=found.cites, note=found.note)


def _vocabulary(item: Vocabulary, on: date, known: date | None) -> Vocabulary:
    gone = {
        code for code, (first, last, recorded) in item.dated.items()
        if not _known(recorded, known) or (first is not None and on < first) or (last is not None and on > last)
    }  # fmt: skip
    if not gone:
        return item
    return replace(
        item,
        labels={code: label for code, label in item.labels.items() if code not in gone},
        parent={code: above for code, above in item.parent.items() if code not in gone},
    )


def _validity(book: Rulebook, known: date | None) -> Mapping[str, tuple[date, date | None, date, date]]:
    late = {
        rule: ends for rule, ends in book.endings.items()
        if known is not None and any(not _known(end.recorded, known) for end in ends)
    }  # fmt: skip
    if not late:
        return book.validity
    out = dict(book.validity)
    for rule, ends in late.items():
        first, _, recorded, standing_since = out[rule]
        lasts = [end.last for end in ends if end.sure and _known(end.recorded, known)]
        own = book.bounds.get(rule)
        out[rule] = (first, min([*lasts, *([own] if own else [])], default=None), recorded, standing_since)
    return out


def _rules(
    book: Rulebook,
    on: date,
    known: date | None,
    decisions: Mapping[str, DecisionSpec],
    lists: Mapping[str, CodeList],
) -> Mapping[str, Rule]:
    """Rules without effects on decisions not yet known, with the lists of the day, unknown after an unsure end."""
    changed: dict[str, Rule] = {}
    for name, rule in book.rules.items() if lists or len(decisions) < len(book.decisions) else ():
        when = _relisted(rule.when, lists)
        effects = tuple(effect for effect in rule.effects if effect.decision in decisions)
        if when is not rule.when or len(effects) < len(rule.effects):
            changed[name] = replace(rule, when=when, effects=effects)
    for name, rule in book.rules.items() if known is not None else ():
        if rule.overrides and name in book.validity and not _known(book.validity[name][2], known):
            # Sentences name the exceptions of a rule: not those that nobody knew of.
            changed[name] = replace(changed.get(name, rule), overrides=())
    for name, ends in book.endings.items():
        for end in ends:
            if not end.sure and end.last < on and _known(end.recorded, known):
                rule = changed.get(name, book.rules[name])
                changed[name] = replace(
                    rule, when=both((rule.when, Undecided(end.reason or f"是否已由 {end.by} 取代不知")))
                )
    return {**book.rules, **changed} if changed else book.rules


def _relisted(node: Node, lists: Mapping[str, CodeList]) -> Node:
    def change(part: Node) -> Node:
        if not isinstance(part, Under) or part.listed is None or part.listed not in lists:
            return part
        found = lists[part.listed]
        same = (part.codes, part.open_codes) == (found.codes, found.open_within)
        return part if same else replace(part, codes=found.codes, open_codes=found.open_within)

    return rewritten(node, change) if lists else node


def _facts(book: Rulebook, on: date, known: date | None, changes: dict[str, Any]) -> None:
    lists = changes.get("lists", {})
    facts = {}
    for name, spec in book.facts.items():
        kept = tuple(
            item for item in spec.derive if _known(item.recorded, known) and (item.first is None or item.first <= on)
        )
        if lists:
            kept = tuple(
                replace(item, value=_relisted(item.value, lists), when=item.when and _relisted(item.when, lists))
                for item in kept
            )
        facts[name] = spec if kept == spec.derive else replace(spec, derive=kept)
    if any(facts[name] is not spec for name, spec in book.facts.items()):
        changes["facts"] = facts


def _govern(book: Rulebook, item: Transition, rules: dict[str, Rule], changes: dict[str, Any]) -> None:
    """Bind the rules of both editions to the day of the event, as the transition clause says."""
    if item.before == "new":
        return  # the new edition governs pending cases too: what ended has ended
    earlier = Compare("<", Fact(item.event), Day(item.day))
    silent = Undecided(item.reason or "原文未写新旧版本如何衔接")
    pending: Node = earlier if item.before == "old" and not item.missing else both((earlier, silent))
    for name in item.rules:
        rules[name] = replace(rules[name], when=both((rules[name].when, Not(pending))))
    validity = changes.setdefault("validity", dict(book.validity))
    for name in item.old:
        # Ended for new cases, the old edition goes on for those that came in before.
        first, _, recorded, standing_since = validity[name]
        validity[name] = (first, book.bounds.get(name), recorded, standing_since)
        rules[name] = replace(rules[name], when=both((rules[name].when, pending)))
    if item.missing:
        # No pack holds the old edition: it may say anything that can be said on these decisions.
        for spec in (book.decisions[name] for name in item.decisions):
            for effect in _voices(spec):
                rule = _unread(item, spec, effect, pending)
                rules[rule.id] = rule
                validity[rule.id] = (item.day, None, item.recorded or item.day, item.day)
        added = tuple(name for name in rules if name.startswith(f"{item.id}-before-"))
        changes["order"] = (*added, *changes.get("order", book.order))


def _voices(spec: DecisionSpec) -> list[Effect]:
    """One effect for every value that a rule may give to a decision."""
    out = []
    for value, _ in spec.values:
        for verb, given in spec.verbs.items():
            if given == value or given is None:
                out.append(Effect(verb, spec.id, None if given == value else value))
                break
    return out


def _unread(item: Transition, spec: DecisionSpec, effect: Effect, pending: Node) -> Rule:
    value = effect.value or spec.verbs[effect.verb]
    label = dict(spec.values)[str(value)]
    return Rule(
        f"{item.id}-before-{spec.id}-{value}", f"{item.zh}：衔接前受理，旧版不在包内", "case", pending, (effect,),
        f"按{item.missing}可能为“{label}”", "mandatory", (item.cite or item.to,), notes=(item.reason,) if item.reason else (),
    )  # fmt: skip
