"""One small cluster for all tests of this folder: a master and two workers, each executor a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from greenrule.core.errors import EnvironmentFault

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER = "local-cluster[2,1,1024]"


@pytest.fixture(scope="session")
def session() -> Iterator[SparkSession]:
    """A session on 127.0.0.1; skipped only where Java cannot be had."""
    from greenrule.cluster.session import find_java, spark_session

    try:
        find_java()
    except EnvironmentFault as fault:
        pytest.skip(f"no Java for Spark: {fault}")
    with pytest.MonkeyPatch.context() as patch:
        # Seconds of work: the better compiler would not pay.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        with spark_session(MASTER, {"spark.executor.memory": "1g", "spark.driver.memory": "1g"}) as made:
            yield made
