"""A table screened on a cluster of two worker processes comes back as one machine answers it: every row, every bad row."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from datetime import date
from pathlib import Path
from random import Random

import pytest

from greenrule.casework import batch
from greenrule.casework.batch import screen_table
from greenrule.casework.batch_files import set_aside_path
from greenrule.casework.screening import Screener
from greenrule.cluster import carrying, shipping
from greenrule.cluster.screening import Spark, screen_frame
from greenrule.cluster.session import spark_session
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run, shared_demo, shared_law, write
from tests.cluster.conftest import MASTER

HEAD = "项目名称,日期,行业,建设性质,经度,纬度,坐标系,生产能力（万吨/年）,用煤,均无\n"
ROWS = 90


@pytest.fixture(scope="module")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture
def small_pieces(monkeypatch) -> None:
    """Enough pieces for two executors to share."""
    monkeypatch.setattr(batch, "PIECE", 7)
    monkeypatch.setattr(batch, "PLACED_PIECE", 7)


def table(count: int = ROWS, seed: int = 3) -> str:
    """Rows as people write them: quotes, units, unknowns, datums in doubt, places outside, and a tenth that cannot be read."""
    random = Random(seed)
    lines = []
    for number in range(count):
        x, y = f"{random.uniform(111.3, 113.4):.4f}", f"{random.uniform(35.5, 39.3):.4f}"
        cells = [
            f'"项目，{number}"' if number % 9 == 0 else f"项目{number}", random.choice(("2026-11-21", "2022-07-01", "")),
            random.choice(("炼焦", "2521", "洗煤厂", "0690", "4411")), random.choice(("新建", "扩建", "改建")), x, y,
            random.choice(("cgcs2000", "gcj02", "")), random.choice(("", "90", "60.5", "3 吨/年", "?")),
            random.choice(("是", "否", "")), random.choice(("", "boiler", "furnace；coal")),
        ]  # fmt: skip
        if number % 10 == 4:
            cells[random.choice((1, 2, 4, 7))] = random.choice(("瞎写", "9999-99-99"))
        if number % 10 == 7:
            cells[4] = ""
        lines.append(",".join(cells) + (",多余" if number % 30 == 11 else ""))
    return HEAD + "\n".join(lines) + "\n"


def files(out: Path) -> list[bytes]:
    """The result and the rows set aside."""
    return [out.read_bytes(), set_aside_path(out).read_bytes()]


def plain(summary) -> dict:
    """A summary without what differs by name."""
    told = {**summary.to_json(), "faults told": [(f.code, str(f.place), f.message) for f in summary.faults]}
    return {key: value for key, value in told.items() if key not in ("out", "set_aside_file", "resumed")}


def executors(application: str) -> list[int]:
    """Process ids of the executors of a Spark application."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if any(b"CoarseGrainedExecutorBackend" in word for word in words) and application.encode() in words:
                found.append(int(folder.name))
    return found


def test_every_row_is_answered_as_one_machine_answers_it(tmp_path, session, screener, small_pieces):
    """Bytes of the result and of the rows set aside, counts and faults; both executors had their share."""
    sheet = write(tmp_path / "表.csv", table())
    here = screen_table(sheet, tmp_path / "单机.csv", screener)
    shares: list[float] = []
    there = screen_table(sheet, tmp_path / "集群.csv", screener, engine=Spark(session), progress=shares.append)
    assert files(tmp_path / "集群.csv") == files(tmp_path / "单机.csv")
    assert plain(there) == plain(here)
    assert here.answered > 60
    assert len(here.codes) > 3
    assert len(shares) > 4
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert not (tmp_path / "集群.csv.part").exists()


