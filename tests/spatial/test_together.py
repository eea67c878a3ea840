"""Layers asked together say what each says by itself."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.nearness import near_any
from greenrule.spatial.overlay import LayerIndex
from greenrule.spatial.together import Together

_AT = st.floats(0, 4).map(lambda x: round(x * 4) / 4)
_BOX = st.builds(
    lambda x, y, w, h: shapely.box(110 + x, 35 + y, 110 + x + w, 35 + y + h), _AT, _AT, st.just(0.5), st.just(0.75)
)
_SITE = st.one_of(_BOX, st.builds(lambda x, y: shapely.Point(110 + x, 35 + y), _AT, _AT))


@given(
    layers=st.lists(st.lists(_BOX, min_size=1, max_size=6), min_size=1, max_size=4), site=_SITE, most=st.integers(0, 12)
)
def test_together_as_each_by_itself(layers, site, most):
    """Hits, and whether anything lies near; a layer that is too large is not among them."""
    named = {str(number): LayerIndex(Frame(np.array(shapes))) for number, shapes in enumerate(layers)}
    together = Together(named, most)
    assert sum(len(named[kind].parts) for kind in together.number) <= most
    met, around = together.meeting(site), together.around(site, 2000.0)
    for kind, index in named.items():
        boxes = met.of(kind)
        assert (boxes is None) == (kind not in together.number) == (around.of(kind) is None)
        if boxes is not None:
            assert index.hits(site, boxes=boxes) == index.hits(site)
            assert bool(around.of(kind)) == near_any(index, site, None, 2000.0)
