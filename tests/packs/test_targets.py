from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.packs.instruments import load_instruments
from greenrule.packs.places import load_places
from greenrule.packs.targets import Target, load_targets

SOUND = (
    "targets:\n  g-1:\n    indicator: 甲\n    places: [全省]\n    operator: '<='\n    value: 70.7\n    unit: μg/m3\n"
    "    by: 2025-12-31\n    kind: binding\n    cites: 'x-1#1'\n"
)


def read(pack: Path, text: str) -> dict[str, Target]:
    """The targets of a tiny pack with one file of targets."""
    path = pack / "targets" / "a.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_targets([pack], load_instruments([pack]), load_places([pack]))


def codes(pack: Path, text: str) -> list[str]:
    """Codes of what is wrong."""
    with pytest.raises(InputFault) as caught:
        read(pack, text)
    return [fault.code for fault in caught.value.faults]


def test_values_are_exact(pack: Path) -> None:
    target = read(pack, SOUND)["g-1"]
    assert target.value == Fraction(707, 10)
    assert target.to_json()["value"] == "70.7"
    assert target.demand == "不超过 70.7 μg/m3"


def test_a_target_without_a_number_is_not_zero(pack: Path) -> None:
    target = read(pack, SOUND.replace("    value: 70.7\n", "    note: 由国家下达\n"))["g-1"]
    assert target.value is None
    assert target.to_json()["value"] is None
    assert target.demand == "不超过 ?"


def test_forms_of_a_demand(pack: Path) -> None:
    ranked = SOUND.replace("'<='", "rank").replace("70.7", "10\n    among: 168").replace("μg/m3", "名次")
    between = SOUND.replace("'<='", "between").replace("70.7", "2\n    upper: 3").replace("μg/m3", "个")
    done = SOUND.replace("'<='", "done").replace("    value: 70.7\n    unit: μg/m3\n", "")
    assert [read(pack, text)["g-1"].demand for text in (ranked, between, done)] == [
        "退出后 10 名（共 168 名）",
        "介于 2—3 个",
        "完成",
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("70.7", "许多", "P083"),
        ("    value: 70.7\n", "", "P083"),
        ("μg/m3", "斗", "P084"),
        ("'<='", "done", "P085"),
        ("'<='", "between", "P085"),
        ("'<='", "rank", "P085"),
        ("70.7", "70.7\n    upper: 80", "P085"),
        ("x-1#1", "x-1#9", "P024"),
        ("[全省]", "[火星]", "P081"),
        ("binding", "binidng", "P013"),
    ],
)
def test_a_slip_is_named(pack: Path, old: str, new: str, code: str) -> None:
    assert old in SOUND
    assert codes(pack, SOUND.replace(old, new, 1)) == [code]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.decimals(min_value=0, max_value=10**6, places=3))
def test_no_decimal_is_rounded(pack: Path, value: object) -> None:
    assert read(pack, SOUND.replace("70.7", str(value)))["g-1"].value == Fraction(str(value))
