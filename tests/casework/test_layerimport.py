"""From the files of a bureau to a version in the workspace, or to a refusal that leaves it untouched."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date

import numpy as np
import pytest
import shapely

from greenrule.casework.layerimport import import_layer, kind_of, layer_kinds
from greenrule.core.errors import InputFault
from greenrule.packs.book import load_book
from greenrule.spatial.datums import shift_datum
from greenrule.spatial.frame import Frame
from greenrule.spatial.layerread import spoken
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run
from tests.spatial.layerfiles import NATIONAL, squares, units, write_layer, write_list

DAY = date(2021, 1, 1)
#: Canonical field → heading of the national data standard, for export.
HEADS = {"code": "HJZHGKDYBM", "name": "HJZHGKDYMC", "class": "ZHGKDYFL", "province": "PROV", "city": "CITY", "county": "AREA", "subtype": "YSXL",
         "spatial_constraint": "KJBJYS", "pollution_control": "PWWPFGK", "risk_control": "HJFXFK", "resource_efficiency": "ZYKFXLYQ"}  # fmt: skip
DIGIT = {"priority": "1", "key": "2", "general": "3"}


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


def codes(call, *rest, **more) -> list[str]:
    with pytest.raises(InputFault) as raised:
        call(*rest, **more)
    return [fault.code for fault in raised.value.faults]


def overlapping() -> np.ndarray:
    geometry = squares(3)
    geometry[0] = shapely.box(112.0, 37.0, 112.012, 37.01)
    return geometry


def test_every_layer_that_a_fact_asks_for_can_be_imported():
    """Kinds of the packs' facts and places, and the columns they compare."""
    law, kinds = load_book(), layer_kinds()

    asked = [spec.place for spec in law.book.facts.values() if spec.place and "layer" in spec.place]

    assert len(asked) > 20
    assert {str(rule["layer"]) for rule in asked} <= set(kinds)
    columns = {(str(rule["layer"]), name) for rule in asked for name in rule.get("where") or {}}
    assert sorted((kind, name) for kind, name in columns if name not in kinds[kind].fields) == []


def test_words_of_the_layers_reach_what_the_facts_compare_with():
    """A value that facts compare with but no word gives could never be imported."""
    law, kinds = load_book(), layer_kinds()
    unreachable = []
    for spec in law.book.facts.values():
        rule = spec.place or {}
        for name, wanted in (rule.get("where") or {}).items():
            words = kinds[str(rule["layer"])].fields[name].words
            values = wanted if isinstance(wanted, list) else [wanted]
            unreachable += [(spec.id, value) for value in values if words and str(value).lower() not in words.values()]
    assert unreachable == []


def test_an_alias_stands_for_one_field_of_a_kind():
    """Two fields of one name would depend on the order of the file."""
    for kind in layer_kinds().values():
        aliases = [
            alias
            for field in kind.fields.values()
            for alias in {spoken(a) for a in (*field.aliases, field.label, field.name)}
        ]
        assert sorted({alias for alias in aliases if aliases.count(alias) > 1}) == [], kind.id


@pytest.mark.parametrize("name", ["control_unit", "生态环境管控单元"])
def test_a_kind_is_found_by_id_and_by_label(name):
    """As people type it."""
    assert kind_of(name).id == "control_unit"


def test_an_unknown_kind_names_a_near_one():
    """One letter missing."""
    with pytest.raises(InputFault) as raised:
        kind_of("control_units")

    assert raised.value.faults[0].code == "LAY010"
    assert "control_unit" in (raised.value.faults[0].help or "")


def test_a_sound_file_becomes_a_version(workspace, tmp_path):
    """With title, source, and the report of the check in its meta."""
    path = write_layer(tmp_path / "单元.gpkg", units())

    done = import_layer(
        workspace,
        kind_of("control_unit"),
        path,
        source="某厅",
        accuracy_m=10.0,
        complete=True,
        valid_from=DAY,
        recorded=DAY,
    )

    assert done.version is not None
    assert workspace.layers(DAY, DAY)["control_unit"] == done.version
    assert (done.version.title, done.version.source) == ("生态环境管控单元（单元.gpkg）", "某厅")
    meta = workspace.read(done.version).meta
    assert meta["checks"] == done.report.to_json()
    assert (meta["accuracy_m"], meta["complete"], meta["read_from"]) == (10.0, True, "单元.gpkg")


def test_without_more_said_a_layer_is_not_complete_and_of_unknown_accuracy(workspace, tmp_path):
    """Absence from it stays unknown."""
    done = import_layer(workspace, kind_of("control_unit"), write_layer(tmp_path / "a.gpkg", units()))

    assert done.version is not None
    assert (done.version.complete, done.version.accuracy_m, done.version.demo) == (False, None, False)


def test_a_layer_with_an_overlap_is_refused_and_the_workspace_untouched(workspace, tmp_path):
    """No version, no file."""
    path = write_layer(tmp_path / "a.gpkg", units(), overlapping())

    done = import_layer(workspace, kind_of("control_unit"), path)

    assert done.version is None
    assert [item.check for item in done.report.errors] == ["overlap"]
    assert workspace.versions() == []
    assert list((workspace.path / "layers").rglob("*")) == []


