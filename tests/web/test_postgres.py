"""The server on PostgreSQL: what holds on SQLite holds there, and what only a database elsewhere can do to one.

Django knows one database in a process, so these tests run in a process of their own (`inside_postgres.py`, and whatever bears the
mark `both`), on a cluster that is started for them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from greenrule.core.errors import InputFault
from greenrule.web.postgres import find_tool
from tests.web.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster():
    """A cluster, where this machine has PostgreSQL."""
    try:
        find_tool("initdb")
    except InputFault as fault:
        pytest.skip(str(fault))
    made = Cluster.make()
    yield made
    made.remove()


def run(cluster: Cluster, *words: str) -> None:
    surroundings = {
        **os.environ,
        "GREENRULE_TEST_DATABASE": cluster.address,
        "GREENRULE_TEST_CLUSTER": str(cluster.folder),
    }
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "GREENRULE_WORKSPACE", "GREENRULE_DATABASE"):
        surroundings.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *words],
        cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]


def test_what_bears_the_mark_holds_on_postgresql(cluster: Cluster) -> None:
    run(cluster, "-m", "both", "tests/web")


def test_what_a_database_elsewhere_does(cluster: Cluster) -> None:
    run(cluster, "tests/web/inside_postgres.py")
