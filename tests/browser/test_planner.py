"""The planner's path: a layer is uploaded, compared on the map, filed and published; spots are imported and one is handled."""

from __future__ import annotations

import json

import pytest

from tests.browser.seeding import ORGANISATIONS, seed

pytestmark = pytest.mark.browser
#: A job starts a process of its own, which takes its time on a busy machine: milliseconds.
JOB = 90_000
LAYER = """
import json, os
from greenrule.spatial.frame import as_geojson
from greenrule.store.workspace import Workspace
workspace = Workspace.open(os.environ["GREENRULE_WORKSPACE"])
frame = workspace.read(workspace.layers()["spring_area"])
features = [{"type": "Feature", "geometry": as_geojson(shape), "properties": frame.row(row)} for row, shape in enumerate(frame.geometry)]
print(json.dumps({"type": "FeatureCollection", "features": features[1:]}, ensure_ascii=False))
"""


def test_from_import_to_publication(desktop, live, axe):
    layer = seed(live, LAYER)
    live.log_in(desktop)
    desktop.goto("/planner")
    desktop.get_by_text("导入图层").click()
    desktop.get_by_label("种类").first.select_option("spring_area")
    desktop.get_by_label("文件（").set_input_files(
        {"name": "泉域.geojson", "mimeType": "application/geo+json", "buffer": layer.encode()}
    )
    desktop.get_by_label("名称").fill("泉域新方案")
    desktop.get_by_label("演示数据（非官方）").check()
    desktop.get_by_role("button", name="上传并检查").click()
    desktop.get_by_role("link", name="打开版本").click(timeout=JOB)
    desktop.get_by_role("button", name="与现行版本比较").click()
    desktop.get_by_role("heading", name="与现行版本的变化").wait_for(timeout=JOB)
    assert desktop.get_by_text("新增 0 个，删去 1 个").count() == 1
    desktop.locator(".map-holder[data-ready=yes]").wait_for()
    assert axe(desktop) == []
    desktop.get_by_label("备案文号").fill("环函〔2026〕1号")
    desktop.get_by_role("button", name="登记已备案").click()
    desktop.get_by_label("发布文号").fill("晋政发〔2026〕1号")
    desktop.get_by_role("button", name="发布", exact=True).click()
    desktop.locator(".tag", has_text="已发布").wait_for(timeout=JOB)


def test_a_spot_is_imported_and_assigned(desktop, live):
    seed(live, ORGANISATIONS)
    spots = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"图斑编号": "TB1", "问题": "疑似新增开挖", "发现日期": "2026-10-31"},
                      "geometry": {"type": "Polygon", "coordinates": [[[112.55, 37.86], [112.554, 37.86], [112.554, 37.864], [112.55, 37.86]]]}}],
    }  # fmt: skip
    live.log_in(desktop)
    desktop.goto("/planner/problems")
    desktop.get_by_text("导入图斑").click()
    desktop.get_by_label("文件（").set_input_files(
        {"name": "图斑.geojson", "mimeType": "application/geo+json", "buffer": json.dumps(spots).encode()}
    )
    desktop.get_by_label("来源").fill("省卫星遥感")
    desktop.get_by_role("button", name="上传并检查").click()
    desktop.get_by_role("link", name="疑似新增开挖").click(timeout=JOB)
    desktop.get_by_label("办理单位").select_option(label="太原市生态环境局（演示）")
    desktop.get_by_label("期限").fill("2026-12-31")
    desktop.get_by_label("情况").fill("请现场核查")
    desktop.get_by_role("button", name="提交").click()
    desktop.locator(".tag", has_text="已交办").wait_for()


def test_the_planners_desk_on_a_phone(phone, live):
    live.log_in(phone)
    phone.goto("/planner")
    phone.get_by_role("link", name="生态环境管控单元").first.wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
