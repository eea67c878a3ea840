"""Does a layer lie where it says it lies: units against the counties that they name, as read and in every other datum.

A layer in a map service's shifted datum looks sound by itself; it lies some hundred metres off everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from greenrule.spatial.datums import shift_datum
from greenrule.spatial.frame import Frame
from greenrule.spatial.layercheck import CheckReport, Finding

#: Below this share of the area outside the counties named, lines are drawn alike enough; working values, not a law's.
_OFF = 0.002
#: In the right datum less than this part of what was outside still is.
_BETTER = 0.25
#: From this share on county names or lines are questioned though no other datum fits; small areas do cross lines.
_ODD = 0.05
#: Units that are looked at; spread over the layer.
_LOOKED_AT = 300
#: What a layer may be read as: from, to, and what to do about it.
_READINGS = (
    ("gcj02", "cgcs2000", "像是 GCJ-02（火星坐标）：加 `--crs gcj02` 重读"),
    ("bd09", "cgcs2000", "像是 BD-09（百度坐标）：加 `--crs bd09` 重读"),
    ("cgcs2000", "gcj02", "像是本来不必改正、却按 GCJ-02 改正过：不加 `--crs gcj02` 重读"),
    ("cgcs2000", "bd09", "像是本来不必改正、却按 BD-09 改正过：不加 `--crs bd09` 重读"),
)


def check_datum(frame: Frame, counties: Frame, report: CheckReport) -> None:
    """Add what speaks for another datum: an error where another reading fits the named counties far better.

    frame : a layer with a column `county`; without one, or where no name is known, nothing can be told and nothing is said
    counties : the county layer, with `name`
    """
    names = frame.columns.get("county")
    if names is None or "name" not in counties.columns:
        return
    named: dict[str, Any] = dict(zip(map(str, counties.columns["name"]), counties.geometry, strict=True))
    rows = [
        row for row, name in enumerate(names) if str(name) in named and shapely.get_dimensions(frame.geometry[row]) == 2
    ]
    rows = [row for row in rows if shapely.is_valid(frame.geometry[row])]
    if not rows:
        return
    rows = [rows[number] for number in np.unique(np.linspace(0, len(rows) - 1, _LOOKED_AT).astype(int)).tolist()]
    shapes = np.array([frame.geometry[row] for row in rows], dtype=object)
    homes = np.array([named[str(names[row])] for row in rows], dtype=object)
    shapely.prepare(homes)
    off = _outside(shapes, homes)
    if off < _OFF:
        return
    share, told = min((_outside(shift_datum(shapes, one, other), homes), told) for one, other, told in _READINGS)
    if share < off * _BETTER:
        message = f"有 {off:.1%} 的面积不在所写的县里（按已导入的县界）；{told}，则只剩 {share:.1%}"
        report.findings.append(Finding("error", "datum", message))
    elif off >= _ODD:
        message = f"有 {off:.1%} 的面积不在所写的县里，换别的坐标系也不见好：核对县名和县界图层"
        report.findings.append(Finding("warning", "datum", message))


def _outside(shapes: np.ndarray, homes: np.ndarray) -> float:
    """The share of the area (in square degrees, which is alike over a county) outside each shape's home."""
    outside = np.zeros(len(shapes))
    across = ~shapely.covers(homes, shapes)
    outside[across] = shapely.area(shapely.difference(shapes[across], homes[across]))
    return float(outside.sum() / shapely.area(shapes).sum())
