"""Angles as filings write them: 112°18′24″, 东经112度18分24秒, E112°18.4', １１２°１８′２４″, 112.3067.

One reading for every habit of marks, hemispheres and full-width characters; what cannot be read is refused with the
character where it went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from greenrule.core.errors import Fault, InputFault, Place

HELP = "写成 112°18′24″、东经112度18分24秒、112°18.4′ 或 112.3067"

# Full-width forms, one for one, so that positions in the text stay true.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 0x3002: 0x2E}
_TOKEN = re.compile(
    r"(?P<hemisphere>东经|西经|北纬|南纬|经度|纬度|[EWNSewns])"
    r"|(?P<degree>[°º˚゜∘度])"
    r"|(?P<second>″|〃|〞|˝|ʺ|\"|”|“|''|′′|’’|‘‘|´´|``|秒)"
    r"|(?P<minute>′|ˊ|ˈ|ʹ|'|’|‘|‵|´|`|分)"
    r"|(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"|(?P<minus>[-−－])"
    r"|(?P<gap>[\s:：,，;；、()\[\]]+)"
)
_AXES = {
    "东经": ("lon", 1),
    "西经": ("lon", -1),
    "北纬": ("lat", 1),
    "南纬": ("lat", -1),
    "经度": ("lon", 1),
    "纬度": ("lat", 1),
}
_AXES |= {"e": ("lon", 1), "w": ("lon", -1), "n": ("lat", 1), "s": ("lat", -1)}
_STEPS = ("degree", "minute", "second")
_NAMES = {"degree": "度", "minute": "分", "second": "秒"}


@dataclass(frozen=True, slots=True)
class Angle:
    """Degrees, negative west and south; `axis` is `lon`, `lat` or None where the text does not say."""

    value: float
    axis: str | None = None


def parse_angle(text: object, where: Place | None = None) -> Angle:
    """Read one angle; a number counts as decimal degrees.

    Errors: InputFault DMS001 (a character that does not belong), DMS002 (parts missing or out of order), DMS003 (out
    of range).

    >>> parse_angle("北纬38°44′02″")
    Angle(value=38.73388888888889, axis='lat')
    >>> parse_angle("112度18.4分").value == 112 + 18.4 / 60
    True
    """
    angles = _read_all(text, where)
    if len(angles) != 1:
        raise InputFault(Fault("DMS002", f"`{text}` 里有 {len(angles)} 个角度，应只有一个", where, HELP))
    return angles[0]


def parse_position(value: object, where: Place | None = None) -> tuple[float, float]:
    """Read a position as (lon, lat): one text holding both angles, or a pair; labels (东经, N …) override the order.

    >>> parse_position("北纬37°52′30″，东经112°33′")
    (112.55, 37.875)
    """
    if isinstance(value, str):
        angles = _read_all(value, where)
    elif isinstance(value, Sequence):
        angles = []
        faults: list[Fault] = []
        for item in value:
            try:
                angles.append(parse_angle(item, where))
            except InputFault as problem:
                faults.extend(problem.faults)
        if faults:
            raise InputFault(faults)
    else:
        angles = []
    if len(angles) != 2:
        raise InputFault(Fault("DMS002", f"`{value}` 不是一个位置（应为经度和纬度两个角度）", where, HELP))
    first, second = angles
    if first.axis is not None and first.axis == second.axis:
        kind = "经度" if first.axis == "lon" else "纬度"
        raise InputFault(Fault("DMS002", f"`{value}` 的两个角度都标为{kind}", where, "一个写东经，一个写北纬"))
    if first.axis == "lat" or second.axis == "lon":
        first, second = second, first
    return first.value, second.value


def format_dms(degrees: float, decimals: int = 2) -> str:
    """Decimal degrees as 度分秒 text.

    >>> format_dms(112.30666666666667, 0), format_dms(-0.5, 0)
    ('112°18′24″', '-0°30′00″')
    """
    # Rounded once, as a count of the smallest unit shown: 59.9999″ becomes the next minute, never 60″.
    scale = 10**decimals
    units = round(abs(degrees) * 3600 * scale)
    minutes, rest = divmod(units, 60 * scale)
    seconds = f"{rest // scale:02d}" + (f".{rest % scale:0{decimals}d}" if decimals else "")
    return f"{'-' if degrees < 0 and units else ''}{minutes // 60}°{minutes % 60:02d}′{seconds}″"


def _read_all(text: object, where: Place | None) -> list[Angle]:
    """Every angle of a text, in order."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return [_checked(float(text), None, str(text), where)]
    if not isinstance(text, str) or not text.strip():
        raise InputFault(Fault("DMS002", f"`{text}` 不是角度", where, HELP))
    written = text
    # A dash between digits parts them (112-18-24); anywhere else it is a minus.
    tokens = _tokens(re.sub(r"(?<=\d)-(?=\d)", ":", written.translate(_NARROW)), written, where)
    angles: list[Angle] = []
    position = 0
    while position < len(tokens):
        angle, position = _one(tokens, position, written, where)
        angles.append(angle)
        while position < len(tokens) and tokens[position][0] == "gap":
            position += 1
    return angles