def test_an_executor_that_is_killed_changes_nothing(tmp_path, session, screener, small_pieces):
    """kill -9 once the first piece is back: what the dead one had is answered by others."""
    sheet = write(tmp_path / "表.csv", table(seed=4))
    screen_table(sheet, tmp_path / "单机.csv", screener)
    killed: list[int] = []
    before = executors(session.sparkContext.applicationId)
    assert len(before) == 2

    def kill(share: float) -> None:
        if not killed:
            killed.append(before[0])
            os.kill(before[0], signal.SIGKILL)
            assert share < 1

    screen_table(sheet, tmp_path / "集群.csv", screener, engine=Spark(session), progress=kill)
    assert files(tmp_path / "集群.csv") == files(tmp_path / "单机.csv")
    assert killed
    assert killed[0] not in executors(session.sparkContext.applicationId)


def test_what_one_machine_began_a_cluster_finishes(tmp_path, session, screener, small_pieces):
    """Mixed cells of a worksheet, people's headings; nothing is answered twice, and no result is there before its time."""
    import csv
    import io

    rows: list[list[object]] = list(csv.reader(io.StringIO(table(60))))
    rows = [[float(cell) if column in (4, 5) and cell.replace(".", "").isdigit() else cell or None
             for column, cell in enumerate(row[:10])] for row in rows]  # fmt: skip
    rows[3][1], rows[5][7], rows[6][8] = date(2024, 1, 1), 90, True
    sheet = write(tmp_path / "表.xlsx", rows)
    out = tmp_path / "果.parquet"
    wanted = screen_table(sheet, tmp_path / "单机.parquet", screener, chinese=True)

    class Enough(Exception):
        pass

    def stop(share: float) -> None:
        raise Enough

    with pytest.raises(Enough):
        screen_table(sheet, out, screener, chinese=True, engine=None, progress=stop)
    assert not out.exists()
    with pytest.raises(Enough):
        screen_table(sheet, out, screener, chinese=True, engine=Spark(session), progress=stop)
    assert not out.exists()
    summary = screen_table(sheet, out, screener, chinese=True, engine=Spark(session))
    assert 0 < summary.taken_over < summary.answered
    assert plain(summary) == plain(wanted)
    assert _table(out).schema == _table(tmp_path / "单机.parquet").schema
    assert _table(out).to_pylist() == _table(tmp_path / "单机.parquet").to_pylist()
    assert files(out)[1] == files(tmp_path / "单机.parquet")[1]


def _table(path: Path):
    import pyarrow.parquet as pq

    return pq.read_table(path)


