"""Sites that were announced are answered as if they had not been."""

from __future__ import annotations

import shutil
from datetime import date

import numpy as np
import shapely

from greenrule.casework.ground import Ground
from greenrule.casework.placing import locate, place_facts, touched_units
from greenrule.core.errors import Place
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law

ON = date(2026, 11, 21)


def test_facts_and_units_are_the_same(tmp_path, tmp_path_factory):
    """Points, areas, lines, on borders too; an index file per layer is left in the workspace."""
    shutil.copytree(shared_demo(tmp_path_factory), tmp_path / "own")
    workspace = Workspace.open(tmp_path / "own")
    plain, told = Ground(workspace, ON), Ground(workspace, ON)
    units = plain.index("control_unit").frame.geometry
    rng = np.random.default_rng(2)
    middle = shapely.points(rng.uniform((111.2, 35.4), (112.8, 38.6), (8, 2)))
    corner = shapely.get_coordinates(units[700])[3]
    sites = [
        *middle[:3],
        *shapely.buffer(middle[3:7], 0.02, quad_segs=2),
        shapely.Point(corner),
        shapely.boundary(units[7]),
    ]
    told.expect(sites)
    law, place = shared_law(), Place("test")
    for site in sites:
        answers = []
        for ground in (plain, told):
            where = locate(ground, site, place)
            answers.append((where, touched_units(ground, site), place_facts(law, ground, site, where["cities"])))
        assert answers[0] == answers[1]
    assert told._many["control_unit"].keys() == {bytes(site.wkb) for site in sites}
    assert any(hit.on_boundary for hit in told.hits("control_unit", sites[7]))
    # What was not announced is answered too.
    assert told.hits("control_unit", middle[7]) == plain.hits("control_unit", middle[7])
    assert len(list((workspace.path / "indexes").iterdir())) == len(told._many)
