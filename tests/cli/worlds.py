"""Generated projects over the real packs: what may be known is read from the rules themselves."""

from __future__ import annotations

from datetime import date
from random import Random

from hypothesis import strategies as st

from greenrule.casework.changes import alternatives
from greenrule.casework.continuations import Continuations
from greenrule.casework.project import Project
from greenrule.casework.screening import Screener
from greenrule.casework.vocabulary import fact_table
from greenrule.core.errors import Place

ON = date(2026, 11, 21)
INDUSTRIES = (
    "2521",
    "3110",
    "4411",
    "0610",
    "4416",
    "2614",
    "3011",
    "1711",
    "7723",
    "0313",
    "5161",
    "4620",
    "8412",
    "3971",
)
NATURES = ("new", "expand", "rebuild", "relocate", "upgrade")


class World:
    """What may be known about projects of each industry, read from the rules themselves."""

    def __init__(self, screener: Screener) -> None:
        self.screener = screener  # not a fixture of its own there: its repr is megabytes
        self.machine = screener.machine(ON)
        self.book = screener.law.book
        self.facts: dict[str, list[str]] = {}
        self.values: dict[str, tuple[object, ...]] = {}
        for industry in INDUSTRIES:
            names = [
                row["id"]
                for row in fact_table(screener.law, industry)
                if self.book.facts[row["id"]].kind.form != "set" and row["id"] not in ("nature", "eia.authority_form")
            ]
            for name in names:
                if name not in self.values:
                    self.values[name] = alternatives(self.machine, self.book.facts[name])
            self.facts[industry] = [name for name in names if self.values[name]]

    def draw(self, data: st.DataObject) -> tuple[dict[str, object], list[str]]:
        """What is known about one project, and what is not."""
        industry = data.draw(st.sampled_from(INDUSTRIES))
        known: dict[str, object] = {"industry": frozenset([industry]), "nature": data.draw(st.sampled_from(NATURES))}
        # One seed for many independent choices: hundreds of single draws would be slow and shrink no better.
        random = data.draw(st.randoms(use_true_random=False))
        names = list(self.facts[industry])
        random.shuffle(names)
        count = data.draw(st.sampled_from((0, 5, 20, 60, len(names) - 10)))
        known.update({name: random.choice(self.values[name]) for name in names[:count]})
        return known, names[count:]

    def described(self, random: Random) -> dict[str, object]:
        """A project of which everything is known; most of what may be so is not so, as in life.

        Nothing contradicts anything: facts that follow from others are left to follow.
        """
        industry = random.choice(INDUSTRIES)
        start: dict[str, object] = {"industry": frozenset([industry]), "nature": random.choice(NATURES)}
        choices = {}
        for name in self.facts[industry]:
            plain = self.book.facts[name].kind.form == "truth" and random.random() < 0.97
            choices[name] = False if plain else random.choice(self.values[name])
        way = Continuations(self.machine, start, tuple(self.book.decisions)).sound(choices)
        return {name: value for name, value in way.facts.items() if name not in way.derived}


def of(known: dict[str, object], location: dict[str, object] | None = None) -> Project:
    """A project of machine values; its `raw` is not meant to be read again."""
    return Project("甲", ON, known, location, {"name": "甲", "on": ON.isoformat()}, Place("project"))
