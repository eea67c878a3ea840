"""The reference page `docs/reference/performance.md`, generated from one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HEAD = """# 性能（由 `python -m benchmarks.run --docs` 生成，请勿手改）

每个数字都与今天的做法同场测量，轮流进行，并核对答案；答案不同时运行以 1 退出，慢不是错误。
绝对时间只属于这台机器这一天；可以带走的是同一次运行里的倍数（对方中位数 ÷ greenrule 中位数，大于 1 表示 greenrule 更快或更省）。
目标是本项目自定的上限，括号内为所指的统计量。全部图层均为演示数据（非官方）。

怎样运行：`make bench`；少量样本 `python -m benchmarks.run --quick`；其余选项见 `benchmarks/README.md`。
"""


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


def page(result: Mapping[str, Any]) -> str:
    """Markdown of one run."""
    machine = "，".join(f"{name} {value}" for name, value in result["machine"].items() if value)
    versions = "，".join(f"{name} {value}" for name, value in result["versions"].items())
    lines = [_HEAD, f"日期 {result['date']}{'（少量样本）' if result['quick'] else ''}。机器：{machine}。",
             f"规则 {result['rules']} 条，事实 {result['facts']} 个。版本：{versions}。", ""]  # fmt: skip
    for section in result["sections"]:
        lines += [
            f"## {section['title']}",
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
