"""What stands in the way of a session is told as a fault: no Java, an old one, no PySpark, no such master."""

from __future__ import annotations

import sys

import pytest

from greenrule.cluster import session as sessions
from greenrule.core.errors import InputFault


def fault_of(call) -> tuple[str, int, str]:
    """Code, exit code and message."""
    with pytest.raises(InputFault) as error:
        call()
    (fault,) = error.value.faults
    assert fault.help
    return fault.code, error.value.exit_code, fault.message


def enter(master: str | None, conf=None) -> None:
    """Open and close a session."""
    with sessions.spark_session(master, conf):
        pass


def java(folder, script: str) -> str:
    """A JAVA_HOME whose `java` does as the script says."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'openjdk version \"11.0.2\" 2019-01-15' >&2", "11.0.2"),
        ("echo 'java version \"1.8.0_392\"' >&2", "1.8.0"),
        ("echo nonsense >&2", "nonsense"),
        ("exit 3", "运行不了"),
    ],
)
def test_a_java_that_will_not_do_is_named(tmp_path, monkeypatch, script, told):
    monkeypatch.setenv("JAVA_HOME", java(tmp_path, script))
    code, exit_code, message = fault_of(sessions.find_java)
    assert (code, exit_code) == ("K002", 3)
    assert told in message


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_a_java_that_will_do_is_found(tmp_path, monkeypatch, version):
    monkeypatch.setenv("JAVA_HOME", java(tmp_path, f"echo 'openjdk version \"{version}\"' >&2"))
    assert sessions.find_java() == str(tmp_path / "bin" / "java")


def test_no_java_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert fault_of(sessions.find_java)[0] == "K002"
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    # Other tests of this process may have left one, and where there is one no Java is looked for.
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    assert fault_of(lambda: enter("local[1]"))[:2] == ("K002", 3)


def test_addresses_that_are_none(monkeypatch):
    code, exit_code, message = fault_of(lambda: enter("http://there"))
    assert (code, exit_code) == ("K003", 2)
    assert "http://there" in message


def test_without_pyspark(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    assert fault_of(lambda: enter("local[1]"))[:2] == ("K001", 3)
