"""The columnar machine beyond what the conformance suite asks of it: long tables, both ways to look up, kinds of columns."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from greenrule.backends.columnar import Columnar, Columns, filling, kernels
from greenrule.backends.columnar.columns import UNKNOWN, Coded, Floats, Scaled
from greenrule.core import lanes
from greenrule.core.kernels import kernel
from greenrule.core.units import factor
from tests.strategies import COLOUR, FACTS, ON, TREE, And, Compare, Fact, Not, Or, Under, book, rule

MASS = next(spec for spec in FACTS.values() if spec.kind.form == "quantity")


def _rules():
    from greenrule.rules.nodes import Amount, In

    bounds = [Compare(op, Fact(MASS.id), Amount(Fraction(value), MASS.unit)) for op, value in
              ((">=", 3), ("<", 3), ("==", 7), (">", 7), ("!=", 9), (">=", 12))]  # fmt: skip
    codes = sorted(set(TREE.labels))
    lists = [Under("industry", (code,)) for code in codes]
    return book(
        rule("r0", And((Fact("a"), bounds[0]))),
        rule("r1", Or((Not(Fact("b")), bounds[2], lists[0]))),
        rule("r2", And((bounds[1], Or(tuple(lists[1:3]))))),
        rule("r3", Or((bounds[3], In("colour", tuple(sorted(COLOUR.labels))[:1])))),
        *(rule(f"l{number}", node) for number, node in enumerate(lists)),
        *(rule(f"b{number}", node) for number, node in enumerate(bounds)),
    )


def _table(law, size: int, seed: int = 5) -> Columns:
    """Random facts, a third of them unknown; amounts on and beside the cuts."""
    draw = Random(seed)
    truths = {name: [draw.choice((True, False, None)) for _ in range(size)] for name in ("a", "b")}
    codes = sorted(TREE.labels)
    colours = sorted(COLOUR.labels)
    out = Columns(size)
    for name, values in truths.items():
        out.put(law.facts[name], values)
    step = factor(MASS.unit)[1]
    numbers = np.array(
        [draw.choice((UNKNOWN, 29, 30, 31, 69, 70, 71, 90, 120, 121)) for _ in range(size)], dtype=np.int64
    )
    out.columns[MASS.id] = Scaled(numbers, step / 10)
    kind = law.facts["industry"].kind.form
    picked = [draw.choice((None, *codes)) for _ in range(size)]
    if kind == "set":
        picked = [code if code is None else frozenset(draw.sample(codes, draw.randint(1, 2))) for code in picked]
    out.put(law.facts["industry"], picked)
    out.put(law.facts["colour"], [draw.choice((None, *colours)) for _ in range(size)])
    return out


def _truths(law, columns: Columns, threads: int = 1) -> dict[str, list[int]]:
    answers = Columnar(law, ON).run(columns, threads=threads)
    return {name: answers.truth(name).tolist() for name in law.rules}


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 3 * 4096 + 77])
def test_long_tables_answer_as_their_rows_do(size):
    """Whole blocks, the rest behind them and single rows go different ways to the same answers, whoever else works."""
    law = _rules()
    columns = _table(law, size)
    found = _truths(law, columns, threads=2)
    assert found == _truths(law, columns)
    for row in {0, size - 1, size // 2, *Random(size).sample(range(size), min(size, 12))}:
        alone = _truths(law, columns.taken(slice(row, row + 1)))
        assert {name: truths[row] for name, truths in found.items()} == {name: one[0] for name, one in alone.items()}


def test_both_ways_to_look_up_agree(monkeypatch):
    """By class of values, or each value by itself where there are too many classes."""
    law = _rules()
    columns = _table(law, 5000)
    by_class = _truths(law, columns)
    monkeypatch.setattr(filling, "_PER_WORD", -1)
    assert all(not looks.class_of.size for _, _, looks in _filled(law, columns).looks)
    assert _truths(law, columns) == by_class
    monkeypatch.undo()
    assert all(looks.class_of.size for _, _, looks in _filled(law, columns).looks)


def _filled(law, columns):
    machine = Columnar(law, ON)
    _, wired = machine._wire(columns, machine.truth_names())
    return filling.Filler(law, wired, columns).filled


def test_kinds_of_number_columns_agree():
    """Whole numbers on a step, decimals as floats, a dictionary of fractions: one meaning."""
    law = _rules()
    columns = _table(law, 5000)
    scaled = columns.columns[MASS.id]
    expected = _truths(law, columns)
    tenths = np.where(scaled.numbers == UNKNOWN, np.nan, scaled.numbers / 10)
    columns.columns[MASS.id] = Floats(tenths, scaled.step * 10)
    assert _truths(law, columns) == expected
    values, index = np.unique(scaled.numbers, return_inverse=True)
    assert values[0] == UNKNOWN
    exact = tuple(int(value) * scaled.step for value in values[1:])
    columns.columns[MASS.id] = Coded((index - 1).astype(np.int32), exact)
    assert _truths(law, columns) == expected


def test_columns_that_do_not_lie_in_a_row():
    """A column may be a view with gaps, as a table of rows gives it."""
    law = _rules()
    columns = _table(law, 4500)
    gaps = Columns(4500, dict(columns.columns))
    scaled, truth = columns.columns[MASS.id], columns.columns["a"]
    gaps.columns[MASS.id] = Scaled(np.repeat(scaled.numbers, 3)[::3], scaled.step)
    gaps.columns["a"] = Coded(np.repeat(truth.index, 2)[::2], truth.values)
    assert _truths(law, gaps) == _truths(law, columns)


@pytest.mark.parametrize("kind", [np.uint8, np.uint32])
def test_weights_are_added_where_bits_are_set(kind):
    """Planes as numbers: whole words and the rest behind them, as numpy adds them up."""
    random = np.random.default_rng(4)
    planes = random.integers(0, 1 << 64, (2, 3, kernels.WORDS), dtype=np.uint64)
    for size in (1, 63, 64, 4097, 5000, 8192):
        out, expected = np.zeros(size, dtype=kind), np.zeros(size, dtype=kind)
        for which, weight in ((0, 1), (2, 4), (0, 64)):
            kernels.spread(planes, which, weight, out)
            words = np.ascontiguousarray(planes[:, which]).view(np.uint8)
            expected += np.unpackbits(words.reshape(-1), count=size, bitorder="little") * kind(weight)
        assert (out == expected).all()


def test_values_by_their_place():
    """`codes` are the candidates where there is one; `words` are their names."""
    law = _rules()
    answers = Columnar(law, ON).run(_table(law, 5000))
    values = [value for value, _ in law.decisions["access"].values]
    for mask, code, word in zip(
        answers.candidates("access").tolist(), answers.codes("access").tolist(), answers.words("access"), strict=True
    ):
        sure = mask in [1 << place for place in range(len(values))]
        assert (code, word) == (
            (mask.bit_length() - 1, values[mask.bit_length() - 1]) if sure else (-1, "undetermined")
        )
    assert set(answers.codes("access").tolist()) > {-1}


def test_looks_have_the_answers_of_every_value():
    """The tables by class say for each value what was said of it, also where two values answer alike or nothing at all."""
    draw = Random(3)
    answers = [draw.choice((0, 1, 5, 1 << 69, (1 << 70) - 1, draw.getrandbits(70))) for _ in range(300)]
    looks = filling.Looks.of(70, answers)
    assert looks.class_of.size == 300
    for number, answer in enumerate(answers):
        begin, end = looks.begin[looks.class_of[number] : looks.class_of[number] + 2]
        assert sum(1 << int(place) for place in looks.planes_of[begin:end]) == answer
    many = filling.Looks.of(3, [1] * 10_000)
    assert len(many.begin) == 2


@kernel
def _lanes_of(bytes_, shorts, wholes, floats, out):
    out[0] = lanes.bytes_with(bytes_.ctypes.data, np.uint8(129))
    out[1] = lanes.shorts_with(shorts.ctypes.data, np.uint16(1 << 12))
    out[2] = lanes.wholes_from(wholes.ctypes.data, np.int64(-3))
    out[3] = lanes.floats_from(floats.ctypes.data, 0.5)
    out[4] = np.uint64(lanes.short_whole(wholes.ctypes.data + 8))


def test_lanes_say_what_numpy_says():
    """Sixty-four comparisons as one word, at any address; NaN reaches nothing."""
    random = np.random.default_rng(1)
    bytes_ = random.integers(-128, 128, 65).astype(np.int8)[1:]  # not aligned
    shorts = random.integers(0, 1 << 16, 64).astype(np.uint16)
    wholes = random.integers(-5, 5, 64)
    wholes[:3] = UNKNOWN, -3, np.iinfo(np.int64).max
    floats = random.random(64)
    floats[:4] = np.nan, 0.5, -np.inf, np.inf
    out = np.zeros(5, dtype=np.uint64)
    _lanes_of(bytes_, shorts, wholes, floats, out)
    masks = (bytes_.view(np.uint8) & 129 != 0, shorts & (1 << 12) != 0, wholes >= -3, floats >= 0.5)
    for word, mask in zip(out.tolist(), masks, strict=False):
        assert word == sum(1 << place for place, bit in enumerate(mask.tolist()) if bit)
    assert int(out[4]) == int(wholes.view(np.int32)[2]) % (1 << 64)
    assert kernels.ROWS % lanes.LANES == 0
