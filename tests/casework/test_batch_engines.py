"""Work in turn: results in order, no more under way than said, and what is left undone is called off."""

from __future__ import annotations

import threading

import pytest

from greenrule.casework.batch_engines import in_turn


def test_results_keep_the_order_and_the_width():
    """Later items may be done first; items are taken only when there is room for them."""
    taken: list[int] = []
    gate = threading.Event()

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    def work(number: int) -> int:
        if number == 0:
            gate.wait(30)
        else:
            gate.set()
        return number * number

    found = []
    for done in in_turn(items(), work, 3):
        found.append(done)
        assert len(taken) <= len(found) + 4
    assert found == [number * number for number in range(20)]


@pytest.mark.parametrize("how", ["a fault", "the reader leaves"])
def test_what_is_left_undone_is_called_off(how):
    called: list[str] = []
    started: list[int] = []

    def work(number: int) -> int:
        started.append(number)
        if how == "a fault" and number == 2:
            raise ValueError("two")
        return number

    results = in_turn(range(1000), work, 2, lambda: called.append("off"))
    if how == "a fault":
        with pytest.raises(ValueError, match="two"):
            list(results)
    else:
        assert next(results) == 0
        results.close()
    assert called == ["off"]
    assert len(started) < 20


def test_nothing_is_called_off_when_all_is_done():
    called: list[str] = []
    assert list(in_turn(range(5), str, 2, lambda: called.append("off"))) == list("01234")
    assert called == []
