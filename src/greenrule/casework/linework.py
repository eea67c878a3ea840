"""What a question about a line starts from: the project of its kind, its stops, the land and the terrain it may use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from greenrule.casework.ground import Ground
from greenrule.casework.lineland import Land, LonLat, refuse_too_many
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.casework.siting import land, where
from greenrule.core.errors import Fault, InputFault, near
from greenrule.packs.marked import load_marked
from greenrule.spatial.landgrid import LandGrid
from greenrule.spatial.patches import Patches, length_m, line

#: Two stops nearer than this are one place.
_APART_M = 1.0


def line_kinds(screener: Screener) -> dict[str, dict[str, Any]]:
    """The kinds of lines that the packs declare (`line_kinds.yaml`), by id and by Chinese name."""
    found: dict[str, dict[str, Any]] = {}
    for folder in screener.law.folders:
        path = folder / "line_kinds.yaml"
        if path.exists():
            for name, item in load_marked(path).plain()["kinds"].items():
                found[name] = found[str(item["label"])] = {"id": name, **item}
    return found


def line_project(screener: Screener, kind: str, path: Path | None, on: date | None) -> Project:
    """The project of a line: as its file says, or of its kind with nothing but the industry.

    Errors: N021 for a kind that is not declared; those of `read_projects`.
    """
    kinds = line_kinds(screener)
    if kind not in kinds:
        close = near(kind, kinds)
        raise InputFault(
            Fault(
                "N021",
                f"没有 `{kind}` 这种线路",
                None,
                f"相近的有：{'、'.join(close)}" if close else f"可用：{'、'.join(kinds)}",
            )
        )
    if path is not None:
        return read_projects(path, screener.law, on)[0]
    item = kinds[kind]
    raw: dict[str, Any] = {"name": f"{item['label']}线路", "industry": item["industry"], "nature": "new"}
    raw["none_of"] = [name for name in item.get("none_of", ()) if name in screener.law.groups]
    return project_from({**raw, "on": on.isoformat()} if on else raw, screener.law)


def stops_of(ground: Ground | None, texts: Sequence[str]) -> list[LonLat]:
    """Stops as people write them: "lon,lat", or a named place (a point inside it).

    Errors: N022 for numbers that are no position; N011 for a name that no layer knows; N024 for two neighbours at one place.
    """
    out: list[LonLat] = []
    for text in texts:
        parts = text.replace("，", ",").split(",")
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) == 2:
            if not (73 <= numbers[0] <= 136 and 3 <= numbers[1] <= 54):
                swapped = 73 <= numbers[1] <= 136 and 3 <= numbers[0] <= 54
                help = (
                    f"经度在前：`{numbers[1]:g},{numbers[0]:g}`" if swapped else "写成 `经度,纬度`，例如 `112.55,37.87`"
                )
                raise InputFault(Fault("N022", f"`{text}` 不是中国境内的位置", None, help))
            out.append((numbers[0], numbers[1]))
        elif numbers or len(parts) > 1:
            raise InputFault(Fault("N022", f"`{text}` 不是一个位置", None, "写成 `经度,纬度`，例如 `112.55,37.87`"))
        else:
            if ground is None:
                raise InputFault(Fault("N014", "没有图层，不认得地名", None, "用 `--workspace` 指明装有图层的工作区"))
            inside = land(ground, text).representative_point()
            out.append((float(inside.x), float(inside.y)))
    for number, (one, other) in enumerate(pairwise(out)):
        if length_m(line([one, other])) < _APART_M:
            both = (
                f"{_called(number, len(out))} `{texts[number]}` 和{_called(number + 1, len(out))} `{texts[number + 1]}`"
            )
            raise InputFault(Fault("N024", f"{both} 是同一个地方", None, "两处须不同；核对经纬度或地名"))
    return out


def _called(number: int, of: int) -> str:
    """What a stop is to a line."""
    return "起点" if number == 0 else "终点" if number == of - 1 else f"途经 {number}"


def land_for(
    screener: Screener, project: Project, cell_m: float, avoid: Sequence[Any] = (), surface: Path | None = None,
    *, within: Any = None, names: Sequence[str] = (),
) -> Land:  # fmt: skip
    """The land of a line's project, drawn for the search.

    surface : raster of cost multiples (`LandGrid.read`); within : the land to which the question is confined; names : what
    the asker calls the land in `avoid`
    Errors: N025 for cells of such a side over such land, told before the counties are divided; those of `where`.
    """
    ground = screener.ground(project.on)
    counties = ground.index("county") if ground is not None else None
    if counties is not None and within is None:
        refuse_too_many(LandGrid(Patches(list(counties.frame.geometry)).bounds, cell_m))
    siting = where(screener, project, within)
    return Land(screener, siting, cell_m, avoid, None if surface is None else lambda grid: grid.read(surface), names)
