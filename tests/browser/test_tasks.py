"""The task board: a task is given out, reported on with evidence, assessed, and its lamp follows."""

from __future__ import annotations

import pytest

from tests.browser.seeding import ORGANISATIONS, seed

pytestmark = pytest.mark.browser
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_from_the_document_to_the_lamp(desktop, live, axe):
    seed(live, ORGANISATIONS)
    live.log_in(desktop)
    desktop.goto("/tasks?part=tasks")
    desktop.get_by_role("link", name="太原盆地布局调整与清洁运输").click()
    desktop.get_by_text("晋政发〔2024〕7号").first.wait_for()
    desktop.get_by_label("太原市生态环境局（演示）").check()
    desktop.get_by_role("button", name="分派").click()
    desktop.get_by_role("link", name="太原市生态环境局（演示）").click()
    desktop.get_by_role("heading", name="灯色怎么算").wait_for()
    assert desktop.get_by_text("期限 2025-12-31 已过，没有报送数").count() == 1
    desktop.get_by_label("进展", exact=True).fill("清洁运输改造完成验收")
    desktop.get_by_label("区域货物清洁运输比例（不低于 80%）").fill("81.5")
    desktop.get_by_label("佐证材料").set_input_files({"name": "验收.png", "mimeType": "image/png", "buffer": PNG})
    desktop.get_by_role("button", name="报出").click()
    desktop.get_by_text("已报出。").wait_for()
    assert desktop.get_by_role("link", name="验收.png").count() == 1
    assert desktop.get_by_text("为 81.5%，达到").count() >= 1
    desktop.get_by_label("意见").fill("材料齐")
    desktop.get_by_role("button", name="调度评定").click()
    desktop.get_by_text("已评定。").wait_for()
    assert axe(desktop) == []


def test_the_board_on_a_phone(phone, live):
    seed(live, ORGANISATIONS)
    live.log_in(phone)
    phone.goto("/tasks?part=tasks")
    phone.get_by_role("link", name="两高一低项目准入把关与产能置换核验").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
