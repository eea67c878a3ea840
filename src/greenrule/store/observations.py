"""The lake of observations of a workspace: hourly values of stations with their marks, in Delta tables, and what is derived from them.

    air/hours       Delta, partitioned by month: month, station, time, so2, no2, co_tenth_mg, o3, pm10, pm25, marks, import_id
    air/revisions   Delta: every value that a later import changed, with the old and the new one
    air/dense, air/days     what is made again when missing: hours of a month side by side, its days

An import is one commit of `hours`: all of it or nothing.  Its revisions lie in `air/pending` before that and are moved to
`air/revisions` after it; whether the commit happened is written in the table itself, so that a kill at any moment leaves either
the old state or the new one, and the next to open the lake tidies up.

An hour is dated by its end and belongs to the day in which it began: 2026-03-01 00:00 lies in the month 2026-02.
Concentrations are whole numbers of the last reported digit: μg/m³, CO tenths of mg/m³.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from greenrule.core.errors import EnvironmentFault, Fault, Place
from greenrule.store.observations_merging import (
    HourBatch,
    Merged,
    Month,
    hours_schema,
    merge,
    month_table,
    months_of_hours,
    side_by_side,
)  # fmt: skip

if TYPE_CHECKING:
    import pyarrow as pa

_APP = "greenrule.import"
#: A month with more files than this is written anew as one.
_MOST_FILES = 48
#: After so many imports files that no version of the last days needs are removed; killed imports leave some too.
_TIDY_EVERY, _TIDY_HOURS = 50, 168


@dataclass
class Imported:
    """What an import did: rows that are new, values that replaced others, months it touched; `id` None: nothing was new."""

    id: int | None
    rows: int = 0
    new: int = 0
    revised: int = 0
    same: int = 0
    months: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "import": self.id,
            "rows": self.rows,
            "new": self.new,
            "revised": self.revised,
            "same": self.same,
            "months": self.months,
        }


class ObservationLake:
    """The observations of one workspace folder.  Readers need no lock; importers wait for each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hours = folder / "hours"
        self._revisions = folder / "revisions"
        self._pending = folder / "pending"

    # -- writing ----------------------------------------------------------------------------------------------------
    def import_hours(self, batch: HourBatch, withdraw_blanks: bool = False) -> Imported:
        """Add hours, replacing values that differ; one commit or nothing.  The same hours twice change nothing.

        withdraw_blanks : a value that is absent in the batch withdraws the one that is there
        Raises EnvironmentFault: A050 another import holds the lock · A061 the disk refuses.
        """
        with self._locked():
            self._recover()
            months = months_of_hours(batch.time)
            order = np.argsort(months, kind="stable")
            kinds, starts = np.unique(months[order], return_index=True)
            ends = np.append(starts[1:], len(order))
            id = self._committed() + 1
            out = Imported(id, rows=len(batch.time))
            touched: list[tuple[str, Any]] = []
            appending = True
            for kind, start, end in zip(kinds, starts, ends, strict=True):
                rows = order[start:end]
                merged = merge(self.read_month(str(kind)), str(kind), batch, rows, id, withdraw_blanks)
                out.new += merged.new
                out.revised += len(merged.revisions["station"])
                out.same += merged.same
                if merged.changed:
                    out.months.append(str(kind))
                    appending &= not merged.altered and self._file_count(str(kind)) < _MOST_FILES
                    touched.append((str(kind), merged if len(kinds) <= 2 else (rows, None)))
            if not touched:
                out.id = None
                return out
            self._commit(touched, batch, id, withdraw_blanks, appending)
            self._publish(id)
            if id % _TIDY_EVERY == 0:
                self._table_of_hours().vacuum(retention_hours=_TIDY_HOURS, dry_run=False)
            return out

    def _commit(
        self, touched: list[tuple[str, Any]], batch: HourBatch, id: int, withdraw_blanks: bool, appending: bool
    ) -> None:
        import pyarrow as pa
        from deltalake import CommitProperties, Transaction, write_deltalake

        revisions: list[dict[str, Any]] = []
        files = self._files()  # the table cannot be asked while it is written to

        def tables() -> Iterator[pa.RecordBatch]:
            for month, kept in touched:
                # Months of a long import are merged once more, so that only one lies in memory at a time.
                merged = (
                    kept
                    if isinstance(kept, Merged)
                    else merge(self.read_month(month, files.get(month, ())), month, batch, kept[0], id, withdraw_blanks)
                )
                revisions.append(merged.revisions)
                yield from month_table(merged.month, id if appending else None).to_batches(max_chunksize=1 << 18)
            self._write_pending(id, revisions)

        names = ", ".join(f"'{month}'" for month, _ in touched)
        fresh = not (self._hours / "_delta_log").is_dir()
        reader = pa.RecordBatchReader.from_batches(hours_schema(), tables())
        properties = CommitProperties(app_transactions=[Transaction(_APP, id)])
        if appending or fresh:
            told = (
                "Hours of air monitoring stations; time: end of the hour, Beijing time; μg/m³, co_tenth_mg in 0.1 mg/m³"
            )
            write_deltalake(
                self._hours, reader, partition_by=["month"], mode="append", description=told, commit_properties=properties
            )  # fmt: skip
        else:
            write_deltalake(
                self._hours, reader, partition_by=["month"], mode="overwrite", predicate=f"month IN ({names})", commit_properties=properties
            )  # fmt: skip

    def _write_pending(self, id: int, parts: list[dict[str, Any]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        at = datetime.now(UTC).replace(tzinfo=None)
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        count = len(columns["station"])
        table = pa.table({
            "import_id": np.full(count, id, np.int32), "recorded": pa.array([at] * count, pa.timestamp("us")), **columns,
        })  # fmt: skip
        self._pending.mkdir(exist_ok=True)
        partial = self._pending / f".{id}.tmp"
        pq.write_table(table, partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(self._pending / f"{id}.parquet")

    def _publish(self, id: int) -> None:
        """Move the revisions of a committed import to their table."""
        import pyarrow.parquet as pq
        from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

        path = self._pending / f"{id}.parquet"
        table = pq.read_table(path)
        known = (self._revisions / "_delta_log").is_dir()
        done = DeltaTable(self._revisions).transaction_version(_APP) if known else None
        if table.num_rows and (done is None or done < id):
            properties = CommitProperties(app_transactions=[Transaction(_APP, id)])
            write_deltalake(self._revisions, table, mode="append", commit_properties=properties)
        path.unlink()

    def _recover(self) -> None:
        """Finish what a killed import left: revisions of a commit that stands are published, others are dropped."""
        if not self._pending.is_dir():
            return
        committed = self._committed()
        for path in sorted(self._pending.glob("*.parquet"), key=lambda path: int(path.stem)):
            if int(path.stem) <= committed:
                self._publish(int(path.stem))
            else:
                path.unlink()
        for path in self._pending.glob(".*.tmp"):
            path.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        import fcntl

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    told = "另一个进程正在导入这个工作区的监测数据"
                    raise EnvironmentFault(Fault("A050", told, Place(str(self.folder)), "等它结束后重试")) from None
                yield
        except OSError as error:
            told = f"监测数据写不进去：{error.strerror or error}"
            raise EnvironmentFault(
                Fault("A061", told, Place(str(self.folder)), "检查磁盘空间和权限；已有数据保持原样")
            ) from None

    # -- reading ----------------------------------------------------------------------------------------------------
    def _table_of_hours(self) -> Any:
        from deltalake import DeltaTable

        return DeltaTable(self._hours) if (self._hours / "_delta_log").is_dir() else None

    def _committed(self) -> int:
        table = self._table_of_hours()
        return int(table.transaction_version(_APP) or 0) if table is not None else 0

    def _files(self) -> dict[str, list[str]]:
        """Month → its files, of the newest version."""
        table = self._table_of_hours()
        out: dict[str, list[str]] = {}
        for uri in table.file_uris() if table is not None else ():
            month = uri.rpartition("month=")[2].partition("/")[0]
            out.setdefault(month, []).append(uri.removeprefix("file://"))
        return {month: sorted(files) for month, files in sorted(out.items())}

    def _file_count(self, month: str) -> int:
        return len(self._files().get(month, ()))

    def imports(self) -> int:
        """The number of the last import that stands; 0 where none does."""
        return self._committed()

    def months(self) -> list[str]:
        """The months of which there is anything, in order."""
        return list(self._files())

    def tags(self) -> dict[str, str]:
        """Month → a name for its content, another one whenever an import changed it."""
        return {
            month: hashlib.sha256("\n".join(Path(file).name for file in files).encode()).hexdigest()[:16]
            for month, files in self._files().items()
        }

    def read_month(self, month: str, files: Sequence[str] | None = None) -> Month | None:
        """A month as it stands; None where there is nothing."""
        import pyarrow.parquet as pq

        paths = self._files().get(month, ()) if files is None else files
        return side_by_side(month, [pq.read_table(path, partitioning=None) for path in paths]) if paths else None

    def month_files(self, month: str) -> list[bytes]:
        """The files of a month as they lie there, for whoever reads them elsewhere (`month_of_files`)."""
        return [Path(path).read_bytes() for path in self._files().get(month, ())]

    def revisions(self) -> Any:
        """Every value that was changed, oldest first, as an arrow table; None where nothing ever was."""
        from deltalake import DeltaTable

        if not (self._revisions / "_delta_log").is_dir():
            return None
        return (
            DeltaTable(self._revisions).to_pyarrow_table().sort_by([("import_id", "ascending"), ("time", "ascending")])
        )
