"""The cluster that a command asks: its options, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from greenrule.core.errors import Fault, InputFault

MASTER = click.option(
    "--master",
    metavar="地址",
    help="Spark 集群：spark://主机:7077、yarn、k8s://…；本机试用 local-cluster[2,1,1024]。缺省用 Spark 自己的设置。",
)
CONF = click.option(
    "--conf", "settings", multiple=True, metavar="名称=值", help="Spark 设置，可多次给出，如 spark.executor.memory=4g。"
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster to ask: its master as Spark writes it (None: what Spark's settings name), and further settings."""

    master: str | None
    settings: tuple[str, ...] = ()


def cluster_of(engine: str, master: str | None, settings: tuple[str, ...]) -> Cluster | None:
    """The cluster that the options name, None for this machine; D011 where they contradict each other."""
    if engine == "spark":
        return Cluster(master, settings)
    if master is not None or settings:
        told = "`--master`、`--conf` 要与 `--engine spark` 同用"
        raise InputFault(Fault("D011", told, None, "加上 `--engine spark`"))
    return None


@contextmanager
def session_on(cluster: Cluster) -> Iterator[Any]:
    """A session on a cluster for the block; faults as `cluster.session.spark_session` has them, and D011 for a setting."""
    from greenrule.cluster.session import spark_session

    named = [item.partition("=") for item in cluster.settings]
    wrong = [f"`--conf {name}`" for name, equals, _ in named if not equals or not name.startswith("spark.")]
    if wrong:
        raise InputFault(Fault("D011", f"{'、'.join(wrong)} 读不成设置", None, "写成 `--conf spark.名称=值`"))
    with spark_session(cluster.master, {name: value for name, _, value in named}) as session:
        yield session
