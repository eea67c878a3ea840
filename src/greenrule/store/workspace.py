"""A workspace: one folder with everything that is known — layer versions, findings, audit.  No server, no network.

workspace.json      format and version
records.sqlite      rows of the layer versions, findings, audit (SQLite, WAL)
layers/<kind>/<sha256>.parquet      GeoParquet, content-addressed, never changed
indexes/<sha256>.v<n>.index         exact index of a layer, built when first needed; may be deleted
tiles/<layer>-<digest>.pmtiles      vector tiles of a layer; may be deleted as well
air/                hours of monitoring stations (Delta), their register; see store.observations
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenrule.core.clock import china_today
from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.files import replace_file
from greenrule.store.database import Database, told
from greenrule.store.layers import LayerStore, LayerVersion, choose, layers_digest
from greenrule.store.lifecycle import Lifecycle, known_from
from greenrule.store.records import FindingRow, RecordStore

if TYPE_CHECKING:
    from greenrule.spatial.frame import Frame
    from greenrule.spatial.overlay import LayerIndex
    from greenrule.store.observations import ObservationLake
    from greenrule.store.stations import StationRegister
    from greenrule.store.tiles import TileStore

FORMAT = "greenrule-workspace"
FORMAT_VERSION = 1


class Workspace:
    """A workspace folder, open.  Nothing is held between calls, so it may be shared by threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path / "records.sqlite")
        self._layers = LayerStore(path / "layers", self._database)
        self.records = RecordStore(self._database)
        self.life = Lifecycle(self._database)

    @classmethod
    def create(cls, path: str | Path) -> Workspace:
        """Make a new workspace in a folder that does not exist or is empty.  Raises InputFault where something is
        there already."""
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputFault(
                Fault(
                    "W001",
                    "不能在此建立工作区：文件夹不是空的",
                    Place(str(path)),
                    "换一个新的文件夹名，或先移走其中的文件",
                )
            )
        with told("建立工作区", path):
            path.mkdir(parents=True, exist_ok=True)
            (path / "layers").mkdir()
            workspace = cls(path)
            workspace._database.create()
            # The marker file comes last: a folder without it is not a workspace.
            marker = json.dumps({"format": FORMAT, "version": FORMAT_VERSION}, indent=2) + "\n"
            replace_file(path / "workspace.json", marker.encode())
        return workspace

    @classmethod
    def open(cls, path: str | Path) -> Workspace:
        """Open an existing workspace.  Raises InputFault where the folder is none, or is of a version this program
        does not know."""
        path = Path(path)
        marker = path / "workspace.json"
        place = Place(str(marker))
        if not marker.exists():
            help_line = "请检查路径；新建工作区用 `greenrule workspace 目录`，演示工作区用 `greenrule demo 目录`"
            raise InputFault(Fault("W002", "这里没有工作区", Place(str(path)), help_line))
        with told("打开工作区", marker):
            text = marker.read_text(encoding="utf-8")
        try:
            head = json.loads(text)
        except ValueError:
            head = None
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise InputFault(
                Fault("W002", "workspace.json 不是工作区的标识文件", place, "请从备份恢复该文件，或检查路径")
            )
        if head.get("version") != FORMAT_VERSION:
            message = f"工作区格式版本 {head.get('version')} 不是本程序认识的 {FORMAT_VERSION}"
            raise InputFault(Fault("W003", message, place, "请使用与该工作区相配的程序版本"))
        workspace = cls(path)
        if not workspace._database.path.exists():
            raise InputFault(Fault("W002", "工作区缺少 records.sqlite", Place(str(path)), "请从备份恢复该文件"))
        return workspace

    def import_frame(
        self,
        kind: str,
        frame: Frame,
        *,
        title: str,
        source: str,
        accuracy_m: float | None,
        complete: bool,
        valid_from: date,
        valid_to: date | None = None,
        recorded: date | None = None,
        demo: bool = False,
        draft: bool = False,
        who: str = "",
    ) -> LayerVersion:
        """Add a checked frame as a new version of a layer kind, all or nothing; `recorded` is today where it is not
        given.

        draft : takes no part in answers until it is published.  who : in whose name; the user of the system where nobody is given.
        accuracy_m : metres, None where not stated.  complete : absence from the layer means "not there".
        valid_from, valid_to : first day it holds, first day it no longer holds.
        Raises InputFault for contradictory dates or a record day before the latest one; EnvironmentFault for the disk.
        """
        version = LayerVersion(
            kind,
            "",
            title,
            source,
            accuracy_m,
            complete,
            valid_from,
            valid_to,
            recorded or china_today(),
            demo,
            len(frame),
        )
        return self._layers.import_frame(frame, version, draft=draft, who=who)

    def versions(self, kind: str | None = None) -> list[LayerVersion]:
        """Every version ever recorded, in the order of import."""
        return [version for version in self._layers.versions() if kind is None or version.kind == kind]

    def layers(self, on: date | None = None, known: date | None = None) -> dict[str, LayerVersion]:
        """The layers that hold on a day, as known on a day (both default to today), by kind."""
        today = china_today()
        versions = self._layers.versions()
        since = known_from({version.seq: version.recorded for version in versions}, self.life.steps())
        return choose(versions, on or today, known or today, since)

    def published(self) -> list[LayerVersion]:
        """All versions that take part in answers or once did: drafts are not among them."""
        versions = self._layers.versions()
        since = known_from({version.seq: version.recorded for version in versions}, self.life.steps())
        return [version for version in versions if since[version.seq] is not None]

    def layers_digest(self, on: date | None = None, known: date | None = None) -> str:
        """One digest of the layers that `layers` gives."""
        return layers_digest(self.layers(on, known))

    def read(self, version: LayerVersion) -> Frame:
        """The frame of a layer version (EPSG:4490)."""
        return self._layers.read(version)

    def index(self, version: LayerVersion) -> LayerIndex:
        """A layer version ready to be asked; its index for many sites comes from the workspace when first used."""
        from greenrule.spatial.overlay import LayerIndex

        frame = self._layers.read(version)
        return LayerIndex(frame, lambda: self._layers.exact_index(version, frame.geometry))

    def layer_path(self, version: LayerVersion) -> Path:
        """The GeoParquet file of a layer version, to be read only."""
        return self._layers.path(version)

    @property
    def tiles(self) -> TileStore:
        """Vector tiles of the layers."""
        from greenrule.store.tiles import TileStore

        return TileStore(self.path / "tiles")

    @property
    def observations(self) -> ObservationLake:
        """The hours of monitoring stations."""
        from greenrule.store.observations import ObservationLake

        return ObservationLake(self.path / "air")

    @property
    def stations(self) -> StationRegister:
        """The register of monitoring stations."""
        from greenrule.store.stations import StationRegister

        return StationRegister(self.path / "air" / "stations.json")

    def save_finding(self, finding: dict[str, Any], *, who: str | None = None) -> str:
        """Save a finding; returns its id."""
        return self.records.save_finding(finding, who=who)

    def save_findings(self, findings: Sequence[dict[str, Any]], *, who: str | None = None) -> list[str]:
        """Save several findings, all or none; returns their ids."""
        return self.records.save_findings(findings, who=who)

    def load_finding(self, name: str) -> dict[str, Any]:
        """A saved finding by its id."""
        return self.records.load_finding(name)

    def findings(self) -> list[FindingRow]:
        """All saved findings, oldest first."""
        return self.records.findings()

    def check(self) -> list[Fault]:
        """What is wrong with the stored files and records: missing or changed layer files, breaks in the audit."""
        return [*self._layers.check(), *self.records.check()]