def test_a_sliver_is_imported_and_told(workspace, tmp_path):
    """Digitising noise is no reason to refuse a province."""
    geometry = squares(3)
    geometry[0] = shapely.box(112.0, 37.0, 112.01000001, 37.01)

    done = import_layer(workspace, kind_of("control_unit"), write_layer(tmp_path / "a.gpkg", units(), geometry))

    assert done.version is not None
    assert ("warning", "overlap") in [(item.severity, item.check) for item in done.report.findings]


def test_a_layer_in_a_shifted_datum_is_refused_by_the_counties_it_names(workspace, tmp_path):
    """Drawn on a commercial map: sound by itself, half a kilometre off everything else; said to be so it is read right."""
    kind, columns = kind_of("control_unit"), units() | {"AREA": ["甲县"] * 3}
    county = Frame(np.array([shapely.union_all(squares(3))], dtype=object), {"name": ["甲县"], "code": ["140105"]})
    workspace.import_frame(
        "county", county, title="县界", source="某厅", accuracy_m=None, complete=True, valid_from=DAY, recorded=DAY
    )
    path = write_layer(tmp_path / "单元.gpkg", columns, shift_datum(squares(3), "cgcs2000", "gcj02"))

    done = import_layer(workspace, kind, path, valid_from=DAY, recorded=DAY)
    assert done.version is None
    assert [(item.check, "--crs gcj02" in item.message) for item in done.report.errors] == [("datum", True)]
    assert "control_unit" not in workspace.layers(DAY, DAY)

    again = import_layer(workspace, kind, path, crs="gcj02", valid_from=DAY, recorded=DAY)
    assert again.version is not None


def test_an_unreadable_file_leaves_the_workspace_untouched(workspace, tmp_path):
    """Missing fields, bad values."""
    assert (
        codes(import_layer, workspace, kind_of("control_unit"), write_layer(tmp_path / "a.gpkg", {"x": [1]}))
        == ["LAY002"] * 3
    )
    assert workspace.versions() == []


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_exported_demonstration_units_screen_the_same(demo_workspace, tmp_path, suffix):
    """All units written under the national field names and read back: the same units, classes and texts everywhere."""
    from greenrule.casework.ground import Ground
    from greenrule.casework.placing import touched_units

    folder = shutil.copytree(demo_workspace.path, tmp_path / "copy")
    frame = demo_workspace.read(demo_workspace.layers()["control_unit"])
    export = {head: list(frame.columns[name]) for name, head in HEADS.items()}
    export["ZHGKDYFL"] = [DIGIT[value] for value in frame.columns["class"]]
    path = write_layer(tmp_path / f"units{suffix}", export, frame.geometry, encoding="GBK")

    earlier, later = date(2026, 11, 1), date(2026, 11, 2)
    done = import_layer(
        Workspace.open(folder),
        kind_of("control_unit"),
        path,
        accuracy_m=10.0,
        complete=True,
        valid_from=DAY,
        recorded=later,
    )

    assert done.version is not None, done.report.text()
    assert done.version.features == 1599
    before, after = (Ground(Workspace.open(folder), DAY, known) for known in (earlier, later))
    assert before.versions["control_unit"] != after.versions["control_unit"]
    middles = shapely.point_on_surface(frame.geometry)
    sites = [
        *middles[::40],
        *(shapely.LineString([a, b]) for a, b in zip(middles[:-1:80], middles[1::80], strict=True)),
    ]
    assert len(sites) > 50
    for site in sites:
        expected = touched_units(before, site)
        assert expected
        assert touched_units(after, site) == expected
    if suffix == ".gpkg":
        _same_findings(folder, (earlier, later), middles[500])


def _same_findings(folder, days: tuple[date, date], spot) -> None:
    """A whole finding differs in the version of the layer and in nothing else."""
    from greenrule.casework.project import project_from
    from greenrule.casework.screening import Screener

    law = load_book()
    plain = {
        "name": "甲",
        "on": "2026-11-21",
        "industry": "2521",
        "nature": "new",
        "location": {"crs": "cgcs2000", "point": [spot.x, spot.y]},
    }
    findings = []
    for known in days:
        screener = Screener(law, Workspace.open(folder), known)
        findings.append(screener.screen(project_from(plain, law)))
    versions = [finding.pop("versions")["layers"]["control_unit"] for finding in findings]
    assert versions[0] != versions[1]
    texts = [
        re.sub(
            r"(layer:control_unit@|sha256:)[0-9a-f]+", r"\1…", json.dumps(finding, ensure_ascii=False, sort_keys=True)
        )
        for finding in findings
    ]
    assert texts[0] == texts[1]
    assert findings[0]["units"]
    assert findings[0]["reasons"]


