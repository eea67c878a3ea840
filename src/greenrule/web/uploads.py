"""Uploaded files are read by a process of their own, within limits; the server goes on whatever becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.core.tongue import said
from greenrule.spatial.uploaded import OUT_OF_MEMORY, SUFFIXES, Limits, Order, other_drivers
from greenrule.web.problems import Problem

#: How many files one server process has read at the same time; more are told to come again.
_AT_ONCE = threading.BoundedSemaphore(2)
#: The child is given what programs need, and nothing of the server's secrets.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "PROJ_DATA", "GDAL_DATA")


def limits() -> Limits:
    """What this installation grants an upload."""
    from django.conf import settings

    return Limits(
        file_bytes=settings.UPLOAD_FILE_BYTES, unpacked_bytes=settings.UPLOAD_UNPACKED_BYTES, points=settings.UPLOAD_POINTS,
        memory_bytes=settings.UPLOAD_MEMORY_BYTES, seconds=settings.UPLOAD_SECONDS,
    )  # fmt: skip


def read(called: str, chunks: Iterable[bytes], **asked: Any) -> dict[str, Any]:
    """The place in an uploaded file.

    called : the name the asker gave it; of it only the ending is used
    asked : crs, layer, encoding, shape, repair of `Order`
    Errors: InputFault of the readers · UPL003 too slow · UPL004 the reading process died · UPL005 too much memory · UPL006 too large ·
    UPL007 a kind that is not read; Problem 503 where too many are being read.
    """
    granted = limits()
    suffix = Path(called.replace("\\", "/")).suffix.lower()
    where = Place(called[-80:])
    if suffix not in SUFFIXES:
        told = f"可上传：{'、'.join(SUFFIXES)}；SHP 连同 .shx、.dbf、.prj 打成 .zip"
        raise InputFault(Fault("UPL007", f"不认识的文件类型 `{suffix or called[-40:]}`", where, told))
    if not _AT_ONCE.acquire(blocking=False):
        raise Problem(503, said("正在读取别的文件，请稍后再试"), headers={"Retry-After": "5"})
    try:
        with tempfile.TemporaryDirectory(prefix="greenrule-upload-") as folder:
            path = Path(folder) / f"upload{suffix}"
            _keep(path, chunks, granted, where)
            return _read_apart(Order(str(path), called[-80:], limits=granted, **asked), where)
    finally:
        _AT_ONCE.release()


def _keep(path: Path, chunks: Iterable[bytes], granted: Limits, where: Place) -> None:
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > granted.file_bytes:
                told = "只上传场地范围的图层，或精简坐标"
                raise InputFault(Fault("UPL006", f"文件超过 {granted.file_bytes >> 20} MB", where, told))
            file.write(chunk)


def _read_apart(order: Order, where: Place) -> dict[str, Any]:
    folder = str(Path(order.path).parent)
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    # Threads of linear algebra would each ask for address space; what is unpacked goes when the folder goes.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TMPDIR": folder, "GDAL_SKIP": _skipped()}
    child = subprocess.Popen(
        [sys.executable, "-I", "-m", "greenrule.spatial.uploaded"], cwd=folder, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = child.communicate(order.to_text().encode(), timeout=order.limits.seconds)
    except subprocess.TimeoutExpired:
        told = "精简坐标、拆分图层后再上传"
        raise InputFault(Fault("UPL003", f"读取超过 {order.limits.seconds:g} 秒，已停止", where, told)) from None
    finally:
        _end(child)
    if child.returncode == OUT_OF_MEMORY:
        raise InputFault(
            Fault(
                "UPL005",
                f"读取需要的内存超过 {order.limits.memory_bytes >> 20} MB，已停止",
                where,
                "精简坐标、拆分图层后再上传",
            )
        )
    if child.returncode == -signal.SIGXCPU:
        raise InputFault(
            Fault("UPL003", f"读取超过 {order.limits.seconds:g} 秒，已停止", where, "精简坐标、拆分图层后再上传")
        )
    try:
        answer = json.loads(out) if child.returncode == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        told = "文件可能损坏或过于复杂：在 GIS 软件中打开检查，重新导出"
        raise InputFault(Fault("UPL004", "读取文件的进程异常终止", where, told))
    if "faults" in answer:
        faults = [_fault(item, where) for item in answer["faults"]]
        raise Problem(503, "服务器暂时读不了文件", faults) if answer["ours"] else InputFault(faults)
    return dict(answer["found"])


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the process with all it started, and take its leave."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):
            child.kill()
    child.wait()


def _fault(raw: dict[str, Any], where: Place) -> Fault:
    return Fault(raw["code"], raw["message"], Place(where.file, raw["line"]), raw["help"] or None)


@lru_cache(maxsize=1)
def _skipped() -> str:
    return other_drivers()
