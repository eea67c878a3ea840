"""Draw the demonstration province on one page, so that a person can see whether it is believable.

python tools/demo_picture.py demo/workspace docs/pictures/demo.png
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

import typst

from greenrule.casework.writing import write_bytes
from greenrule.spatial.drawing import pieces
from greenrule.spatial.overlay import LayerIndex
from greenrule.store.workspace import Workspace

WINDOW = (110.1, 34.5, 114.7, 40.85)
SCALE = 150.0  # drawing units per degree of latitude
SQUEEZE = math.cos(math.radians((WINDOW[1] + WINDOW[3]) / 2))
CLASSES = {
    "priority": ("#b7d3a8", "优先保护单元"),
    "key": ("#f2d3b0", "重点管控单元"),
    "general": ("#f3f1e2", "一般管控单元"),
}

#: Layer kind → fill, line, width of the line, label; drawn in this order.
STYLES = {
    "ecological_red_line": ("#4f8f5b", "none", 0.0, "生态保护红线"),
    "nature_reserve": ("#2f6f4a", "none", 0.0, "自然保护地"),
    "basin": ("none", "#9a7b4f", 1.3, "盆地"),
    "built_up_area": ("#8d8a94", "none", 0.0, "城镇建成区"),
    "park": ("#7a3f8f", "none", 0.0, "开发区与工业园区"),
    "water_source": ("#2b6cb0", "none", 0.0, "饮用水水源保护区"),
    "river_line": ("none", "#3d85c6", 1.6, "河流"),
    "city": ("none", "#55504a", 1.1, "市界"),
}


def path_of(index: LayerIndex, rows: set[int] | None = None) -> str:
    """Outlines of a layer as one SVG path, thinned to what the eye can see."""
    out = []
    for row, rings in pieces(index, WINDOW, 0.0025):
        if rows is None or row in rows:
            for ring in rings:
                spots = " ".join(
                    f"{(lon - WINDOW[0]) * SCALE * SQUEEZE:.1f},{(WINDOW[3] - lat) * SCALE:.1f}" for lon, lat in ring
                )
                out.append("M" + spots + ("Z" if ring[0] == ring[-1] else ""))
    return "".join(out)


def svg(workspace: Workspace) -> str:
    """The map without words."""
    versions = workspace.layers()
    indexes = {kind: LayerIndex(workspace.read(versions[kind])) for kind in ("control_unit", *STYLES)}
    words = list(indexes["control_unit"].frame.columns["class"])
    parts = []
    for word, (fill, _) in CLASSES.items():
        rows = {row for row, value in enumerate(words) if value == word}
        parts.append(
            f'<path d="{path_of(indexes["control_unit"], rows)}" fill="{fill}" fill-rule="evenodd" stroke="#ffffff" stroke-width="0.45"/>'
        )
    for kind, (fill, line, width, _) in STYLES.items():
        parts.append(
            f'<path d="{path_of(indexes[kind])}" fill="{fill}" fill-rule="evenodd" stroke="{line}" stroke-width="{width}"/>'
        )
    width, height = (WINDOW[2] - WINDOW[0]) * SCALE * SQUEEZE, (WINDOW[3] - WINDOW[1]) * SCALE
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">{"".join(parts)}</svg>'


def page(workspace: Workspace) -> str:
    """The page around the map: title, legend, source."""
    keys = [(fill, "none", label) for fill, label in CLASSES.values()] + [
        (fill, line, label) for fill, line, _, label in STYLES.values()
    ]
    boxes = ", ".join(
        f'box(width: 10pt, height: 6pt, fill: {_paint(fill)}, stroke: {_paint(line, "0.8pt")}) + h(4pt) + "{label}"'
        for fill, line, label in keys
    )
    source = workspace.layers()["control_unit"].source
    return f"""#set page(width: 132mm, height: auto, margin: 5mm, fill: white)
#set text(font: ("Noto Sans CJK SC", "Noto Serif CJK SC", "Source Han Sans SC", "SimSun"), size: 7pt)
#text(size: 11pt, weight: "bold")[演示工作区全图] #h(1fr) #text(fill: rgb("#b00020"), weight: "bold")[演示数据（非官方）]
#v(-6mm)
#image("map.svg", width: 100%)
#grid(columns: 4, row-gutter: 4pt, column-gutter: 8pt, {boxes})
#text(size: 6pt)[{source}]
"""


def _paint(colour: str, width: str = "") -> str:
    return "none" if colour == "none" else f'{width + " + " if width else ""}rgb("{colour}")'


def main(workspace: str, target: str) -> None:
    """Draw a workspace to a PNG file."""
    found = Workspace.open(workspace)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "map.svg").write_text(svg(found), encoding="utf-8")
        (folder / "page.typ").write_text(page(found), encoding="utf-8")
        data = typst.compile(folder / "page.typ", format="png", ppi=88)
    assert isinstance(data, bytes)
    write_bytes(Path(target), data)


if __name__ == "__main__":
    main(*sys.argv[1:])