class TestCommands:
    """The same through the command line."""

    def test_check_and_import_of_a_sound_file(self, workspace, tmp_path):
        path = write_layer(tmp_path / "a.gpkg", {"HJZHGKDYBM": units()["HJZHGKDYBM"]})
        rows = [NATIONAL, *zip(*units().values(), strict=True)]
        table = write_list(tmp_path / "清单.xlsx", rows)

        checked = run("layer", "check", "control_unit", path, "--table", table)
        done = run("layer", "import", "control_unit", path, "-w", workspace.path, "--table", table, "--source", "某厅", "--accuracy", 10, "--complete",
                   "--valid-from", "2021-01-01", "--format", "json")  # fmt: skip

        assert (checked.exit_code, "3 个要素，0 处错误" in checked.stdout) == (0, True)
        assert done.exit_code == 0, done.stderr
        (version,) = workspace.versions()
        assert json.loads(done.stdout)["version"] == version.to_json()
        assert (version.accuracy_m, version.complete, version.valid_from) == (10.0, True, DAY)
        listed = run("layer", "list", "-w", workspace.path, "--format", "json")
        assert [row["sha256"] for row in json.loads(listed.stdout)] == [version.sha256]

    def test_a_refused_file(self, workspace, tmp_path):
        path = write_layer(tmp_path / "a.gpkg", units(), overlapping())

        checked = run("layer", "check", "control_unit", path)
        done = run("layer", "import", "control_unit", path, "-w", workspace.path)

        assert (checked.exit_code, done.exit_code, done.stdout) == (1, 2, "")
        first, help_line = done.stderr.splitlines()
        assert first.startswith(f"LAY020 {path}")
        assert "重叠" in first
        assert "（112.01" in first
        assert help_line.startswith("help: ")
        assert workspace.versions() == []

    def test_hundreds_of_errors_fit_on_a_page(self, workspace, tmp_path):
        columns = dict(zip(NATIONAL, ([f"X{n}" for n in range(200)], ["甲"] * 200, ["1"] * 200), strict=True))
        path = write_layer(tmp_path / "a.gpkg", columns, squares(200))

        done = run("layer", "import", "control_unit", path, "-w", workspace.path)

        assert (done.exit_code, len(done.stderr.splitlines())) == (2, 42)
        assert "另有 180 处" in done.stderr

    def test_an_unreadable_file_names_every_row(self, workspace, tmp_path):
        columns = units()
        columns["ZHGKDYFL"] = ["优先", "重要", "特别"]
        path = write_layer(tmp_path / "a.gpkg", columns)

        done = run("layer", "import", "control_unit", path, "-w", workspace.path)

        assert done.exit_code == 2
        assert [line.split()[:2] for line in done.stderr.splitlines()[::2]] == [
            ["LAY003", f"{path}:2:管控单元分类"],
            ["LAY003", f"{path}:3:管控单元分类"],
        ]

    def test_the_two_clocks_of_the_list(self, workspace, tmp_path):
        done = import_layer(
            workspace,
            kind_of("control_unit"),
            write_layer(tmp_path / "a.gpkg", units()),
            valid_from=DAY,
            recorded=date(2022, 1, 1),
        )
        assert done.version is not None

        def listed(*words: str) -> int:
            return len(json.loads(run("layer", "list", "-w", workspace.path, "--format", "json", *words).stdout))

        assert listed("--on", "2021-06-01") == 1
        assert listed("--on", "2020-12-31") == 0
        assert listed("--on", "2021-06-01", "--known", "2021-12-31") == 0

    def test_kinds_are_listed_with_their_fields(self):
        rows = json.loads(run("layer", "kinds", "--format", "json").stdout)

        assert len(rows) == len(layer_kinds())
        assert "HJZHGKDYBM" in rows["control_unit"]["fields"]["code"]["aliases"]
        assert "生态环境管控单元" in run("layer", "kinds").stdout

    def test_an_empty_workspace_is_made(self, tmp_path):
        made = run("workspace", tmp_path / "new")
        again = run("workspace", tmp_path / "new")

        assert (made.exit_code, again.exit_code, again.stderr[:4]) == (0, 2, "W001")
        assert run("layer", "list", "-w", tmp_path / "new").stdout == ""

    def test_saved_findings_are_listed_under_their_own_digest(self, workspace):
        from greenrule.casework.sealing import sealed

        said = sealed({"project": {"name": "甲"}, "title": "甲", "decision": "allowed", "reasons": []})
        assert "还没有" in run("finding", "list", "-w", workspace.path).stdout
        name = workspace.save_finding(said)

        (row,) = json.loads(run("finding", "list", "-w", workspace.path, "--format", "json").stdout)
        shown = run("finding", "show", name, "-w", workspace.path, "--format", "json")

        assert (row["id"], row["digest"]) == (name, said["digest"])
        assert said["digest"] in run("finding", "list", "-w", workspace.path).stdout
        assert json.loads(shown.stdout)["digest"] == said["digest"]
        assert run("finding", "show", "F0", "-w", workspace.path).exit_code == 2
