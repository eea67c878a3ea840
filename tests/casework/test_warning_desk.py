"""Warnings of a table: reading it, rules by date and place, regions, the state file, notices and the picture."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from greenrule.casework.warning_desk import verify_log, warnings_json, warnings_of
from greenrule.casework.warning_picture import warning_svg
from greenrule.casework.warning_rows import read_rows
from greenrule.casework.warning_text import notice_docx, notice_text, notices
from greenrule.cli.air_warn import warn
from greenrule.core.errors import InputFault

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "air-warning.csv"
HEAD = "地点,日期,AQI,类别,发布时间\n"


def table(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(error: pytest.ExceptionInfo[InputFault]) -> list[tuple[str, str]]:
    """(code, cell) of every fault."""
    return [(fault.code, ":".join(str(fault.place).split(":")[1:])) for fault in error.value.faults]


def test_every_bad_cell_is_told_at_once(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        HEAD
        + ",2026-01-01,100,实测,\n甲,昨天,100,实测,\n甲,2026-01-01,9999,实测,\n甲,2026-01-02,-1,实测,\n甲,2026-01-03,100.5,实测,\n"
        "甲,2026-01-04,100,猜测,\n甲,2026-01-05,100,预报,傍晚\n乙,2026-01-05 13:30,100,实测,\n",
    )
    with pytest.raises(InputFault) as error:
        read_rows(path)
    assert told(error) == [("H021", "2:A"), ("H022", "3:B"), ("H023", "4:C"), ("H023", "5:C"), ("H023", "6:C"), ("H024", "7:D"), ("H025", "8:E"), ("H022", "9:B")]  # fmt: skip
    path = table(
        tmp_path,
        HEAD
        + "甲,2026-01-01,100,实测,\n甲,2026-01-01,101,实测,\n乙,2026-01-01,100,实测,\n乙,2026-01-01 13:00,100,实测,\n",
    )
    with pytest.raises(InputFault) as error:
        read_rows(path)
    assert [code for code, _ in told(error)] == ["H026", "H027"]
    with pytest.raises(InputFault) as error:
        read_rows(table(tmp_path, "城市,AQI指数\n甲,1\n"))
    assert [code for code, _ in told(error)] == ["H020", "H020", "H020"]


@pytest.mark.parametrize(("name", "data"), [("t.csv", b"\xff\xfe\x00\x81\xff"), ("t.xlsx", b"PK\x03\x04rubbish"), ("t.parquet", b"PAR1xx"), ("t.doc", b"x"), ("t.csv", b"")])  # fmt: skip
def test_files_that_are_no_tables(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputFault) as error:
        read_rows(tmp_path / name)
    assert error.value.faults[0].code in ("H010", "H011")


def test_an_hour_is_named_by_its_end_and_a_day_by_its_date(tmp_path: Path) -> None:
    path = table(tmp_path, "place,time,aqi,kind\n甲,2026-01-05 13:00,100,observed\n乙,2026/1/5,,observed\n")
    rows = read_rows(path).places
    assert (rows["甲"][0].start.hour, rows["甲"][0].hours, rows["甲"][0].known.hour) == (12, 1, 13)
    assert (rows["乙"][0].hours, rows["乙"][0].aqi, rows["乙"][0].known.day) == (24, None, 6)


def test_the_same_table_as_workbook_and_parquet(tmp_path: Path) -> None:
    import csv

    import openpyxl
    import pyarrow as pa
    import pyarrow.parquet as pq

    with EXAMPLE.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in line])
    book.save(tmp_path / "t.xlsx")
    columns = dict(zip(lines[0], zip(*lines[1:], strict=True), strict=True))
    pq.write_table(pa.table({name: list(cells) for name, cells in columns.items()}), tmp_path / "t.parquet")
    wanted = [
        [(step["at"], step["action"], step["why"]) for step in place["steps"]]
        for place in warnings_json(warnings_of(EXAMPLE))["places"]
    ]
    for name in ("t.xlsx", "t.parquet"):
        told = warnings_json(warnings_of(tmp_path / name))
        assert [
            [(step["at"], step["action"], step["why"]) for step in place["steps"]] for place in told["places"]
        ] == wanted


def test_rules_and_regions_go_by_date(tmp_path: Path) -> None:
    def first(day: str, place: str) -> tuple[str, str | None, bool]:
        text = HEAD + f"{place},{day},210,预报,{day} 00:00\n"
        log = warnings_of(table(tmp_path, text)).places[0]
        return log.steps[0].edition, log.key_region, any("原则上参照" in text for text in log.doubts)

    assert first("2024-01-24", "太原")[:2] == ("warning-2018", "汾渭平原")
    assert first("2024-01-25", "太原")[:2] == ("warning-2024", "汾渭平原")
    assert first("2023-11-29", "太原")[:2] == ("warning-2018", "京津冀及周边")
    assert first("2025-01-05", "大同市") == ("warning-2024", None, True)
    with pytest.raises(InputFault) as error:
        first("2017-01-05", "太原")
    assert error.value.faults[0].code == "H029"
    path = table(tmp_path, HEAD + "太原,2017-01-05,210,预报,2017-01-04 17:00\n")
    assert warnings_of(path, edition="2018").places[0].steps[0].edition == "warning-2018"


def test_regions_come_from_the_gazetteer(tmp_path: Path) -> None:
    rows = "".join(
        f"{place},2026-01-0{day},{aqi},预报,2026-01-04 17:00\n"
        for place, aqi in (("清徐", 260), ("交城县", 160))
        for day in (5, 6)
    )
    path = table(tmp_path, HEAD + rows)
    joint = warnings_of(path, ["清徐–交城"]).joint[0]
    assert (joint.members, joint.absent, joint.steps[-1].level, joint.steps[-1].counts) == (
        ("清徐", "交城县"),
        (),
        None,
        (0, 1, 1, 0),
    )
    assert [warnings_of(path, ["清徐-交城片区"], needed=n).joint[0].steps[-1].level for n in (1, 2)] == [2, 1]
    absent = warnings_of(path, ["1+30"], members=["清徐县", "文水县"]).joint[0]
    assert absent.absent == ("文水县",)
    for names, code in ((["1+30"], "H032"), (["平顶山"], "H028")):
        with pytest.raises(InputFault) as error:
            warnings_of(path, names)
        assert error.value.faults[0].code == code


def test_members_of_a_key_region_are_those_of_the_day(tmp_path: Path) -> None:
    for year, members, first in (("2023", 11, "晋中市"), ("2026", 15, "太原市")):
        path = table(tmp_path, HEAD + f"临汾,{year}-01-05,210,预报,{year}-01-04 17:00\n")
        joint = warnings_of(path, ["汾渭平原"], needed=1).joint[0]
        assert (len(joint.members), joint.members[0], "临汾" in joint.members) == (members, first, True)
    with pytest.raises(InputFault) as error:
        warnings_of(table(tmp_path, HEAD + "阳泉,2023-01-05,210,预报,2023-01-04 17:00\n"), ["京津冀及周边"])
    assert error.value.faults[0].code == "H032"


def _known(line: str) -> str:
    """The day on which a row of the example is known, as text."""
    day, issued = line.split(",")[1], line.split(",")[4]
    return issued[:10] if issued else (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def test_a_state_file_goes_on_and_shows_when_it_was_changed(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    early = table(
        tmp_path, "\n".join([lines[0], *(line for line in lines[1:] if _known(line) <= "2026-01-10")]), "a.csv"
    )
    state = tmp_path / "s.json"
    run = CliRunner()
    assert run.invoke(warn, [str(early), "--state", str(state)]).exit_code == 0
    assert run.invoke(warn, [str(EXAMPLE), "--state", str(state)]).exit_code == 0
    whole = tmp_path / "w.json"
    run.invoke(warn, [str(EXAMPLE), "--state", str(whole)])
    gone_on, at_once = (json.loads(path.read_text(encoding="utf-8"))["places"]["太原市"] for path in (state, whole))
    wanted = [(step["at"], step["action"], step["why"], step["after"]) for step in at_once]
    assert [(step["at"], step["action"], step["why"], step["after"]) for step in gone_on] == wanted
    assert [action for _, action, _, _ in wanted if action not in ("none", "hold")] == ["start", "escalate", "lift"]
    assert verify_log(state)[1] == []
    assert run.invoke(warn, [str(EXAMPLE), "--place", "大同市", "--state", str(state)]).exit_code == 0
    assert set(json.loads(state.read_text(encoding="utf-8"))["places"]) == {"太原市", "晋中市", "大同市"}
    text = state.read_text(encoding="utf-8")
    state.write_text(text.replace('"aqi": 238', '"aqi": 138'), encoding="utf-8")
    with pytest.raises(InputFault) as error:
        warnings_of(EXAMPLE, state=state)
    assert error.value.faults[0].code == "H030"


def test_a_log_that_says_something_else_than_its_inputs_is_found(tmp_path: Path) -> None:
    from greenrule.core.seal import digest

    state = tmp_path / "s.json"
    CliRunner().invoke(warn, [str(EXAMPLE), "--state", str(state)])
    found = json.loads(state.read_text(encoding="utf-8"))
    found["places"]["太原市"][0]["after"]["level"] = 0
    found["digest"] = digest(found)
    state.write_text(json.dumps(found), encoding="utf-8")
    result = CliRunner().invoke(warn, ["--verify", str(state)])
    assert result.exit_code == 1
    assert "太原市 第 1 步" in result.output


def test_notices_are_drafts_that_say_what_they_rest_on() -> None:
    import io

    import docx

    found = warnings_of(EXAMPLE, ["太原市"])
    drafts = notices(found)
    assert [draft.title[:8] for draft in drafts] == ["关于启动重污染天", "关于将重污染天气", "关于解除重污染天"]
    text = notice_text(drafts[1])
    for part in ("草稿", "环大气〔2024〕6号", "AQI 209、242", "Ⅱ级应急响应", "不低于 20%", "汾渭平原协作小组办公室"):
        assert part in text
    page = docx.Document(io.BytesIO(notice_docx(drafts[1])))
    assert "草稿" in page.sections[0].header.paragraphs[0].text
    assert notice_docx(drafts[1]) == notice_docx(drafts[1])


def test_the_picture_is_the_same_every_time_and_one_panel_per_place() -> None:
    found = warnings_of(EXAMPLE, ["太原市", "大同市"])
    picture = warning_svg(found)
    assert picture == warning_svg(found)
    assert picture.count(b'id="axes_') == 4
