"""Names of reference systems as filings, web maps and GIS programs write them."""

from __future__ import annotations

import re

_NAMES = {
    "cgcs2000": ("cgcs2000", "国家大地2000", "国家2000", "大地2000", "2000国家大地", "国家大地", "2000", "china2000", "gcscgcs2000",
                 "gcschinageodeticcoordinatesystem2000", "chinageodeticcoordinatesystem2000"),
    "wgs84": ("wgs84", "wgs1984", "gcswgs1984", "gps", "84"),
    "gcj02": ("gcj02", "gcj", "火星", "国测局", "高德", "高德地图", "腾讯", "腾讯地图", "amap"),
    "bd09": ("bd09", "bd09ll", "百度", "百度地图", "baidu"),
    "EPSG:4610": ("西安80", "西安1980", "1980西安", "80西安", "xian80", "xian1980", "gcsxian1980"),
    "EPSG:4214": ("北京54", "北京1954", "1954北京", "54北京", "beijing54", "beijing1954", "gcsbeijing1954"),
}  # fmt: skip
ALIASES = {alias: name for name, aliases in _NAMES.items() for alias in aliases}

#: `CGCS2000_3_Degree_GK_CM_111E`, `CGCS2000 / 3-degree Gauss-Kruger zone 37`, `CGCS2000_GK_Zone_19`
_PROGRAM = re.compile(r"cgcs2000/?(3degree)?(?:gk|gausskru?e?ger)(?:zone|cm)(\d{2,3})e?")
#: `3度带37带`, `高斯克吕格6度分带第19带`, `CGCS2000 3°带，中央经线 111°`
_SPOKEN = re.compile(
    r"(?:高斯(?:克吕格)?)?(?:投影|平面直角|平面)*([36三六])[度°](?:分?带)?(?:投影)?"
    r"(?:(?:带号|第)?(\d{2})(?:号?带)?|中央(?:经线|子午线)为?(?:东经)?(\d{2,3}(?:\.\d+)?)(?:度|°|e)?)"
)


def key_of(written: str) -> str:
    """A name without what makes no difference: case, blanks, dashes, and the word for system.

    >>> key_of("2000 国家大地坐标系"), key_of("WGS_1984")
    ('2000国家大地', 'wgs1984')
    """
    key = re.sub(r"[\s_\-]", "", written).lower().replace("：", ":")
    return re.sub(r"坐标系?统?$", "", key) or key


def grid_named(key: str) -> tuple[int, float] | None:
    """Width and zone (or central meridian) of a Gauss–Krüger grid on CGCS2000 that a name describes; else None.

    >>> grid_named(key_of("CGCS2000_3_Degree_GK_CM_111E")), grid_named(key_of("高斯 3度带 37带")), grid_named("3度带")
    ((3, 111.0), (3, 37.0), None)
    """
    if match := _PROGRAM.fullmatch(key):
        return (3 if match[1] else 6), float(match[2])
    plain = re.sub(r"[,，、/（）()。:]", "", key)
    plain = re.sub(r"^(?:2000国家大地|国家大地2000|cgcs2000|国家2000|大地2000)(?:坐标系?)?", "", plain)
    if match := _SPOKEN.fullmatch(plain):
        return {"三": 3, "六": 6}.get(match[1]) or int(match[1]), float(match[2] or match[3])
    return None
