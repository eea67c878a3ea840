"""A law around a generated rulebook, as far as casework needs one: an instrument to cite, groups of facts."""

from __future__ import annotations

from datetime import date

from greenrule.core.errors import Fault
from greenrule.packs.book import Law
from greenrule.packs.instrument import read_instrument
from greenrule.packs.instruments import Instruments
from greenrule.packs.marked import parse_marked
from greenrule.rules.book import Rulebook

_CITED = """\
id: x
number: 甲〔2020〕1号
kind: law
title: {zh: 某法, en: Some law}
issuer: 某机关
issued: 2020-01-01
in_force: {from: 2020-03-01}
recorded: 2020-01-01
quality: memory
clauses:
  - {id: "1", label: 第一条}
"""


def law_of(book: Rulebook, groups: dict[str, tuple[str, bool]] | None = None) -> Law:
    """The law that consists of one rulebook, whose rules all cite `x#1`."""
    faults: list[Fault] = []
    instrument = read_instrument(parse_marked(_CITED, "x.yaml"), "x", faults)
    assert instrument is not None
    assert faults == []
    return Law(book, Instruments({"x": instrument}), {"test": "sha256:0"}, (), groups=groups or {})


ON = date(2026, 11, 21)
