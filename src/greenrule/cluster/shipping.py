"""What executors need beside the data, shipped once to each: the compiled rulebook and a workspace, in one archive.

Spark fetches and unpacks the archive once per executor; its processes open it there, indexes memory-mapped and so shared
among them, and keep what they have opened.  The archive is named by the digests of all that is in it, and the law is
unpickled only if it is what was sent.  Code travels with the executors' own installation and must be the same.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import tempfile
import weakref
import zipfile
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import greenrule
from greenrule.casework.screening import Screener
from greenrule.casework.sealing import engine_version
from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.store.excerpt import excerpt
from greenrule.store.workspace import Workspace

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from greenrule.packs.book import Law

#: What each session has been handed, by name.
_shipped: weakref.WeakKeyDictionary[SparkContext, set[str]] = weakref.WeakKeyDictionary()

_LAW, _WORKSPACE, _CONTENTS = "law.pickle", "workspace", "contents.json"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was shipped, as plain data that travels with every task: the archive's name, and the code it was made by.

    contents : SHA-256 of the list of files with their digests
    """

    name: str
    contents: str
    with_workspace: bool
    engine: str
    code: str


@dataclass(frozen=True, slots=True)
class Bearings:
    """The days by which layers are chosen: the day of knowledge that was asked for, and the day that counts as today."""

    known: date | None
    today: date


def code_digest() -> str:
    """Digest of the package's sources, whatever folder they lie in."""
    root = Path(greenrule.__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def same_code(engine: str, code: str) -> None:
    """Refuse (EnvironmentFault K005) to answer where other code than the sender's is installed."""
    here = engine_version(), code_digest()
    if here != (engine, code):
        told = f"执行端装的是 {here[0]}（{here[1][:12]}），提交端是 {engine}（{code[:12]}）"
        raise EnvironmentFault(Fault("K005", told, None, "两端装同一份 greenrule，见 docs/how-to/cluster.md"))


def ship(
    session: SparkSession, law: Law, workspace: Workspace | None, on: date | None, bearings: Bearings, *,
    indexed: bool = False,
) -> Parcel:  # fmt: skip
    """Hand the rulebook and what answers need of a workspace to all executors, those that join later included.

    on : the only day that will be asked, None for any; indexed : with the exact indexes of the layers, for questions that
    ask many sites at once (screening asks one by one, of shapely's tree).  The archive lies in a temporary folder as long as this process may
    have to hand it out.  Errors: EnvironmentFault for the disk, W006 for a damaged layer file.
    """
    context = session.sparkContext
    folder = Path(tempfile.mkdtemp(prefix="greenrule-parcel-"))
    weakref.finalize(context, shutil.rmtree, folder, ignore_errors=True)
    archive, parcel = packed(law, workspace, on, bearings, folder, indexed=indexed)
    known_there = _shipped.setdefault(context, set())
    if parcel.name not in known_there:
        context.addArchive(f"{archive}#{parcel.name}")
        known_there.add(parcel.name)
    return parcel


def packed(
    law: Law, workspace: Workspace | None, on: date | None, bearings: Bearings, folder: Path, *, indexed: bool = False
) -> tuple[Path, Parcel]:
    """The archive of a parcel, made in a folder; arguments and errors as `ship` has them."""
    compiled = folder / _LAW
    _ = law.industries  # read from the packs when first asked for, and executors have no packs
    compiled.write_bytes(pickle.dumps(law, protocol=pickle.HIGHEST_PROTOCOL))
    files = [(_LAW, compiled)]
    if workspace is not None:
        known = bearings.known or bearings.today
        chosen = excerpt(workspace, on, known, folder / "made", indexed=indexed)
        files += [(f"{_WORKSPACE}/{item.name}", item.path) for item in chosen]
    listed = json.dumps({name: _sha256(path) for name, path in files}, sort_keys=True).encode()
    contents = hashlib.sha256(listed).hexdigest()
    name = f"greenrule-{contents[:24]}"
    archive = folder / f"{name}.zip"
    # Stored, not deflated: layers are compressed already.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, allowZip64=True) as target:
        target.writestr(_CONTENTS, listed)
        for inside, path in files:
            target.write(path, inside)
    return archive, Parcel(name, contents, workspace is not None, engine_version(), code_digest())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# -- on the executors --------------------------------------------------------------------------------------------------
@lru_cache(maxsize=2)
def opened(parcel: Parcel, bearings: Bearings) -> Screener:
    """The screener of a parcel, opened once in a process.

    Errors: EnvironmentFault K005 other code than the sender's · K006 the parcel is not what was sent.
    """
    from pyspark import SparkFiles

    return opened_at(Path(SparkFiles.get(parcel.name)), parcel, bearings)


def opened_at(folder: Path, parcel: Parcel, bearings: Bearings) -> Screener:
    """The screener of a parcel that lies unpacked in a folder; errors as `opened` tells them."""
    same_code(parcel.engine, parcel.code)
    listed = folder / _CONTENTS
    if not listed.is_file() or _sha256(listed) != parcel.contents:
        raise _damaged(listed)
    digests = json.loads(listed.read_bytes())
    law, records = folder / _LAW, f"{_WORKSPACE}/records.sqlite"
    # Layers and indexes are held to their digests where they are opened.
    for name in {_LAW, records} & set(digests):
        if not (folder / name).is_file() or _sha256(folder / name) != digests[name]:
            raise _damaged(folder / name)
    workspace = Workspace.open(folder / _WORKSPACE) if parcel.with_workspace else None
    return Screener(pickle.loads(law.read_bytes()), workspace, bearings.known, today=bearings.today)


def _damaged(path: Path) -> EnvironmentFault:
    return EnvironmentFault(
        Fault("K006", f"送到执行端的 `{path.name}` 与送出的不同", None, "检查执行端的磁盘空间，再运行一次")
    )
