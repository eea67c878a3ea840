"""A log worked out again after its data were corrected: what nothing touched is kept, what comes out differently is named.

The log that was lived is never rewritten.  Beside it stands the log as it would have run on the data as they are now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from greenrule.response.episode_air import Reading, events
from greenrule.response.episode_rules import Edition
from greenrule.response.warning import Step, go_on


@dataclass(frozen=True, slots=True)
class Amended:
    """A reading that is another than the log was made with; `old` None: there was none, `new` None: it is gone."""

    old: Reading | None
    new: Reading | None

    @property
    def reading(self) -> Reading:
        """The one that is there."""
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that comes out differently; one of the two is None where only the other log has a step there."""

    old: Step | None
    new: Step | None

    @property
    def at(self) -> datetime:
        """Its moment."""
        found = self.new or self.old
        assert found is not None
        return found.at


def latest(log: Iterable[Step]) -> dict[Any, Reading]:
    """What a log took in last for every key of a reading."""
    return {item.key: item for step in log for item in step.inputs}


def news(readings: Iterable[Reading], log: Sequence[Step]) -> list[Reading]:
    """Readings that say something else than the log last heard under the same key."""
    held = latest(log)
    return [item for item in readings if not _alike(held.get(item.key), item)]


def resume(
    log: Sequence[Step],
    readings: Iterable[Reading],
    edition_of: Callable[[date], Edition],
    causes_of: Callable[[date], Mapping[str, Any]] | None = None,
    within: int | None = None,
) -> tuple[list[Step], int]:
    """The log of `readings` from their first moment on, and how many steps of `log` it could keep.

    Steps are kept up to the first moment at which something else came in than `log` has there, or another rule holds; the
    result is that of working everything out.  Errors: as of `warn`.
    """
    wanted = events(readings)
    kept = done = 0
    while kept < len(log) and done < len(wanted):
        step, (moment, items, _) = log[kept], wanted[done]
        if step.late or step.at != moment or list(step.inputs) != items or step.edition != edition_of(moment.date()).id:
            break
        kept += 1
        while kept < len(log) and not log[kept].inputs:  # what else was decided at that moment
            kept += 1
        done += 1
    rest = [item for _, items, _ in wanted[done:] for item in items]
    return go_on(rest, edition_of, causes_of, log[:kept], within), kept


def amendments(log: Sequence[Step], readings: Iterable[Reading]) -> list[Amended]:
    """Readings that differ from what `log` was made with and were known within its time, by start; later ones only go on with it."""
    if not log:
        return []
    end, held = log[-1].at, latest(log)
    out = []
    for item in readings:
        old = held.pop(item.key, None)
        if item.known <= end and not _alike(old, item):
            out.append(Amended(old, item))
    out += [Amended(old, None) for old in held.values()]
    return sorted(out, key=lambda item: (item.reading.start, item.reading.observed, item.reading.known))


def settled(log: Sequence[Step], readings: Iterable[Reading]) -> list[Reading]:
    """The readings, and the forecasts that only the log still holds; what says the same as in the log is the log's own.

    A forecast is handed in once and not again; that it stood elsewhere in another file makes it no other.
    """
    held = latest(log)
    out = []
    for item in readings:
        old = held.pop(item.key, None)
        out.append(old if old is not None and _alike(old, item) else item)
    return [*out, *(item for item in held.values() if not item.observed)]


def turns(old: Sequence[Step], new: Sequence[Step]) -> list[Turn]:
    """Steps of two logs at the same moments that differ in what was decided; steps behind the end of `old` are none."""
    end = old[-1].at if old else datetime.min
    ours, theirs = _by_moment(old), _by_moment(new)
    out = []
    for at in sorted({*ours, *theirs}):
        if at > end:
            continue
        for one, other in zip_longest(ours.get(at, ()), theirs.get(at, ())):
            if one is None or other is None or _decided(one) != _decided(other):
                out.append(Turn(one, other))
    return out


def _by_moment(log: Sequence[Step]) -> dict[datetime, list[Step]]:
    out: dict[datetime, list[Step]] = {}
    for step in log:
        out.setdefault(step.at, []).append(step)
    return out


def _decided(step: Step) -> tuple[Any, ...]:
    return step.action, step.before.level, step.after.level, step.after.begins, step.after.advice, step.demand


def _alike(one: Reading | None, other: Reading) -> bool:
    return one is not None and (one.aqi, one.cause, one.known) == (other.aqi, other.cause, other.known)
