"""An index as a file that is mapped, not read: opened in milliseconds, shared by all processes, refused when unsound.

The file begins with a mark, the length and the SHA-256 of a JSON head; the arrays follow, each at a multiple of 64
bytes.  The head names the layer's digest, the format, every array and the size of the file, and a digest over the sums of
all pages of the arrays: a file that is cut short, that belongs to another layer version or format, or in which a page
is lost or exchanged, is not opened.  Index files can be deleted at any time; they are built again when needed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from greenrule.core.files import replace_file
from greenrule.spatial.index.exact import ExactIndex

#: Raised whenever the arrays or what they mean change.
FORMAT = 1
_MARK = b"greenrule index\n"
_PREFIX = len(_MARK) + 8 + 32
_ALIGN, _PAGE = 64, 4096
# Temporary files older than this were left by a process that was killed; a build takes seconds.
_ABANDONED_S = 3600.0


def index_path(folder: Path, digest: str) -> Path:
    """Where the index of a layer version lies."""
    return folder / f"{digest}.v{FORMAT}.index"


def store_index(index: ExactIndex, folder: Path, digest: str) -> Path:
    """Write the index of a layer version, whole or not at all; two who write at once write the same bytes.

    Raises OSError as the system does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder, digest)
    arrays = {**index.arrays, "part_row": index.part_row, "part_areal": index.part_areal}
    described, pieces, at = {}, [], 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        described[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "at": at}
        filled = -array.nbytes % _ALIGN
        pieces += [array.tobytes(), bytes(filled)]
        at += array.nbytes + filled
    pieces.append(bytes(-at % _PAGE))
    body = b"".join(pieces)
    head = {"format": FORMAT, "layer": digest, "arrays": described, "body": len(body), "pages": _pages(body)}
    text = json.dumps(head, sort_keys=True).encode()
    text += b" " * (-(_PREFIX + len(text)) % _PAGE)
    prefix = _MARK + len(text).to_bytes(8, "little") + hashlib.sha256(text).digest()
    path = index_path(folder, digest)
    replace_file(path, b"".join((prefix, text, body)))
    return path


def open_index(folder: Path, digest: str, parts: Callable[[], np.ndarray]) -> ExactIndex | None:
    """The stored index of a layer version; None where there is none that is sound.

    parts : gives the layer's single-part geometries where they are needed after all
    """
    try:
        with index_path(folder, digest).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    head = _head(mapped)
    if head is None or head.get("format") != FORMAT or head.get("layer") != digest:
        return None
    start = _PREFIX + int.from_bytes(mapped[len(_MARK) : len(_MARK) + 8], "little")
    if len(mapped) != start + head["body"] or _pages(memoryview(mapped)[start:]) != head["pages"]:
        return None
    arrays = {
        name: np.frombuffer(
            mapped, np.dtype(told["dtype"]), int(np.prod(told["shape"], dtype=np.int64)), start + told["at"]
        ).reshape(told["shape"])
        for name, told in head["arrays"].items()
    }
    return ExactIndex(arrays, arrays.pop("part_row"), arrays.pop("part_areal"), parts)


def _head(mapped: mmap.mmap) -> dict[str, Any] | None:
    """The head, None where it is not sound."""
    prefix = mapped[:_PREFIX]
    length = int.from_bytes(prefix[len(_MARK) : len(_MARK) + 8], "little")
    if len(prefix) < _PREFIX or not prefix.startswith(_MARK) or length > len(mapped):
        return None
    text = mapped[_PREFIX : _PREFIX + length]
    if hashlib.sha256(text).digest() != prefix[len(_MARK) + 8 :]:
        return None
    return dict(json.loads(text))


def _pages(body: bytes | memoryview) -> str:
    """A digest of the sums of all pages: it notices what happens to files, and takes milliseconds for 50 MB."""
    words = np.frombuffer(body, np.uint64).reshape(-1, _PAGE // 8)
    # Weighing the halves differently tells pages apart whose words were exchanged among them.
    sums = np.stack([words.sum(axis=1, dtype=np.uint64), words[:, ::2].sum(axis=1, dtype=np.uint64)])
    return hashlib.sha256(sums.tobytes()).hexdigest()


def _sweep(folder: Path, digest: str) -> None:
    """Remove what killed builders left long ago, and indexes of the same layer in other formats."""
    for path in folder.iterdir():
        old_format = path.name.startswith(f"{digest}.v") and path != index_path(folder, digest)
        with contextlib.suppress(OSError):
            if old_format or (path.suffix == ".tmp" and time.time() - path.stat().st_mtime > _ABANDONED_S):
                path.unlink()
