"""Layer versions: immutable files named by their content, and two clocks whose past answers never change."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.layers import DEMO_MARK, LayerVersion, choose, layers_digest
from greenrule.store.workspace import Workspace

START = date(2021, 1, 1)
SAID = {
    "title": "红线",
    "source": "某局 2021 年第 1 号",
    "accuracy_m": 5.0,
    "complete": True,
    "valid_from": START,
    "recorded": START,
}


def frame(number: int = 0) -> Frame:
    """One square, another for every number."""
    west = 112.0 + number / 100
    return Frame(np.array([shapely.box(west, 37.0, west + 0.01, 37.01)], dtype=object), {"name": [f"甲{number}"]})


def day(number: int) -> date:
    return START + timedelta(days=number)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def codes(call, *rest, **more) -> list[str]:
    with pytest.raises(InputFault) as raised:
        call(*rest, **more)
    return [fault.code for fault in raised.value.faults]


def test_a_version_comes_back_as_it_went_in(workspace):
    """Geometry, columns, and the row of the version in the meta."""
    version = workspace.import_frame("ecological_red_line", frame(), **SAID)

    read = workspace.read(version)

    assert shapely.equals_identical(read.geometry, frame().geometry).all()
    assert dict(read.columns) == {"name": ["甲0"]}
    assert read.meta["version"] == version.to_json()
    assert read.meta["accuracy_m"] == 5.0
    assert (version.features, version.seq, version.demo) == (1, 1, False)


def test_a_file_is_named_by_its_content(workspace):
    """The same content is the same file; another is another."""
    first, same, other = (workspace.import_frame("park", frame(number), **SAID) for number in (0, 0, 1))

    assert first.sha256 == same.sha256 != other.sha256
    for version in (first, other):
        data = workspace.layer_path(version).read_bytes()
        assert hashlib.sha256(data).hexdigest() == version.sha256 == workspace.layer_path(version).stem
    assert len(list((workspace.path / "layers" / "park").iterdir())) == 2
    assert [version.seq for version in workspace.versions("park")] == [1, 2, 3]


def test_a_later_import_touches_no_earlier_file(workspace):
    """Bytes and time of change stay."""
    first = workspace.import_frame("park", frame(0), **SAID)
    path = workspace.layer_path(first)
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    workspace.import_frame("park", frame(1), **{**SAID, "recorded": day(9)})

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert workspace.check() == []


def test_a_demonstration_layer_says_so_in_its_title_and_file(workspace):
    """Even where the caller forgets the mark."""
    version = workspace.import_frame("park", frame(), **SAID, demo=True)

    assert version.title == f"红线{DEMO_MARK}"
    assert workspace.read(version).meta["demo"] is True
    assert DEMO_MARK in workspace.read(version).meta["title"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "Parks"}, ["W007"]),
        ({"kind": "../park"}, ["W007"]),
        ({"title": " "}, ["W008"]),
        ({"source": ""}, ["W008"]),
        ({"valid_to": START}, ["W009"]),
        ({"accuracy_m": -1.0}, ["W009"]),
        ({"accuracy_m": float("nan")}, ["W009"]),
        ({"kind": "1", "title": "", "valid_to": START, "accuracy_m": -1.0}, ["W007", "W008", "W009", "W009"]),
    ],
)
def test_contradictory_statements_are_told_together(workspace, change, expected):
    """And nothing is stored."""
    said = {"kind": "park", **SAID, **change}

    assert codes(workspace.import_frame, said.pop("kind"), frame(), **said) == expected
    assert workspace.versions() == []
    assert list((workspace.path / "layers").rglob("*")) == []


def test_the_past_cannot_be_recorded_later(workspace):
    """An import dated before the last one would change what we would have answered in between."""
    workspace.import_frame("park", frame(), **{**SAID, "recorded": day(10)})

    assert codes(workspace.import_frame, "valley", frame(), **{**SAID, "recorded": day(9)}) == ["W004"]
    assert len(workspace.versions()) == 1


def test_a_damaged_file_is_told_and_a_missing_one_too(workspace):
    """W006 and W005; reading does not hand out what is not what the finding names."""
    version = workspace.import_frame("park", frame(), **SAID)
    path = workspace.layer_path(version)
    path.write_bytes(path.read_bytes()[:-9])

    assert codes(workspace.read, version) == ["W006"]
    assert [fault.code for fault in workspace.check()] == ["W006"]
    path.unlink()
    with pytest.raises(EnvironmentFault):
        workspace.read(version)
    assert [fault.code for fault in workspace.check()] == ["W005"]


def test_two_clocks_in_a_workspace(workspace):
    """Boundaries drawn in March hold from January; in February nobody could know."""
    first = workspace.import_frame("park", frame(0), **SAID)
    later = workspace.import_frame(
        "park", frame(1), **{**SAID, "valid_from": day(5), "valid_to": day(50), "recorded": day(60)}
    )

    def answer(on: int, known: int) -> int | None:
        found = workspace.layers(day(on), day(known)).get("park")
        return found.seq if found else None

    assert answer(10, 59) == first.seq
    assert answer(10, 60) == later.seq
    assert [answer(on, 60) for on in (4, 5, 49, 50)] == [first.seq, later.seq, later.seq, first.seq]
    assert answer(-1, 60) is answer(10, -1) is None
    assert (
        workspace.layers_digest(day(10), day(59)) == layers_digest([first]) != workspace.layers_digest(day(10), day(60))
    )


days = st.integers(0, 30).map(day)


@st.composite
def versions(draw: st.DrawFn, seq: int = 0) -> LayerVersion:
    """A version with any days and any content; recording days are put in order by the caller."""
    begin = draw(days)
    end = draw(st.none() | st.integers(1, 20).map(lambda length: begin + timedelta(days=length)))
    kind, sha = draw(st.sampled_from(("park", "valley"))), draw(st.text("0123456789abcdef", min_size=4, max_size=4))
    return LayerVersion(kind, sha, "甲", "乙", None, True, begin, end, draw(days), False, 1, seq)


def history(rows: list[LayerVersion]) -> list[LayerVersion]:
    """The rows as a workspace records them: never before what is there already."""
    ordered = sorted(rows, key=lambda row: row.recorded)
    return [replace(row, seq=number) for number, row in enumerate(ordered, 1)]


@given(st.lists(versions(), max_size=8), days, days, st.integers(0, 8))
def test_a_past_answer_never_changes(rows, on, known, cut):
    """Whatever is imported after a day leaves the answers known on that day."""
    whole = history(rows)
    before = [row for row in whole if row.recorded <= known]

    assert choose(whole, on, known) == choose(before, on, known)
    assert layers_digest(choose(whole, on, known)) == layers_digest(choose(before, on, known))
    # However many of the later imports have happened yet.
    assert choose(whole[: len(before) + cut], on, known) == choose(before, on, known)


@given(st.lists(versions(), max_size=8), versions(), days, days)
def test_a_version_changes_nothing_outside_its_validity(rows, added, on, known):
    """An import for some days leaves all other days as they were."""
    whole = history(rows)
    last = max((row.recorded for row in whole), default=START)
    more = [*whole, replace(added, recorded=max(added.recorded, last), seq=len(whole) + 1)]

    if not added.holds(on):
        assert choose(more, on, known) == choose(whole, on, known)
    elif more[-1].recorded <= known:
        assert choose(more, on, known)[added.kind] == more[-1]


@given(st.lists(versions(), max_size=8), days, days)
def test_the_choice_is_the_latest_that_holds_and_was_known(rows, on, known):
    """Against a plain reading of the definition."""
    whole = history(rows)
    chosen = choose(whole, on, known)

    for kind in ("park", "valley"):
        possible = [row for row in whole if row.kind == kind and row.valid_from <= on and row.recorded <= known]
        possible = [row for row in possible if row.valid_to is None or on < row.valid_to]
        assert chosen.get(kind) == (possible[-1] if possible else None)


@given(st.lists(versions(), max_size=5), st.randoms(use_true_random=False))
def test_the_digest_of_a_set_does_not_depend_on_order_or_time_of_import(rows, chance):
    """Two workspaces with the same layers give the same digest, and other layers another."""
    shuffled = [replace(row, seq=row.seq + 7, recorded=day(40), title="丙") for row in rows]
    chance.shuffle(shuffled)

    assert layers_digest(shuffled) == layers_digest(rows)
    assert layers_digest([*rows, replace(frame_version(), sha256="ffff0")]) != layers_digest(rows)


def frame_version() -> LayerVersion:
    return LayerVersion("park", "0", "甲", "乙", None, True, START, None, START, False, 1)


def test_the_digest_of_a_set_sees_what_decides():
    """Content, validity, completeness, accuracy, the demonstration mark."""
    plain = frame_version()
    changes = (
        {"sha256": "1"},
        {"kind": "valley"},
        {"valid_from": day(1)},
        {"valid_to": day(1)},
        {"complete": False},
        {"accuracy_m": 5.0},
        {"demo": True},
    )
    digests = {layers_digest([replace(plain, **change)]) for change in changes} | {layers_digest([plain])}

    assert len(digests) == len(changes) + 1


def test_an_index_is_built_once_and_mapped_from_then_on(workspace, monkeypatch):
    """Refused and rebuilt when it is damaged; kept in memory where the folder cannot be written."""
    from greenrule.spatial.index.exact import ExactIndex

    version = workspace.import_frame("park", frame(), **SAID)
    built = []
    build = ExactIndex.build
    monkeypatch.setattr(ExactIndex, "build", lambda geometry: built.append(1) or build(geometry))
    inside = np.array([[112.005, 37.005], [112.01, 37.005], [0.0, 0.0]])

    def ask():
        met = workspace.index(version).rows_of_points(inside)
        assert (met.item.tolist(), met.edge.tolist()) == ([0, 1], [False, True])
        return len(built)

    assert (ask(), ask()) == (1, 1)
    (path,) = (workspace.path / "indexes").iterdir()
    assert path.name.startswith(version.sha256)
    path.write_bytes(path.read_bytes()[:-1])
    assert (ask(), ask()) == (2, 2)
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("a file where the folder should be")
    assert (ask(), ask()) == (3, 4)
    assert workspace.check() == []
