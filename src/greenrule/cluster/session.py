"""A Spark session to work in: made for a master, or the one that is there already; its troubles told as faults.

Java is looked for where Spark looks for it.  A session on this machine (`local[…]`, `local-cluster[…]`) speaks on the
loopback address only and leaves nothing behind.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from greenrule.core.errors import EnvironmentFault, Fault, InputFault

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: The oldest Java that Spark 4 runs on.
JAVA = 17
_LOOPBACK = "127.0.0.1"
_KINDS = "local[N]、local-cluster[进程数,核数,MB]、spark://主机:7077、yarn、k8s://https://主机:端口"


def find_java() -> str:
    """The `java` that Spark will use, of at least version 17; EnvironmentFault K002 where there is none."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    help_line = f"装 Java {JAVA}（如 apt-get install openjdk-{JAVA}-jre-headless），或用 JAVA_HOME 指明"
    if found is None or not Path(found).is_file():
        where = f"JAVA_HOME={home} 下" if home else "这台机器上"
        raise EnvironmentFault(Fault("K002", f"Spark 需要 Java {JAVA} 以上，{where}没有", None, help_line))
    try:
        told = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=True).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise EnvironmentFault(Fault("K002", f"`{found}` 运行不了：{error}", None, help_line)) from None
    match = re.search(r'version "(?:1\.)?(\d+)', told)
    if match is None or int(match[1]) < JAVA:
        line = next(iter(told.splitlines()), "").strip()
        raise EnvironmentFault(Fault("K002", f"Spark 需要 Java {JAVA} 以上，`{found}` 是 {line}", None, help_line))
    return found


@contextmanager
def spark_session(master: str | None, conf: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session for the block; it is stopped behind it, unless it was there before.

    master : a master's address; None for the session that is there, or for what Spark's own settings name
    conf : further settings; they win over those made here

    Errors: InputFault K003 no master, or one of no known kind; EnvironmentFault K001 no PySpark, K002 no Java, K004 the
    cluster cannot be had.
    """
    try:
        import pandas  # noqa: F401  # mapInArrow asks for it
        from pyspark.sql import SparkSession
    except ImportError as error:
        told, help_line = f"没有装 {error.name}", "安装带集群的一份：pip install 'greenrule[cluster]'"
        raise EnvironmentFault(Fault("K001", told, None, help_line)) from None
    there = SparkSession.getActiveSession()
    if there is not None:
        if master not in (None, there.sparkContext.master):
            told = f"这个进程已经连着 {there.sparkContext.master}，不能再连 {master}"
            raise InputFault(Fault("K003", told, None, "不写 `--master`，或先结束那个会话"))
        yield there
        return
    if master is not None and not re.match(r"(local(\[|-cluster\[|$)|spark://|yarn$|k8s://)", master):
        raise InputFault(Fault("K003", f"`--master {master}` 不是 Spark 认识的地址", None, f"可用：{_KINDS}"))
    find_java()
    with _own_ground(master) as settings, _without_pandas_notice():
        session = _started(SparkSession, master, {**settings, **(conf or {})})
        application = session.sparkContext.applicationId
        try:
            if master is None and (session.sparkContext.master or "local").startswith("local"):
                # Spark's own last resort; nobody who asks for a cluster means it.
                raise InputFault(Fault("K003", "没有说用哪个集群", None, f"加上 `--master 地址`：{_KINDS}"))
            yield session
        finally:
            session.stop()
            if master is not None and master.startswith("local-cluster"):
                _sweep(application)


def _started(maker: type[SparkSession], master: str | None, settings: Mapping[str, str]) -> SparkSession:
    builder = maker.builder.appName("greenrule")
    if master is not None:
        builder = builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as error:  # py4j's and Spark's own kinds, down to a JVM that went away
        text = str(error)
        if "stopped SparkContext" in text or "AlreadyStopped" in text:
            help_line = "检查地址与网络、集群是否在运行、要的内存和核数给不给得出；上面是 Spark 自己说的"
            raise EnvironmentFault(
                Fault("K004", f"集群 {master or ''} 没有应答，或不给执行端", None, help_line)
            ) from error
        # py4j says first that something was called, and then what came of it.
        lines = [part.strip(" :") for part in text.splitlines() if part.strip() and "while calling" not in part]
        line = lines[0] if lines else type(error).__name__
        help_line = "检查地址、网络与集群是否在运行；加 --debug 看全文"
        raise EnvironmentFault(Fault("K004", f"Spark 启动不了：{line[:300]}", None, help_line)) from error


@contextmanager
def _own_ground(master: str | None) -> Iterator[dict[str, str]]:
    """Settings of our sessions; on this machine also where it listens, where it keeps its files, which Python it runs."""
    settings = {
        # A piece of a table is one batch, one partition, one task.
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(1 << 30),
        "spark.ui.showConsoleProgress": "false",
        # On a cluster Spark's own warnings are worth reading: that nobody gives executors, that one was lost.
        "spark.log.level": "FATAL" if (master or "").startswith("local") else "WARN",
    }
    if master is None or not master.startswith("local"):
        yield settings
        return
    with tempfile.TemporaryDirectory(prefix="greenrule-spark-") as folder:
        wanted = {
            "SPARK_LOCAL_IP": _LOOPBACK,
            "SPARK_LOCAL_HOSTNAME": _LOOPBACK,
            "SPARK_LOCAL_DIRS": folder,
            "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", sys.executable),
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        }
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield {
                **settings,
                "spark.ui.enabled": "false",
                "spark.driver.bindAddress": _LOOPBACK,
                "spark.driver.host": _LOOPBACK,
                "spark.sql.warehouse.dir": folder,
            }
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextmanager
def _without_pandas_notice() -> Iterator[None]:
    """Arrow batches never become pandas frames here, so what PySpark says of pandas 3 is not for our users."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _sweep(application: str) -> None:
    """Workers of a `local-cluster` keep their folder inside Spark's own; it is of no use to anybody afterwards."""
    import pyspark

    home = Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent)
    shutil.rmtree(home / "work" / application, ignore_errors=True)
    with suppress(OSError):  # another application may be at work there
        (home / "work").rmdir()
