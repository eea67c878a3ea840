"""What of a workspace answers rest on, as files that can be sent elsewhere: layers, their indexes, the rows that choose them.

Put together in a folder they are a workspace again, in which every day has the layers that it has here.  Findings, the
audit and layers that take part in no answer stay at home.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from greenrule.store.database import Database, told
from greenrule.store.layers import LayerVersion, choose
from greenrule.store.lifecycle import known_from
from greenrule.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Excerpted:
    """One file: where it lies, and its name inside the workspace that is put together."""

    name: str
    path: Path


def answering_layers(workspace: Workspace, on: date | None, known: date) -> list[LayerVersion]:
    """The layer versions from which answers come: for one day, or for any day when `on` is None, as known on a day."""
    versions = workspace.versions()
    since = known_from({version.seq: version.recorded for version in versions}, workspace.life.steps())
    # What holds changes only where a version begins or ends to hold.
    ends = (day for version in versions for day in (version.valid_from, version.valid_to) if day is not None)
    days = sorted(set(ends)) if on is None else [on]
    chosen = {version.seq: version for day in days for version in choose(versions, day, known, since).values()}
    return [chosen[seq] for seq in sorted(chosen)]


def excerpt(
    workspace: Workspace, on: date | None, known: date, folder: Path, *, indexed: bool = False
) -> Iterator[Excerpted]:
    """The files of a workspace that holds what answers need; those that do not exist are made in `folder`.

    on : the only day that will be asked, None for any; known : the day of knowledge; indexed : with the exact indexes, for
    questions that ask many sites at once; those that are missing are built.
    Errors: EnvironmentFault for the disk; W006 where a layer file is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    yield Excerpted("workspace.json", workspace.path / "workspace.json")
    records = folder / "records.sqlite"
    _copy_layer_rows(workspace.path / records.name, records)
    yield Excerpted(records.name, records)
    for version in answering_layers(workspace, on, known):
        path = workspace.layer_path(version)
        yield Excerpted(path.relative_to(workspace.path).as_posix(), path)
        index = _index(workspace, version, folder / "indexes") if indexed else None
        if index is not None:
            yield Excerpted(f"indexes/{index.name}", index)


def _index(workspace: Workspace, version: LayerVersion, folder: Path) -> Path | None:
    """The stored index of a layer; made here where the workspace has none and cannot be written to."""
    from greenrule.spatial.index.storing import index_path, store_index

    exact = workspace.index(version).exact  # opened, or built and stored
    if exact is None:
        return None
    stored = index_path(workspace.path / "indexes", version.sha256)
    if stored.exists():
        return stored
    with told("写索引", folder):
        return store_index(exact, folder, version.sha256)


def _copy_layer_rows(source: Path, target: Path) -> None:
    """A record database with the rows of layers and of their lives, and nothing else."""
    Database(target).create()
    with (
        Database(source).reading() as here,
        told("抄录图层记录", target),
        closing(sqlite3.connect(target, isolation_level=None)) as there,
    ):
        there.execute("BEGIN IMMEDIATE")
        for table in ("layer_version", "layer_step"):
            if here.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
                continue  # a file from before steps were kept
            rows = here.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            there.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)
        there.execute("COMMIT")
        # One file without a log beside it, which may then lie in a folder that cannot be written to.
        there.execute("PRAGMA journal_mode = DELETE")
