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


def greenrule(*words: str) -> str:
    surroundings = {
        key: value for key, value in os.environ.items() if not key.startswith("GREENRULE_") or key == "GREENRULE_CACHE"
    }
    done = subprocess.run(
        [sys.executable, "-m", "greenrule.cli.main", *words],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backup_with_the_database_comes_back_into_an_empty_one(cluster: Cluster, tmp_path: Path) -> None:
    from greenrule.store.backup import restore_backup
    from greenrule.store.workspace import Workspace
    from greenrule.web import backup

    place, out = tmp_path / "w", tmp_path / "b.tar"
    Workspace.create(place)
    cluster.run_sql("CREATE DATABASE one")
    cluster.run_sql("CREATE DATABASE two")
    one, two = (cluster.address.replace("/rule", f"/{name}") for name in ("one", "two"))
    greenrule("serve", "--prepare-only", "-w", str(place), "--database", one)
    greenrule("people", "add", "wangfang", "-w", str(place), "--database", one)
    told = greenrule("backup", str(out), "-w", str(place), "--database", one)
    assert "已备份" in told
    cluster.run_sql("CREATE TABLE something (x int)", "two")
    with pytest.raises(InputFault, match="OPS012"):
        backup.restore(out, tmp_path / "back", two)
    assert not (tmp_path / "back").exists()
    cluster.run_sql("DROP TABLE something", "two")
    backup.restore(out, tmp_path / "back", two)
    count = "SELECT count(*), max(chain) FROM audit"
    assert cluster.run_sql(count, "two") == cluster.run_sql(count, "one")
    assert "首尾相接" in greenrule("audit", "verify", "-w", str(tmp_path / "back"), "--database", two)
    # The past is protected in the restored database too.
    assert "audit_kept" in cluster.run_sql("SELECT tgname FROM pg_trigger", "two")
    with pytest.raises(InputFault, match="OPS026"):
        restore_backup(out, tmp_path / "only-files")


def test_the_first_versions_are_brought_up_to_date(cluster: Cluster, tmp_path: Path) -> None:
    from greenrule.store.workspace import Workspace
    from tests.web.test_upgrade import holds, upgraded

    Workspace.create(tmp_path / "w")
    cluster.run_sql("CREATE DATABASE old")
    told = upgraded(str(tmp_path / "w"), cluster.address.replace("/rule", "/old"))
    holds(told)
    assert told["indexes"] == ["filings_project_words", "finding_entry_words"]
