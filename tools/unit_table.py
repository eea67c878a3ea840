"""Write `core/unit_table.json`: dimension and factor of the units that packs use, so that pint need not be loaded for them.

`tests/core/test_units.py` recomputes every entry with pint.
"""

from __future__ import annotations

import json
from pathlib import Path

from greenrule.core import units

UNITS = [
    "吨/年",
    "万吨/年",
    "亿吨/年",
    "千克/年",
    "吨/日",
    "万吨/日",
    "吨/小时",
    "千克/小时",
    "蒸吨/小时",
    "吨",
    "万吨",
    "千克",
    "克",
    "毫克",
    "立方米/年",
    "万立方米/年",
    "亿立方米/年",
    "立方米/日",
    "万立方米/日",
    "立方米/小时",
    "立方米/秒",
    "立方米",
    "万立方米",
    "亿立方米",
    "千升/年",
    "万千升/年",
    "千升",
    "升",
    "千瓦",
    "兆瓦",
    "万千瓦",
    "瓦",
    "千伏",
    "伏",
    "公里",
    "千米",
    "米",
    "厘米",
    "毫米",
    "平方公里",
    "平方米",
    "万平方米",
    "公顷",
    "亩",
    "万亩",
    "件/年",
    "万件/年",
    "件",
    "万件",
    "套/年",
    "万套/年",
    "台/年",
    "万台/年",
    "辆/年",
    "万辆/年",
    "头/年",
    "万头/年",
    "头",
    "万头",
    "只/年",
    "万只/年",
    "只",
    "万只",
    "羽",
    "万羽",
    "羽/年",
    "万羽/年",
    "户",
    "人",
    "万人",
    "张",
    "张/年",
    "个",
    "支",
    "支/年",
    "台",
    "辆",
    "辆/日",
    "%",
    "年",
    "月",
    "日",
    "天",
    "小时",
    "分钟",
    "秒",
    "元",
    "万元",
    "亿元",
    "元/吨",
    "微克/立方米",
    "毫克/立方米",
    "μg/m3",
    "mg/m3",
    "µg/m³",
    "mg/m³",
    "t/a",
    "万t/a",
    "t/d",
    "t/h",
    "kg/h",
    "kW",
    "MW",
    "kV",
    "km",
    "m",
    "m2",
    "m3",
    "m³/d",
    "万m³/d",
    "hm2",
    "ha",
    "L",
    "mg/L",
    "1",
]
TARGET = Path(units.__file__).with_name("unit_table.json")


def main() -> None:
    """All entries, sorted; units that cannot be read are an error."""
    table = {}
    for unit in sorted(set(UNITS)):
        dimension, multiplier = units.compute(unit)
        table[unit] = [dimension, str(multiplier)]
    TARGET.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
