"""Layer versions: immutable GeoParquet files named by their SHA-256, and the two clocks that choose among them.

*Valid time* says when a layer holds in the world (`valid_from` included, `valid_to` excluded); *known time*
(`recorded`) says since when the workspace has known it.  Versions are only added, and never recorded before what is
already there: an answer for an earlier known day therefore never changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.database import Database, told
from greenrule.store.lifecycle import Step, add_step, latest_day
from greenrule.store.people import user

if TYPE_CHECKING:
    import numpy as np

    from greenrule.spatial.frame import Frame
    from greenrule.spatial.index.exact import ExactIndex

#: The mark that every demonstration layer carries in its title.
DEMO_MARK = "演示数据（非官方）"

_COLUMNS = "kind, sha256, title, source, accuracy_m, complete, valid_from, valid_to, recorded, demo, features"

_KIND = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """One recorded version of a layer.

    kind : layer kind, e.g. `control_unit`
    sha256 : digest of the GeoParquet file, which is also its name
    accuracy_m : stated positional accuracy in metres; None where nobody stated it
    complete : whether absence from the layer means "not there" inside the province
    valid_from, valid_to : first day it holds, first day it no longer holds (None: open)
    recorded : the day the workspace learned of it
    features : number of features; seq : order of import
    """

    kind: str
    sha256: str
    title: str
    source: str
    accuracy_m: float | None
    complete: bool
    valid_from: date
    valid_to: date | None
    recorded: date
    demo: bool
    features: int
    seq: int = 0

    def holds(self, on: date) -> bool:
        """Whether the version is valid on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def to_json(self) -> dict[str, Any]:
        """The version as plain data; days in ISO 8601."""
        out = asdict(self)
        for key in ("valid_from", "valid_to", "recorded"):
            out[key] = out[key].isoformat() if out[key] is not None else None
        return out


def layers_digest(versions: Mapping[str, LayerVersion] | Iterable[LayerVersion]) -> str:
    """One digest for a set of layer versions, independent of their order and of when they were imported.

    >>> layers_digest({}) == layers_digest([])
    True
    """
    chosen = versions.values() if isinstance(versions, Mapping) else versions
    rows = [
        [
            v.kind,
            v.sha256,
            v.valid_from.isoformat(),
            v.valid_to.isoformat() if v.valid_to else None,
            v.complete,
            v.accuracy_m,
            v.demo,
        ]
        for v in chosen
    ]
    # Days and accuracies may be missing, so rows are ordered by their text where kind and file are the same.
    rows.sort(key=lambda row: (row[0], row[1], json.dumps(row)))
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def choose(
    versions: Iterable[LayerVersion], on: date, known: date, since: Mapping[int, date | None] | None = None
) -> dict[str, LayerVersion]:
    """Per kind the version to use: valid `on`, taking part not after `known`, the latest of those.

    since : seq → the day since which a version takes part (None: not published); without it the day it was recorded
    """
    best: dict[str, tuple[date, int, LayerVersion]] = {}
    for version in versions:
        day = version.recorded if since is None else since[version.seq]
        if day is not None and day <= known and version.holds(on):
            rival = best.get(version.kind)
            if rival is None or (day, version.seq) > rival[:2]:
                best[version.kind] = (day, version.seq, version)
    return {kind: best[kind][2] for kind in sorted(best)}


