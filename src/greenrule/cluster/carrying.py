"""What goes wrong in an executor is raised at the driver as it was raised there; what Spark itself reports becomes a fault."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from greenrule.casework.batch_kernel import fault_from, fault_json
from greenrule.core.errors import EnvironmentFault, Fault, InputFault

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_CARRIED = "greenrule-fault:"


def carried(error: InputFault) -> RuntimeError:
    """What a task raises in place of a fault: the faults in one line that any log and any encoding leaves alone."""
    told = {"machine": isinstance(error, EnvironmentFault), "faults": [fault_json(fault) for fault in error.faults]}
    return RuntimeError(_CARRIED + json.dumps(told))


def collected(frame: DataFrame) -> pa.Table:
    """The rows of a frame.

    Errors: what a task `carried`; EnvironmentFault K007 where one fails for good, K008 where executors lack greenrule.
    """
    try:
        return frame.toArrow()
    except Exception as error:
        raise _fault(str(error)) from error


def _fault(text: str) -> InputFault:
    found = re.search(re.escape(_CARRIED) + r"(\{.*\})", text)
    if found is not None:
        told: dict[str, Any] = json.loads(found[1])
        return (EnvironmentFault if told["machine"] else InputFault)(map(fault_from, told["faults"]))
    absent = re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", text)
    if absent is not None:
        message, help_line = (
            f"执行端没有装 {absent[1].partition('.')[0]}",
            "给执行端装同一份 greenrule，见 docs/how-to/cluster.md",
        )
        return EnvironmentFault(Fault("K008", message, None, help_line))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("\t", "  "))]
    message = f"集群上的任务做不成：{lines[0][:300] if lines else '没有说原因'}"
    return EnvironmentFault(
        Fault("K007", message, None, "原样再运行一次即可接续；加 --debug 看全文，或看 Spark 的日志")
    )
