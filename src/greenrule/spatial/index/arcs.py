"""Borders as arcs: stretches of edges with the same two parts beside them, so that a common border is stored once.

An arc is a run of consecutive vertices with two part numbers; crossing it leaves or enters each of them.  Which of the
two lies left does not matter.  A border that nobody shares has one part and -1; a line of a line layer has the same
part twice, since crossing it changes nothing; a point is an arc of one edge without length.
"""

from __future__ import annotations

import numpy as np

from greenrule.core.kernels import kernel

# One edge in eight is entered into the table that finds a border's other copy; from there the match is followed both
# ways.  A common stretch without such an edge is stored twice, which costs space and changes no answer.
_SAMPLING = np.uint64(61)
_ONE, _TWO, _THREE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xBF58476D1CE4E5B9)


@kernel
def _hash(bits, v):
    """A number of a vertex that looks like chance in its upper bits."""
    mixed = bits[v, 0] * _ONE + (bits[v, 1] ^ (bits[v, 0] >> np.uint64(29))) * _TWO
    return (mixed ^ (mixed >> np.uint64(32))) * _THREE


@kernel
def ring_numbers(starts, count):
    """The ring of every vertex."""
    ring_of = np.empty(count, np.int32)
    for ring in range(len(starts) - 1):
        for v in range(starts[ring], starts[ring + 1]):
            ring_of[v] = ring
    return ring_of


@kernel
def _copy(points, v, out, w):
    out[w, 0] = points[v, 0]
    out[w, 1] = points[v, 1]


@kernel
def _same(points, i, j):
    return points[i, 0] == points[j, 0] and points[i, 1] == points[j, 1]


@kernel
def twins(points, bits, starts, ring_of, areal):
    """For every edge the equal edge of another ring or of another stretch of its own, -1 where there is none found.

    points : (n, 2) vertices of chains, one after the other; edge e runs from vertex e to vertex e + 1
    bits : (n, 2) the same numbers as uint64, without negative zeros; starts : (chains + 1,) first vertex of each
    ring_of : (n,) chain of each vertex; areal : (chains,) whether the chain bounds an area (others take no part)
    """
    count = len(points)
    twin = np.full(count, -1, np.int32)
    size = 1024
    while size < count // 4:
        size *= 2
    mask = np.uint64(size - 1)
    slots = np.full(size, -1, np.int32)
    used = 0
    for ring in range(len(starts) - 1):
        if not areal[ring] or starts[ring + 1] == starts[ring]:
            continue
        here = _hash(bits, starts[ring])
        for e in range(starts[ring], starts[ring + 1] - 1):
            there = _hash(bits, e + 1)
            # The same for both directions of an edge.
            key = (here + there) * _ONE
            here = there
            if key >> _SAMPLING != np.uint64(0) or twin[e] >= 0 or used > size // 2:
                continue
            slot = (key >> np.uint64(20)) & mask
            while slots[slot] >= 0:
                other = slots[slot]
                if twin[other] < 0 and other != e:
                    if _same(points, e, other + 1) and _same(points, e + 1, other):
                        _follow(points, starts, ring_of, twin, e, other, -1)
                        break
                    if _same(points, e, other) and _same(points, e + 1, other + 1):
                        _follow(points, starts, ring_of, twin, e, other, 1)
                        break
                slot = (slot + np.uint64(1)) & mask
            if twin[e] < 0:
                slots[slot] = e
                used += 1
    return twin


@kernel
def _follow(points, starts, ring_of, twin, e, other, way):
    """Match the edges that continue a match at both of its ends; `way` is -1 where the copies run against each other."""
    twin[e] = other
    twin[other] = e
    first, last = starts[ring_of[e]], starts[ring_of[e] + 1] - 1
    other_first, other_last = starts[ring_of[other]], starts[ring_of[other] + 1] - 1
    for step in (1, -1):
        here, there = e, other
        while True:
            here += step
            there += step * way
            if here == last:
                here = first
            elif here < first:
                here = last - 1
            if there == other_last:
                there = other_first
            elif there < other_first:
                there = other_last - 1
            if twin[here] >= 0 or twin[there] >= 0 or here == there:
                break
            if way < 0:
                same = _same(points, here, there + 1) and _same(points, here + 1, there)
            else:
                same = _same(points, here, there) and _same(points, here + 1, there + 1)
            if not same:
                break
            twin[here] = there
            twin[there] = here


@kernel
def gather(points, starts, ring_of, kinds, owner, twin):
    """The arcs: vertices (m, 2), first vertex (arcs + 1,), the two parts beside each (arcs, 2), and where chains begin.

    kinds : (chains,) dimension of what a chain belongs to; owner : (chains,) its part.  Lines and points are taken over
    whole.  The last array gives, per chain, the number of a stored vertex that lies on it.
    """
    count = len(points)
    out = np.empty((2 * count + 2, 2))
    first = np.empty(count + 1, np.int32)
    beside = np.empty((count, 2), np.int32)
    anchor = np.full(len(starts) - 1, -1, np.int32)
    vertices, arcs = 0, 0
    for ring in range(len(starts) - 1):
        begin, end = starts[ring], starts[ring + 1]
        if end == begin:
            continue
        mine = owner[ring]
        if kinds[ring] < 2:
            first[arcs] = vertices
            beside[arcs, 0] = mine
            beside[arcs, 1] = mine
            anchor[ring] = vertices
            for v in range(begin, end):
                _copy(points, v, out, vertices)
                vertices += 1
            if end == begin + 1:
                _copy(points, begin, out, vertices)
                vertices += 1
            arcs += 1
            continue
        open_arc = False
        for e in range(begin, end - 1):
            other = twin[e]
            if 0 <= other < e:
                # Stored with the other copy, which came first.
                open_arc = False
                continue
            neighbour = -1 if other < 0 else owner[ring_of[other]]
            if not (open_arc and beside[arcs - 1, 1] == neighbour):
                first[arcs] = vertices
                beside[arcs, 0] = mine
                beside[arcs, 1] = neighbour
                arcs += 1
                _copy(points, e, out, vertices)
                vertices += 1
                open_arc = True
            if anchor[ring] < 0:
                anchor[ring] = vertices - 1
            if other >= 0 and anchor[ring_of[other]] < 0:
                anchor[ring_of[other]] = vertices - 1
            _copy(points, e + 1, out, vertices)
            vertices += 1
    first[arcs] = vertices
    return out[:vertices], first[: arcs + 1], beside[:arcs], anchor