class LayerStore:
    """The layer files of one workspace and their rows in the record database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        #: What can be built again from the layer files at any time.
        self.index_folder = folder.parent / "indexes"
        self._database = database

    def path(self, version: LayerVersion) -> Path:
        """Where the file of a version lies."""
        return self.folder / version.kind / f"{version.sha256}.parquet"

    def versions(self) -> list[LayerVersion]:
        """All versions in the order of their import."""
        with self._database.reading() as connection:
            return _rows(connection)

    def import_frame(self, frame: Frame, version: LayerVersion, *, draft: bool = False, who: str = "") -> LayerVersion:
        """Store a frame as a new version (its `sha256`, `features` and `seq` are filled in here), all or nothing.

        A draft takes no part in answers until it is published (`lifecycle`); any other is published by its import.

        The file is written beside its place, flushed and renamed; the row is committed last.  A process killed in
        between leaves at most a file that no row names; the next import removes it.  Raises InputFault where the
        version would rewrite the past, EnvironmentFault where the disk is in the way.
        """
        from greenrule.spatial.frame import Frame, write_geoparquet

        faults = _faults(version)
        if faults:
            raise InputFault(faults)
        if version.demo and not version.title.endswith(DEMO_MARK):
            version = replace(version, title=version.title + DEMO_MARK)
        stated = ("kind", "title", "source", "accuracy_m", "complete", "demo")
        marked = Frame(
            frame.geometry, dict(frame.columns), {**frame.meta, **{key: getattr(version, key) for key in stated}}
        )
        action = f"导入图层 {version.kind} "
        with self._database.writing(action) as connection:
            known = _rows(connection)
            latest = latest_day(connection)
            if latest is not None and version.recorded < latest:
                message = f"登记日期 {version.recorded} 早于工作区中最近一次登记 {latest}"
                raise InputFault(
                    Fault(
                        "W004",
                        message,
                        None,
                        "已有的回答不得因补登而改变：请用今天的日期登记，用 valid_from 表示何时起有效",
                    )
                )
            self._sweep(known)
            folder = self.folder / version.kind
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f"import-{os.getpid()}.tmp"
            try:
                write_geoparquet(marked, temporary)
                version = replace(version, sha256=_sha256(temporary), features=len(frame))
                _flush(temporary)
                os.replace(temporary, self.path(version))
                _flush(folder)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            cursor = connection.execute(
                f"INSERT INTO layer_version ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                tuple(value for key, value in version.to_json().items() if key != "seq"),
            )
            version = replace(version, seq=int(cursor.lastrowid or 0))
            first = ("draft", "checked") if draft else ("published",)
            for state in first:
                reason = "导入时检查通过" if state == "checked" else None
                add_step(connection, Step(version.seq, state, version.recorded, who or user(), reason=reason))
            return version

    def read(self, version: LayerVersion) -> Frame:
        """The frame of a version; its meta also carries the version's row under `version`.

        Raises InputFault W006 where the file no longer has the digest of its name, EnvironmentFault where it is gone.
        """
        from greenrule.spatial.frame import Frame, read_geoparquet

        path = self.path(version)
        with told("读取图层", path):
            # A finding names the digest of every layer it rests on: it must be that of what was read.
            found = _sha256(path)
        if found != version.sha256:
            message = f"图层文件内容与摘要不符（{version.title}）"
            raise InputFault(Fault("W006", message, Place(str(path)), "文件被改动过或不完整：请从备份恢复"))
        with told("读取图层", path):
            frame = read_geoparquet(path)
        return Frame(frame.geometry, frame.columns, {**frame.meta, "version": version.to_json()})

    def exact_index(self, version: LayerVersion, geometry: np.ndarray) -> ExactIndex | None:
        """The index for many sites at once: mapped from the workspace, built and stored where there is no sound one.

        geometry : the geometries of the version, as `read` gave them.  None where the layer cannot be indexed exactly.
        A folder that cannot be written to is no fault: the index then lives as long as the process.
        """
        from greenrule.spatial.index.exact import ExactIndex, single_parts
        from greenrule.spatial.index.storing import open_index, store_index

        stored = open_index(self.index_folder, version.sha256, lambda: single_parts(geometry)[0])
        if stored is not None:
            return stored
        built = ExactIndex.build(geometry)
        if built is not None:
            with contextlib.suppress(OSError):
                store_index(built, self.index_folder, version.sha256)
        return built

    def check(self) -> list[Fault]:
        """What is wrong with the files: those that are missing or whose content no longer has the digest of their
        name."""
        faults = []
        for version in self.versions():
            path = self.path(version)
            if not path.exists():
                faults.append(
                    Fault(
                        "W005", f"图层文件缺失（{version.title}）", Place(str(path)), "请从备份恢复，或重新导入同一文件"
                    )
                )
            elif _sha256(path) != version.sha256:
                faults.append(
                    Fault(
                        "W006",
                        f"图层文件内容与摘要不符（{version.title}）",
                        Place(str(path)),
                        "文件被改动过：请从备份恢复",
                    )
                )
        return faults

    def _sweep(self, known: list[LayerVersion]) -> None:
        """Remove what a killed import left behind.  The caller holds the write lock, so no other import is under
        way."""
        named = {self.path(row) for row in known}
        for path in self.folder.glob("*/*"):
            if path.suffix == ".tmp" or (path.suffix == ".parquet" and path not in named):
                path.unlink()


def _rows(connection: sqlite3.Connection) -> list[LayerVersion]:
    cursor = connection.execute(f"SELECT {_COLUMNS}, seq FROM layer_version ORDER BY seq")
    return [
        LayerVersion(
            kind, sha256, title, source, accuracy, bool(complete), date.fromisoformat(start),
            date.fromisoformat(end) if end else None, date.fromisoformat(recorded), bool(demo), features, seq,
        )
        for kind, sha256, title, source, accuracy, complete, start, end, recorded, demo, features, seq in cursor
    ]  # fmt: skip


def _faults(version: LayerVersion) -> list[Fault]:
    faults = []
    if not _KIND.fullmatch(version.kind):
        faults.append(
            Fault(
                "W007",
                f"图层类别 `{version.kind}` 的写法不合规定",
                None,
                "用小写英文字母、数字与下划线，例如 control_unit",
            )
        )
    if not version.title.strip() or not version.source.strip():
        faults.append(Fault("W008", "图层缺少标题或来源", None, "写明图层名称与数据来自何处（文件、发布机关、日期）"))
    if version.valid_to is not None and version.valid_to <= version.valid_from:
        message = f"失效日 {version.valid_to} 不晚于生效日 {version.valid_from}"
        faults.append(Fault("W009", message, None, "失效日是不再有效的第一天；一直有效则不填"))
    if version.accuracy_m is not None and not version.accuracy_m >= 0:
        faults.append(Fault("W009", f"位置精度 {version.accuracy_m} 米不是非负数", None, "不知道精度时不填，不要填 0"))
    return faults


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Force a file, or the entries of a folder, to the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():  # Windows does not open folders; its renames are flushed by the file system's own journal.
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
