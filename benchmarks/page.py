"""The reference page `docs/reference/performance.md`, generated from the latest figures of every section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = """# 性能（由 `python -m benchmarks.run --docs` 生成，请勿手改）

每个数字都与今天的做法同场测量，轮流进行，并核对答案；答案不同时运行以 1 退出，慢不是错误。
绝对时间只属于这台机器这一天；可以带走的是同一次运行里的倍数（对方中位数 ÷ greenrule 中位数，大于 1 表示 greenrule 更快或更省）。
目标是本项目自定的上限，括号内为所指的统计量。全部图层均为演示数据（非官方）。

各部分可以在不同时候测量，每部分注明日期、所测版本和开始时机器的负载。怎样运行：`make bench`；少量样本 `python -m benchmarks.run --quick`；其余选项见 `benchmarks/README.md`。
"""


#: What belongs to a section, not to the machine.
_OWN = ("load at start",)


def amount(value: float | None, unit: str) -> str:
    """A figure with a readable unit.

    >>> amount(0.00031, "s"), amount(27e-9, "s"), amount(1.5, "s"), amount(217.4, "MB"), amount(12.0, "题"), amount(None, "s")
    ('310 µs', '27.0 ns', '1.50 s', '217 MB', '12 题', '')
    """
    if value is None:
        return ""
    if unit == "MB":
        return f"{value:.0f} MB"
    if unit != "s":
        return f"{value:g} {unit}"
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if value >= scale or name == "ns":
            short = value / scale
            return (
                f"{short:.0f} {name}"
                if short >= 100
                else f"{short:.1f} {name}"
                if short >= 10
                else f"{short:.2f} {name}"
            )
    return ""


def verdict(figure: Mapping[str, Any]) -> str:
    """The target and whether it is met, in words."""
    if figure["target"] is None:
        return ""
    bound = "中位" if figure["bound"] == "median" else figure["bound"]
    return f"≤ {amount(figure['target'], figure['unit'])}（{bound}）{'达到' if figure['met'] else '未达到'}"


def page(sections: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of the latest figures of every section."""
    measured = [section for section in sections if section["taken"]]
    lines = [_HEAD]
    if measured:
        taken = max((section["taken"] for section in measured), key=lambda one: one["date"])
        machine = "，".join(f"{name} {value}" for name, value in measured[-1]["machine"].items() if name not in _OWN)
        versions = "，".join(f"{name} {value}" for name, value in taken["versions"].items())
        lines += [f"机器：{machine}。规则 {taken['rules']} 条，事实 {taken['facts']} 个。版本：{versions}。", ""]
    absent = [section["name"] for section in sections if not section["taken"]]
    if absent:
        lines += [f"尚未测量的部分：{'、'.join(absent)}。", ""]
    for section in measured:
        lines += [
            f"## {section['title']}",
            "",
            f"测于 {section['taken']['date']}，版本库 {section['taken']['revision']}，开始时负载 {section['machine']['load at start']}。",
            "",
            "| 问题 | 谁 | 中位 | p95 | 次数 | 倍数 | 目标 |",
            "|---|---|---|---|---|---|---|",
        ]
        for item in section["figures"]:
            times = f"{item['ratio']:.2g}×" if item["ratio"] is not None else ""
            cells = (item["question"], item["who"], amount(item["median"], item["unit"]), amount(item["p95"], item["unit"]),
                     str(item["runs"]), times, verdict(item))  # fmt: skip
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
        for check in section["checks"]:
            same = "全部相同" if not check["different"] else f"**不同 {check['different']:,} 个**"
            lines.append(f"- 核对：{check['what']}：{check['compared']:,} 个，{same}。")
        lines += [f"- {note}" for note in section["notes"]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