def _tokens(text: str, written: str, where: Place | None) -> list[tuple[str, str, int]]:
    """(kind, text, position) of every piece, leading and trailing gaps left out."""
    found: list[tuple[str, str, int]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            message = f"`{written}` 第 {position + 1} 个字符 `{written[position]}` 不是角度的写法"
            raise InputFault(Fault("DMS001", message, where, HELP))
        kind = match.lastgroup or ""
        if kind != "gap" or found:
            found.append((kind, match[0], position))
        position = match.end()
    while found and found[-1][0] == "gap":
        found.pop()
    return found


def _one(tokens: Sequence[tuple[str, str, int]], position: int, written: str, where: Place | None) -> tuple[Angle, int]:
    """One angle from `position` on, and the position after it."""

    def wrong(message: str, at: int) -> InputFault:
        column = tokens[at][2] + 1 if at < len(tokens) else len(written)
        return InputFault(Fault("DMS002", f"`{written}` 第 {column} 个字符处：{message}", where, HELP))

    def kind(at: int) -> str:
        return tokens[at][0] if at < len(tokens) else "end"

    def skip(at: int) -> int:
        return at + 1 if kind(at) == "gap" else at

    axis: str | None = None
    sign = 1
    if kind(position) == "hemisphere":
        axis, sign = _AXES[tokens[position][1].lower()]
        position = skip(position + 1)
    if kind(position) == "minus":
        sign, position = -sign, position + 1
    parts: dict[str, tuple[float, str]] = {}
    level = 0
    while kind(position) == "number":
        start, digits = position, tokens[position][1]
        mark = kind(position + 1)
        if mark not in _STEPS and parts and level > 2:
            break
        step = mark if mark in _STEPS else _STEPS[min(level, 2)]
        if _STEPS.index(step) < level:
            # A new degree mark after minutes or seconds begins the next angle.
            if step == "degree" and parts:
                break
            raise wrong(f"{_NAMES[step]}的位置不对", start)
        if parts and any("." in earlier for _, earlier in parts.values()):
            if step == "degree" or mark not in _STEPS:
                break
            raise wrong("小数只能出现在最后一段", start)
        parts[step] = (float(digits), digits)
        level = _STEPS.index(step) + 1
        position += 2 if mark in _STEPS else 1
        ahead = skip(position)
        # A comma ends the angle; spaces and colons only part its pieces.
        if kind(position) == "gap" and re.search(r"[,，;；、]", tokens[position][1]):
            break
        if kind(ahead) == "number":
            position = ahead
    if "degree" not in parts:
        raise wrong("这里应是度数", position)
    if kind(skip(position)) == "hemisphere" and axis is None and not _starts_next(tokens, skip(position)):
        axis, turn = _AXES[tokens[skip(position)][1].lower()]
        sign, position = sign * turn, skip(position) + 1
    if kind(position) in (*_STEPS, "minus"):
        raise wrong(f"`{tokens[position][1]}` 前面没有数", position)
    for step, limit in (("minute", 60.0), ("second", 60.0)):
        if step in parts and parts[step][0] >= limit:
            carry = "度" if step == "minute" else "分"
            raise InputFault(
                Fault("DMS003", f"`{written}` 的{_NAMES[step]}应小于 60", where, f"满 60 进为 1 {carry}；{HELP}")
            )
    degrees, minutes, seconds = (parts.get(step, (0.0, ""))[0] for step in _STEPS)
    return _checked(sign * (degrees + minutes / 60 + seconds / 3600), axis, written, where), position


def _starts_next(tokens: Sequence[tuple[str, str, int]], at: int) -> bool:
    """Whether a hemisphere word belongs to the angle after it: it does when a number follows and a gap stands
    before."""
    if at + 1 >= len(tokens) or tokens[at + 1][0] != "number":
        return False
    return len(tokens[at][1]) == 2 or tokens[at - 1][0] == "gap"


def _checked(value: float, axis: str | None, written: str, where: Place | None) -> Angle:
    limit = 90.0 if axis == "lat" else 180.0
    # The comparison is written so that NaN fails it.
    if not abs(value) <= limit:
        raise InputFault(Fault("DMS003", f"`{written}` 超出范围（±{limit:g}°）", where, HELP))
    return Angle(value, axis)
