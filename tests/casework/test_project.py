"""Projects as people write them: nothing is guessed, nothing is lost, and what is kept can be read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.backends.derive import derivations_of
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.core.errors import EnvironmentFault, Fault, InputFault
from greenrule.packs.book import Law
from tests.cli.workspace import shared_law, write


@pytest.fixture(scope="session")
def law() -> Law:
    return shared_law()


def one(path: Path, law: Law) -> Project:
    """The only project of a file."""
    (project,) = read_projects(path, law)
    return project


def refusals(work: Callable[[], object]) -> tuple[Fault, ...]:
    """The faults of what may go well or be refused, and nothing else."""
    try:
        work()
    except InputFault as fault:
        return fault.faults
    return ()


def test_the_same_project_in_four_kinds_of_file(tmp_path, law):
    """YAML, JSON, CSV and XLSX say the same."""
    text = "name: 甲\non: 2026-11-21\nindustry: '2521'\nnature: 新建\nlocation: {crs: wgs84, point: [112.55, 37.87]}\nfacts: {生产能力: 5 万吨/年, 用煤: 是}\n"
    json_text = (
        '{"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new", "location": {"crs": "wgs84", "point": [112.55, 37.87]},'
        ' "facts": {"capacity": "50000 吨/年", "burns_coal": true}}'
    )
    head = ["项目名称", "日期", "行业", "建设性质", "坐标系", "经度", "纬度", "生产能力", "用煤"]
    row = ["甲", datetime(2026, 11, 21), 2521, "新建", "wgs84", 112.55, 37.87, "5 万吨/年", "是"]
    flat = [str(cell.date() if isinstance(cell, datetime) else cell) for cell in row]
    projects = [
        one(write(tmp_path / "a.yaml", text), law), one(write(tmp_path / "a.json", json_text), law),
        one(write(tmp_path / "a.xlsx", [head, row]), law), one(write(tmp_path / "a.csv", ",".join(head) + "\n" + ",".join(flat) + "\n"), law),
        one(write(tmp_path / "b.csv", (",".join(head) + "\r\n" + ",".join(flat)).encode("gb18030")), law),
    ]  # fmt: skip

    for project in projects:
        assert (project.name, project.on, project.location) == (
            "甲",
            date(2026, 11, 21),
            {"crs": "wgs84", "point": [112.55, 37.87]},
        )
        assert {name: getattr(value, "base", value) for name, value in project.facts.items()} == {
            "industry": frozenset(["2521"]), "nature": "new", "capacity": projects[0].facts["capacity"].base, "burns_coal": True,
        }  # fmt: skip


def test_unknown_is_kept_as_unknown(tmp_path, law):
    """A question mark is neither yes nor no."""
    project = one(write(tmp_path / "a.yaml", "facts: {burns_coal: '?', capacity: 不知道, adds_capacity: null}\n"), law)

    assert dict(project.facts) == {"burns_coal": None, "capacity": None, "adds_capacity": None}


@settings(max_examples=60)
@given(
    facts=st.fixed_dictionaries({}, optional={
        "capacity": st.sampled_from(["5 万吨/年", "0 吨/年", "1,000 t/a", "?"]), "burns_coal": st.sampled_from(["是", False, "?", True]),
        "adds_capacity": st.booleans(), "industry_catalogue.class": st.sampled_from(["eliminated", "?"]),
    }),
    industry=st.lists(st.sampled_from(["2521", "炼焦", "C", "25", "0610", "焦化厂"]), max_size=3),
    nature=st.sampled_from([None, "new", "新建", "expand"]), name=st.text(max_size=8),
)  # fmt: skip
def test_what_is_kept_reads_the_same(law, facts, industry, nature, name):
    """`raw` is what `verify` starts from."""
    written = {"name": name, "industry": industry or None, "nature": nature, "facts": facts, "on": "2026-11-21"}
    if faults := refusals(lambda: project_from(written, law)):
        assert {fault.code for fault in faults} <= {"J007", "J032"}
        return
    project = project_from(written, law)
    again = project_from(project.raw, law)

    assert (again.name, again.on, dict(again.facts), dict(again.raw)) == (
        project.name,
        project.on,
        dict(project.facts),
        dict(project.raw),
    )


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2521", "1e999999999 吨/年", "new"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80)
@given(
    entry=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("name", "on", "industry", "nature", "facts", "none_of", "x"), _ANYTHING)
    )
)
def test_any_data_is_a_project_or_a_list_of_faults(entry, law):
    """No other exception, whatever a program hands in; every fault says what to do."""
    assert all(fault.code and fault.message and fault.help for fault in refusals(lambda: project_from(entry, law)))


@settings(max_examples=60)
@given(data=st.binary(max_size=200) | st.text(alphabet="{}[]:,-'\"\n \t#&*!|>%@`甲a1.", max_size=60).map(str.encode))
@pytest.mark.parametrize("suffix", [".yaml", ".json", ".csv"])
def test_any_bytes_are_projects_or_a_list_of_faults(data, suffix, law, tmp_path_factory):
    """Files that are anything but projects."""
    path = tmp_path_factory.getbasetemp() / f"bytes{suffix}"
    path.write_bytes(data)
    assert all(fault.place is not None and fault.help for fault in refusals(lambda: read_projects(path, law)))


def test_a_file_that_cannot_be_read_is_trouble_of_the_machine(tmp_path, law, monkeypatch):
    """Exit code 3, not 2."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path / "a.yaml", "name: 甲\n")
    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(EnvironmentFault) as caught:
        read_projects(path, law)
    assert [fault.code for fault in caught.value.faults] == ["J009"]


def test_a_presumption_gives_way_to_what_is_said(law):
    """A new works that replaces capacity elsewhere says that it adds none: no contradiction, and it is believed."""
    project = project_from(
        {"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new",
         "facts": {"capacity": "106 万吨/年", "adds_capacity": False}}, law,
    )  # fmt: skip
    derived = derivations_of(law.book, project.on).complete(project.facts)[1]
    assert "adds_capacity" not in derived
    assert str(derived["capacity.added"]) == str(project.facts["capacity"])
