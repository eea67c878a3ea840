"""Vector tiles of layers beside the workspace: made from the layer files when first needed, and again at any time.

tiles/<name>-<digest>.pmtiles       whole or not at all; the digest changes with the layer and with how tiles are made
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from greenrule.core.errors import EnvironmentFault, Fault, Place

if TYPE_CHECKING:
    from greenrule.spatial.tilearchive import TileArchive

#: How long tiles stay that no layer in force needs: somebody may be looking at last month's map.
_KEPT_S = 7 * 86_400.0
# Folders older than this were left by a process that was killed.
_ABANDONED_S = 6 * 3600.0


class TileStore:
    """The tile archives of one workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str, digest: str) -> Path:
        """Where an archive lies, whether it has been made or not."""
        return self.folder / f"{name}-{digest}.pmtiles"

    def open(self, name: str, digest: str) -> TileArchive | None:
        """The archive, None where it is not made yet; one that is broken is removed and counts as not made."""
        from greenrule.spatial.tilearchive import TileArchive

        path = self.path(name, digest)
        try:
            return TileArchive(path)
        except FileNotFoundError:
            return None
        except EnvironmentFault:
            path.unlink(missing_ok=True)
            return None

    def make(self, name: str, digest: str, write: Callable[[Path], None]) -> Path:
        """Make an archive where there is none; of several processes one makes it and the others wait for it.

        write : writes the archive to a path in a folder of its own
        Errors, EnvironmentFault: TIL002 where the disk refuses; nothing is left behind then.
        """
        path = self.path(name, digest)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._alone(name):
                if self.open(name, digest) is None:
                    folder = Path(tempfile.mkdtemp(prefix="making-", dir=self.folder))
                    try:
                        made = folder / path.name
                        write(made)
                        _flush(made)
                        os.replace(made, path)
                    finally:
                        shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            told = "检查工作区所在磁盘的空间与权限"
            raise EnvironmentFault(
                Fault("TIL002", f"写不成图层 {name} 的瓦片：{error}", Place(str(path)), told)
            ) from error
        return path

    def sweep(self, wanted: Iterable[tuple[str, str]], now: float | None = None) -> list[Path]:
        """Remove archives that are not wanted and a week old, and what killed processes left; returns what went."""
        now = time.time() if now is None else now
        kept = {self.path(name, digest) for name, digest in wanted}
        gone = []
        for path in self.folder.glob("*") if self.folder.is_dir() else ():
            with contextlib.suppress(OSError):
                age = now - path.stat().st_mtime
                if path.is_dir() and path.name.startswith("making-") and age > _ABANDONED_S:
                    shutil.rmtree(path)
                elif path.suffix == ".pmtiles" and path not in kept and age > _KEPT_S:
                    path.unlink()
                else:
                    continue
                gone.append(path)
        return gone

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Hold the lock of one layer's tiles.  Without locks (Windows) two may do the same work; the result is the same."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        with (self.folder / f".{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
