"""Whether a block of comma-separated values can be split without reading it record by record: a walk over its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from greenrule.core.kernels import kernel

#: A cell may be so long, which is less than the readers allow.
LONGEST = 100_000
_START, _PLAIN, _QUOTED, _CLOSED = 0, 1, 2, 3


def whole_records(block: bytes) -> int | None:
    """How many records a block holds; None where it ends inside one, or where readers might not agree how to split it: a quote
    inside a cell without quotes, text behind a closing quote, a lone carriage return, a very long cell.

    >>> whole_records(b'a,"b, c"\\nd,"e ""f""\\n"\\n'), whole_records(b'a,"b\\n'), whole_records(b'a,b"c"\\n')
    (2, None, None)
    """
    found = int(_records(np.frombuffer(block, dtype=np.uint8)))
    return None if found < 0 else found


@kernel
def _records(text: Any) -> int:
    state, count, begun = _START, 0, 0
    size = text.size
    for i in range(size):
        byte = text[i]
        if state == _QUOTED:
            if byte == 34:
                state = _CLOSED
            elif i - begun > LONGEST:
                return -1
            continue
        if byte == 44 or byte == 10:  # , and the end of a line
            state, begun = _START, i
            count += byte == 10
        elif byte == 34:
            if state == _PLAIN:
                return -1
            state = _QUOTED
        elif byte == 13:
            if i + 1 == size or text[i + 1] != 10:
                return -1
        elif state == _CLOSED or i - begun > LONGEST:
            return -1
        else:
            state = _PLAIN
    if state == _QUOTED:
        return -1
    if size > 0 and text[size - 1] != 10:
        count += 1
    return count
