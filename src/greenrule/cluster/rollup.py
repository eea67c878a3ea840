"""Days of the lake of observations on a cluster: the files of a month go out as they lie there, its days come back.

A month is a task, and folded there by the function that folds it here.  What follows from days (places, months, years,
indices, ranks) is a few hundredths of the work and stays at the driver, so every figure is that of a single machine.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from greenrule.casework.batch_engines import in_turn
from greenrule.casework.sealing import engine_version
from greenrule.cluster.carrying import carried, collected
from greenrule.cluster.shipping import code_digest, same_code
from greenrule.core.errors import InputFault
from greenrule.quality.dust import DustProcess
from greenrule.quality.editions import Editions
from greenrule.store.observations import ObservationLake
from greenrule.store.observations_days import folded, packed
from greenrule.store.observations_merging import month_of_files

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

_SCHEMA = "month string, days binary"
#: Two jobs are under way at once: while the months of one come back, the files of the next go out.
_JOBS = 2

Batches = Iterator["pa.RecordBatch"]


@dataclass
class SparkDays:
    """Who makes the days of months (`store.observations_days.Elsewhere`) in the executors of a session.

    progress : told what is done, how many months and of how many
    """

    session: SparkSession
    progress: Callable[[str, int, int], None] | None = None
    _group: str = field(default_factory=lambda: f"greenrule-{uuid.uuid4()}")

    def days(
        self, lake: ObservationLake, months: Sequence[str], editions: Editions, dust: Sequence[DustProcess] = ()
    ) -> Iterator[tuple[str, bytes]]:
        """Months and their packed days, in order.

        Errors: EnvironmentFault K005 executors have other code · K007 a task failed for good · K008 they have no greenrule.
        """
        ask = _asked(editions, tuple(dust))
        width = max(1, self.session.sparkContext.defaultParallelism)
        groups = [months[at : at + width] for at in range(0, len(months), width)]

        def work(group: Sequence[str]) -> list[tuple[str, bytes]]:
            self.session.sparkContext.setJobGroup(
                self._group, f"greenrule：{group[0]} 起的日值", interruptOnCancel=True
            )
            return self._made(ask, lake, group)

        def abandon() -> None:
            self.session.sparkContext.cancelJobGroup(self._group)

        done = 0
        for found in in_turn(groups, work, _JOBS, abandon):
            done += len(found)
            if self.progress is not None:
                self.progress("折算日值", done, len(months))
            yield from found

    def _made(
        self, ask: Callable[[Batches], Batches], lake: ObservationLake, months: Sequence[str]
    ) -> list[tuple[str, bytes]]:
        import pyarrow as pa

        kind = pa.schema([("month", pa.string()), ("files", pa.list_(pa.binary()))])
        batches = [
            pa.record_batch([pa.array([month], kind[0].type), pa.array([lake.month_files(month)], kind[1].type)], kind)
            for month in months
        ]
        # Every batch is a partition of its own, and so a task.
        table = collected(self.session.createDataFrame(pa.Table.from_batches(batches)).mapInArrow(ask, _SCHEMA))
        found = dict(zip(table["month"].to_pylist(), table["days"].to_pylist(), strict=True))
        return [(month, found[month]) for month in months]


def _asked(editions: Editions, dust: tuple[DustProcess, ...]) -> Callable[[Batches], Batches]:
    """What every task runs."""
    engine, code = engine_version(), code_digest()

    def answer(batches: Batches) -> Batches:
        import pyarrow as pa

        try:
            _checked(engine, code)
        except InputFault as error:
            raise carried(error) from None
        for batch in batches:
            for month, files in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
                # A task has one core.
                days = packed(folded(month_of_files(month, files), editions, dust, threads=1))
                yield pa.record_batch([pa.array([month]), pa.array([days], pa.binary())], ["month", "days"])

    return answer


@lru_cache(maxsize=2)
def _checked(engine: str, code: str) -> None:
    """Once in a process of an executor; a refusal is not kept."""
    same_code(engine, code)