def test_features_and_files_of_sites(tmp_path, session, screener):
    """Shapes travel; a row that names a file is answered where the file is."""
    shape = {"type": "Polygon", "coordinates": [[[112.5, 37.8], [112.6, 37.8], [112.6, 37.9], [112.5, 37.8]]]}
    features = [
        {"type": "Feature", "properties": {"项目名称": name, "行业": industry}, "geometry": geometry}
        for name, industry, geometry in (
            ("甲", "炼焦", shape), ("乙", "洗煤厂", {"type": "Point", "coordinates": [112.3, 37.6]}), ("丙", "炼焦", None), ("丁", "瞎写", shape),
        )
    ]  # fmt: skip
    drawn = write(tmp_path / "项目.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    write(tmp_path / "site.geojson", json.dumps(features[0]))
    named = write(
        tmp_path / "表.csv", "项目名称,行业,范围文件\n甲,炼焦,site.geojson\n乙,炼焦,没有.geojson\n丙,洗煤厂,\n"
    )
    for path in (drawn, named):
        here = screen_table(path, tmp_path / "单机.csv", screener, on=date(2026, 11, 21))
        there = screen_table(path, tmp_path / "集群.csv", screener, on=date(2026, 11, 21), engine=Spark(session))
        assert files(tmp_path / "集群.csv") == files(tmp_path / "单机.csv")
        assert plain(there) == plain(here)
        assert here.answered == 2
        assert here.set_aside == (2 if path is drawn else 1)


def test_a_frame_is_answered_as_a_frame(tmp_path, session, screener):
    """Tables of a lake: the same answers, bad rows beside them, whatever the partitions."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"项目名称": ["甲", "乙", "丙"], "行业": ["炼焦", "瞎写", "洗煤厂"], "经度": [112.5, 112.5, 112.3], "纬度": [37.8, 37.8, None],
               "number": pa.array([30, 10, 20])}  # fmt: skip
    data = pa.table(columns)
    pq.write_table(data.drop_columns("number"), tmp_path / "表.parquet")
    screen_table(tmp_path / "表.parquet", tmp_path / "单机.parquet", screener, on=date(2026, 11, 21))
    frame = session.createDataFrame(data).repartition(2)
    found = screen_frame(frame, screener, on=date(2026, 11, 21), row="number").toArrow().sort_by("row")
    assert found.column("row").to_pylist() == [10, 20, 30]
    aside = [json.loads(text) if text else None for text in found.column("aside").to_pylist()]
    assert [[fault["code"] for fault in item["faults"]] if item else None for item in aside] == [
        ["P068"],
        ["J016"],
        None,
    ]
    counted = screen_frame(frame.drop("number"), screener, on=date(2026, 11, 21)).toArrow()
    assert len(set(counted.column("row").to_pylist())) == 3
    assert counted.column("aside").null_count == 1
    (answer,) = found.slice(2).drop_columns(["row", "aside"]).to_pylist()
    assert answer == _table(tmp_path / "单机.parquet").drop_columns("row").to_pylist()[0]


def test_the_command(tmp_path, session, screener):
    """`--engine spark` writes what the command writes without it, and tells the same."""
    sheet = write(tmp_path / "表.csv", table(40))
    asked = ("screen", "--batch", sheet, "-w", screener.workspace.path, "--format", "json", "--out")
    here = run(*asked, tmp_path / "单机.csv")
    there = run(*asked, tmp_path / "集群.csv", "--engine", "spark", "--master", MASTER)
    assert (there.exit_code, there.stderr) == (here.exit_code, here.stderr)
    assert here.exit_code == 2
    assert json.loads(there.stdout) == json.loads(here.stdout.replace("单机", "集群"))
    assert files(tmp_path / "集群.csv") == files(tmp_path / "单机.csv")


def test_one_process_speaks_to_one_cluster(session):
    with spark_session(None) as same:
        assert same is session
    with pytest.raises(InputFault) as error, spark_session("local[1]"):
        pass
    assert [fault.code for fault in error.value.faults] == ["K003"]


def test_faults_of_executors_are_told_as_faults(tmp_path, session, screener, monkeypatch):
    """Executors with other code refuse, whatever the driver says; nothing is written."""
    sheet = write(tmp_path / "表.csv", table(5))
    monkeypatch.setattr(shipping, "code_digest", lambda: "0" * 64)
    with pytest.raises(EnvironmentFault) as error:
        screen_table(sheet, tmp_path / "集群.csv", screener, engine=Spark(session))
    assert [fault.code for fault in error.value.faults] == ["K005"]
    assert not (tmp_path / "集群.csv").exists()


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("…\nModuleNotFoundError: No module named 'greenrule.casework'\n", "K008", "没有装 greenrule"),
        ("Job aborted due to stage failure: Task 0 failed 4 times\n\tat x\n", "K007", "Task 0 failed 4 times"),
        ("", "K007", "没有说原因"),
    ],
)
def test_other_failures_name_what_happened(text, code, part):
    fault = carrying._fault(text)
    assert isinstance(fault, EnvironmentFault)
    assert fault.faults[0].code == code
    assert part in fault.faults[0].message


@pytest.mark.parametrize(
    "words",
    [
        ("--master", "local[2]"), ("--conf", "spark.a=1"), ("--engine", "spark", "--conf", "spark.a"), ("--engine", "spark", "--conf", "a=1"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together(tmp_path, words):
    sheet = write(tmp_path / "表.csv", "行业\n炼焦\n")
    result = run("screen", "--batch", sheet, "--out", tmp_path / "果.csv", *words)
    assert result.exit_code == 2
    assert "D011" in result.stderr


def test_a_single_project_needs_no_cluster(tmp_path):
    project = write(tmp_path / "甲.yaml", "name: 甲\nindustry: '2521'\n")
    result = run("screen", project, "--engine", "spark")
    assert result.exit_code == 2
    assert "D011" in result.stderr
