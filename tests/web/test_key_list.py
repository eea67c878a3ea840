"""A list of key projects goes out and comes back; whatever is wrong is told at once, and then nothing of it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.filing_world import World, make_world

pytestmark = pytest.mark.both
HEAD = "项目名称,建设单位,名单,辖区代码,名单文号,列入日期,移出日期,项目台账编号,说明\n"


@pytest.fixture(scope="module")
def world(served: Any) -> World:
    return make_world()


def load(world: World, text: str, query: str = "") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("名单.csv", text.encode())
    return world.client("window").post(f"/api/v1/filings/key-list{query}", {"file": file})


def test_a_list_goes_in_and_comes_out(world: World) -> None:
    from greenrule.store.filings.models import KeyProject

    rows = "=重点甲,甲公司,县级重点项目,140981,某文,2026-01-05,,,\n重点乙,,county,140981,,,,,说明\n"
    assert load(world, HEAD + rows, "?dry=true").json() == {"rows": 2, "added": 2, "changed": 0, "same": 0, "dry": True}
    assert not KeyProject.objects.filter(name="重点乙").exists()
    assert load(world, HEAD + rows).json()["added"] == 2
    out = world.client("window").get("/api/v1/filings/key-list.csv?area=140981").content.decode("utf-8-sig")
    assert "'=重点甲,甲公司,县级重点项目,140981,某文,2026-01-05" in out
    # What came out goes in again and changes nothing; a row taken off is changed in its place.
    again = load(world, out)
    assert again.status_code == 201, again.content.decode()
    assert (again.json()["added"], again.json()["changed"]) == (0, 0)
    off = load(world, HEAD + "重点乙,,county,140981,,,2026-06-30,,说明\n").json()
    assert (off["added"], off["changed"]) == (0, 1)
    row = KeyProject.objects.get(name="重点乙")
    assert (str(row.until), row.version) == ("2026-06-30", 2)
    book = world.client("window").get("/api/v1/filings/key-list.xlsx?current=false")
    assert book.content[:2] == b"PK"


def test_everything_wrong_with_a_list_is_told_at_once(world: World) -> None:
    from greenrule.store.filings.models import KeyProject

    before = KeyProject.objects.count()
    rows = (
        "好项目,,县级重点项目,140981,,,,,\n,,县级重点项目,140981,,,,,\n坏甲,,乡级,140981,,,,,\n"
        "坏乙,,县级重点项目,14098,,2026-13-01,,x,\n好项目,,县级重点项目,140981,,,,,\n"
    )
    told = load(world, HEAD + rows).json()["faults"]
    assert [(fault["code"], fault["place"]) for fault in told] == [
        ("DSK080", "名单.csv:3:项目名称"), ("DSK008", "名单.csv:4:名单"), ("DSK081", "名单.csv:5:列入日期"),
        ("DSK081", "名单.csv:5:辖区代码"), ("DSK081", "名单.csv:5:项目台账编号"), ("DSK082", "名单.csv:6:项目名称"),
    ]  # fmt: skip
    outside = load(world, HEAD + "好项目,,市级重点项目,1409,,,,,\n好项目二,,县级重点项目,140981,,,,999999,\n")
    assert [fault["code"] for fault in outside.json()["faults"]] == ["DSK083", "DSK084"]
    assert KeyProject.objects.count() == before
    assert world.client("firm").get("/api/v1/filings/key-list.csv").status_code == 403
