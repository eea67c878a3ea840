from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.packs.marked import load_marked, parse_marked, take


def faults_of(text: str) -> list[str]:
    with pytest.raises(InputFault) as caught:
        parse_marked(text, "x.yaml")
    return [f"{fault.code} {fault.place}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("no", "no"),
        ("yes", "yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0610", "0610"),
        ("2521", 2521),
        ("'2521'", "2521"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("12:30", "12:30"),
        ("1e3", 1000.0),
        ("-0.5", -0.5),
        (".5", ".5"),
        (".inf", ".inf"),
        ("2024-03-06", date(2024, 3, 6)),
        ("'2024-03-06'", "2024-03-06"),
        ("2024-3-6", "2024-3-6"),
        ("=", "="),
    ],
)
def test_scalars_read_without_surprises(written: str, value: object) -> None:
    found = parse_marked(f"a: {written}").mapping()["a"].value
    assert found == value
    assert type(found) is type(value)


def test_text_is_as_written_so_codes_read_alike() -> None:
    doc = parse_marked("codes: [2521, 0610, 2024-03-06, true]")
    assert doc.mapping()["codes"].texts() == ["2521", "0610", "2024-03-06", "true"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["P004 x.yaml"]),
        ("# only a remark", ["P004 x.yaml"]),
        ("a: b: c", ["P003 x.yaml:1:5"]),
        ("a: 1\n---\nb: 2", ["P003 x.yaml:2:1"]),
        ("a: \x01", ["P003 x.yaml"]),
        ("a: 1\nb: 2\na: 3", ["P006 x.yaml:3:1"]),
        ("a: &x 1\nb: *x", ["P005 x.yaml:1:4"]),
        ("a: &x [*x]", ["P005 x.yaml:1:4"]),
        ("<<: {a: 1}", ["P005 x.yaml:1:1"]),
        ("a: !!python/object:os.system b", ["P005 x.yaml:1:4"]),
        ("a: !own b", ["P005 x.yaml:1:4"]),
        ("? [1, 2]\n: b", ["P005 x.yaml:1:3"]),
        ("from: 2024-02-30", ["P007 x.yaml:1:7"]),
    ],
)
def test_faults_of_form(text: str, expected: list[str]) -> None:
    assert faults_of(text) == expected


def test_all_faults_of_form_at_once() -> None:
    assert faults_of("a: 1\na: 2\nd: 2023-02-29\nx: !t 1") == ["P006 x.yaml:2:1", "P007 x.yaml:3:4", "P005 x.yaml:4:4"]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_hostile_depth_is_a_fault_not_a_crash(text: str) -> None:
    assert faults_of(text)[0].startswith("P005 ")


def test_files(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_bytes("\ufeffa: 甲\n".encode())
    assert load_marked(good).plain() == {"a": "甲"}
    assert load_marked(good).mapping()["a"].place.file == str(good)
    with pytest.raises(InputFault, match="P001"):
        load_marked(tmp_path / "absent.yaml")
    with pytest.raises(InputFault, match="P001"):
        load_marked(good / "below")
    bad = tmp_path / "gbk.yaml"
    bad.write_bytes(b"a: 1\nb: " + "甲".encode("gbk"))
    with pytest.raises(InputFault, match=r"P002 .*gbk\.yaml:2"):
        load_marked(bad)
    with pytest.raises(EnvironmentFault, match="P009"):
        load_marked(tmp_path)


def test_take_collects_everything_and_raises_nothing() -> None:
    doc = parse_marked(
        "id: a\ntilte: 甲\nissued: sometime\nkind: lwa\nclauses: {}\nsure: maybe\ncount: 1.5\nempty:\n", "v.yaml"
    )
    faults: list[Fault] = []
    row = take(
        doc,
        {"id": "text", "title": "text", "issued": "date", "kind": ("law", "rule"), "empty": "text"},
        {"clauses": "sequence", "sure": "boolean", "count": "integer", "note": "text"},
        faults=faults,
        what="文件",
    )
    assert row["id"] == "a"
    assert {key for key, value in row.items() if value is not None} == {"id"}
    assert [(fault.code, str(fault.place)) for fault in faults] == [
        ("P010", "v.yaml:2:1"),
        ("P011", "v.yaml:1:1"),
        ("P012", "v.yaml:3:9"),
        ("P013", "v.yaml:4:7"),
        ("P011", "v.yaml:8:7"),
        ("P012", "v.yaml:5:10"),
        ("P012", "v.yaml:6:7"),
        ("P012", "v.yaml:7:8"),
    ]
    assert "title" in (faults[0].help or "")
    assert "law" in (faults[3].help or "")


def test_take_of_something_else() -> None:
    faults: list[Fault] = []
    assert take(parse_marked("[1]"), {"a": "text"}, faults=faults) == {"a": None}
    assert [fault.code for fault in faults] == ["P012"]


@pytest.mark.parametrize("method", ["mapping", "sequence", "number", "integer", "date", "boolean"])
def test_wrong_kind_names_the_place(method: str) -> None:
    item = parse_marked("a: 甲", "x.yaml").mapping()["a"]
    with pytest.raises(InputFault, match=r"P012 x\.yaml:1:4"):
        getattr(item, method)()


def test_a_boolean_is_not_a_number() -> None:
    item = parse_marked("a: true").mapping()["a"]
    with pytest.raises(InputFault):
        item.number()
    with pytest.raises(InputFault):
        item.integer()


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text("甲乙 ab:-#'\"[]{}0123456789.\n", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc甲", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc甲", min_size=1, max_size=4), plain, min_size=1, max_size=4))
def test_json_is_read_back_unchanged(value: dict[str, object]) -> None:
    assert parse_marked(json.dumps(value, ensure_ascii=False)).plain() == value


@given(st.text(max_size=60))
def test_any_text_is_a_tree_or_a_fault(text: str) -> None:
    found: list[object] = []
    with contextlib.suppress(InputFault):
        found = [item.place.line for item in parse_marked(text, "x").walk()]
    assert all(found)  # and nothing but an InputFault came out
