"""The words of a report: closed codes of the finding contract beside their 中文 labels, and values as text.

The labels are said in the language that is spoken (`core.tongue`).

A code that is not listed is shown as it stands: a report never hides what it cannot translate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from greenrule.core.tongue import amount, language, said

Words = Mapping[str, str]

DECISION: Words = {
    "prohibited": "禁止准入",
    "restricted": "限制准入",
    "allowed": "允许准入",
    "undetermined": "尚不能判定",
}
VERDICT: Words = {
    "prohibited": "按所列条款，本项目不得在该场址建设。",
    "restricted": "按所列条款，本项目在该场址受到限制，须先满足所列条件。",
    "allowed": "所查条款中未见禁止或限制本项目在该场址建设的情形；仍应依法办理下列手续。",
    "undetermined": "现有事实不足以得出结论；补齐下列事实后可以判定。",
}
ZONE_CLASS: Words = {"priority": "优先保护单元", "key": "重点管控单元", "general": "一般管控单元"}
EFFECT: Words = {
    "prohibit": "禁止",
    "restrict": "限制",
    "require": "要求",
    "exempt": "豁免",
    "simplify": "简化",
    "delegate": "下放",
    "prioritise": "优先",
    "classify": "归类",
    "reward": "激励",
    "retire": "退出",
    "assess": "评估",
}
STRENGTH: Words = {
    "mandatory": "强制性",
    "in_principle": "原则性",
    "promote": "推动性",
    "encourage": "鼓励性",
    "permissive": "许可性",
}
STATE: Words = {"true": "成立", "false": "不成立", "unknown": "待定"}
NATURE: Words = {"new": "新建", "expand": "扩建", "rebuild": "改建", "relocate": "迁建", "upgrade": "技术改造"}
ABOUT: Words = {
    "access": "准入",
    "eia.catalogue_form": "名录规定的环评形式",
    "eia.form": "环评形式",
    "eia.route": "环评办理方式",
    "permit.catalogue_class": "名录规定的排污许可类别",
    "permit.class": "排污许可类别",
    "approver": "审批层级",
    "approver.lead": "牵头市",
    "quota.needed": "总量指标",
    "quota.timing": "总量指标时点",
    "quota.source": "总量指标来源",
    "obligations": "建设运行要求",
    "support": "可享受的支持",
}
# The long lists of a report stand under these headings, in this order; every named decision belongs to one of them.
TOPIC: Words = {
    "access": "准入结论",
    "eia": "环境影响评价",
    "permit": "排污许可",
    "approver": "审批层级",
    "quota": "总量指标",
    "obligations": "建设运行要求",
    "support": "可享受的支持",
    "other": "其他",
}
DEMANDS: Words = {
    "spatial_constraint": "空间布局约束",
    "pollution_control": "污染物排放管控",
    "risk_control": "环境风险防控",
    "resource_efficiency": "资源利用效率",
}
POLLUTANT: Words = {
    "so2": "二氧化硫",
    "nox": "氮氧化物",
    "pm": "颗粒物",
    "vocs": "挥发性有机物",
    "cod": "化学需氧量",
    "nh3n": "氨氮",
}
EIA_FORM: Words = {
    "none": "不需办理环评",
    "registration": "环境影响登记表",
    "form": "环境影响报告表",
    "book": "环境影响报告书",
    "undetermined": "待定",
}
EIA_ROUTE: Words = {
    "exempt": "豁免管理",
    "commitment": "告知承诺制",
    "bundled": "打捆审批",
    "multi_in_one": "多评合一",
    "with_permit": "环评与排污许可两证合一",
    "standard_template": "一本式标准化模板",
    "green_channel": "绿色通道",
    "parallel": "并联审批",
    "tolerant": "容缺受理",
    "online": "全程网办",
    "simplified_content": "报告内容简化",
    "merged_publication": "合并公示",
    "area_exempt": "区域环评豁免",
    "no_repeat": "无需重新办理",
    "fast_track": "快速审批",
}
PERMIT_CLASS: Words = {
    "none": "不需申领或登记",
    "registration": "登记管理",
    "simplified": "简化管理",
    "key": "重点管理",
    "undetermined": "待定",
}
APPROVER: Words = {
    "ministry": "生态环境部",
    "province": "省级审批部门",
    "city": "设区市审批部门",
    "zone": "省级开发区审批部门",
    "county": "县级审批部门",
    "none": "不需审批",
    "undetermined": "待定",
}
QUOTA_TIMING: Words = {
    "before_eia": "环评审批前取得",
    "before_permit": "申领排污许可证前取得",
    "before_production": "投产前取得",
    "none": "不需取得",
    "undetermined": "待定",
}
DOUBT: Words = {"text": "文本", "boundary": "边界", "datum": "坐标", "layer": "图层"}
PRECEDENCE: Words = {
    "strictest": "从严适用",
    "stricter": "从严适用",
    "both_apply": "两者并行适用",
    "newer": "新的规定优先于旧的规定",
    "special": "特别规定优先于一般规定",
    "more_special": "特别规定优先于一般规定",
    "higher": "上位规定优先于下位规定",
}
GEOMETRY: Words = {
    "Point": "点",
    "MultiPoint": "多点",
    "LineString": "线",
    "MultiLineString": "多线",
    "Polygon": "面",
    "MultiPolygon": "多面",
    "point": "点",
    "line": "线",
    "polygon": "面",
}
CRS: Words = {
    "cgcs2000": "CGCS2000（国家大地坐标系）",
    "wgs84": "WGS84",
    "gcj02": "GCJ-02",
    "bd09": "BD-09",
}
ORIGIN: Words = {
    "stated": "申报",
    "project": "申报",
    "user": "申报",
    "declared": "申报：均无",
    "decision": "本次判定",
    "derived": "推定",
    "spatial": "图层叠加",
    "missing": "缺失",
    "absent": "缺失",
    "default": "缺省",
    "layer": "图层",
    "pack": "政策包",
    "rule": "规则推导",
}
LAYER: Words = {
    "county": "县级行政区",
    "city": "设区的市",
    "control_unit": "生态环境管控单元",
    "ecological_red_line": "生态保护红线",
    "nature_reserve": "自然保护地",
    "scenic_area": "风景名胜区",
    "water_source": "饮用水水源保护区",
    "spring_area": "泉域重点保护区",
    "heritage_site": "重点文物保护单位",
    "permanent_farmland": "永久基本农田",
    "park": "开发区与工业园区",
    "river_line": "河流",
    "road": "公路",
    "railway": "铁路",
    "river_bank": "河道岸线管控范围",
    "valley": "河流谷地",
    "basin": "盆地",
    "taixin_zone": "太忻一体化经济区",
    "built_up_area": "城镇建成区",
    "heat_network": "集中供热管网覆盖范围",
    "fuel_ban_zone": "高污染燃料禁燃区",
    "noise_sensitive_area": "噪声敏感建筑物集中区域",
    "residential_area": "居民区",
    "groundwater_area": "地下水管控区",
    "mining_area": "矿区",
}
VALUE_BY_DECISION: Mapping[str, Words] = {
    "access": DECISION,
    "eia.catalogue_form": EIA_FORM,
    "eia.form": EIA_FORM,
    "eia.route": EIA_ROUTE,
    "permit.catalogue_class": PERMIT_CLASS,
    "permit.class": PERMIT_CLASS,
    "approver": APPROVER,
    "quota.needed": POLLUTANT,
    "quota.timing": QUOTA_TIMING,
}

# C0/C1 controls (a terminal obeys them), bidirectional overrides (they reorder what the reader sees),
# lone surrogates and the two non-characters that XML 1.0 refuses.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"\s*[\r\n\t]+\s*")

DEMO = "演示数据（非官方）"
REPORT_NAME = "建设项目生态环境准入判定报告"
DISCLAIMER = "本报告依所列政策数据与图层计算得出，逐条可查、可复算；供判断与申报准备使用，不代替行政机关的审批决定。"

#: What a reader of another language is told; its English stands in the catalogue.
NOT_TRANSLATED = "英文是本软件的译文；地名、单元、文号和清单文字保留中文。"
AUTHORITATIVE = "以中文判定为准；本文是其英文读本，摘要与中文判定相同。"


def reading_notes() -> tuple[str, ...]:
    """What a reading in another language says of itself: which text holds, and what is not translated; nothing in Chinese."""
    return () if language() == "zh" else (said(AUTHORITATIVE), said(NOT_TRANSLATED))


def bracketed(text: str) -> str:
    """Text in the brackets of the language that is spoken."""
    return f"{said('（')}{text}{said('）')}"


def word(words: Words, code: object) -> str:
    """The label of a code; the code itself where no label is known, `待定` where there is none.

    >>> word(DECISION, "prohibited"), word(DECISION, "new_code"), word(DECISION, None)
    ('禁止准入', 'new_code', '待定')
    """
    if code is None or code == "":
        return said("待定")
    return said(words.get(str(code), str(code)))


def clean(value: object) -> str:
    """A value as one line of printable text; unprintable characters become U+FFFD.

    >>> clean("a\\x1b[31m b\\n c"), clean(None)
    ('a\\ufffd[31m b c', '')
    """
    if value is None:
        return ""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", _BREAKS.sub(" ", str(value))).strip()


def number(value: float | int) -> str:
    """A number without float noise: at most twelve significant digits.

    >>> number(58.3), number(523000.0), number(0.1 + 0.2)
    ('58.3', '523000', '0.3')
    """
    return format(value, ".12g") if isinstance(value, float) else str(value)


def quantity(value: object, unit: object = None, *, fact: str = "") -> str:
    """A fact's value in words: 是/否, 未知 for none, a list joined by 、, a number with its unit.

    >>> quantity(True), quantity(None), quantity(["2521", "2522"]), quantity(312.4, "m")
    ('是', '未知', '2521、2522', '312.4 m')
    >>> quantity("new", fact="project.nature")
    '新建'
    """
    if value is None:
        return said("未知")
    if isinstance(value, bool):
        return said("是") if value else said("否")
    if isinstance(value, Mapping):
        return said("；").join(
            said("{a}：{b}").format(a=clean(key), b=quantity(item)) for key, item in value.items()
        ) or said("无")
    if isinstance(value, list | tuple | set | frozenset):
        return said("、").join(quantity(item, fact=fact) for item in value) or said("无")
    text = number(value) if isinstance(value, int | float) else clean(value)
    if fact.rpartition(".")[2] == "nature":
        text = said(NATURE.get(text, text))
    # A quantity that was written with its unit ("5 兆瓦") keeps the unit it was written with.
    stated = isinstance(value, str) and not re.fullmatch(r"[-+0-9.,eE/ ]+", text)
    text = f"{text} {clean(unit)}" if unit and not stated else text
    return amount(text) if language() == "en" else text


def metres(distance: object) -> str:
    """A distance without its sign, in m below one km and in km above.

    >>> metres(-312.4), metres(18572.5), metres(None)
    ('312.4 m', '18.6 km', '')
    """
    if not isinstance(distance, int | float) or isinstance(distance, bool):
        return clean(distance)
    away = abs(distance)
    return f"{number(round(away, 1))} m" if away < 1000 else f"{number(round(away / 1000, 1))} km"


def area(square_metres: object) -> str:
    """An area in hectares with the square metres it was computed from.

    >>> area(523000.0), area(None)
    ('52.3 公顷（523000 m²）', '')
    """
    if not isinstance(square_metres, int | float) or isinstance(square_metres, bool):
        return clean(square_metres)
    return said("{hectares} 公顷（{metres} m²）").format(
        hectares=number(round(square_metres / 10_000, 4)), metres=number(square_metres)
    )
