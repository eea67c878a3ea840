"""`greenrule people` and `greenrule serve --check`, each in a process of its own, as they are used."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from greenrule.store.workspace import Workspace


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("GREENRULE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "greenrule.cli.main", *words], env={**surroundings, **settings}, capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = tmp_path_factory.mktemp("people") / "w"
    Workspace.create(found)
    done = run("serve", "--prepare-only", "-w", str(found))
    assert done.returncode == 0, done.stderr
    return str(found)


def test_from_an_organisation_to_a_token(place: str) -> None:
    at = ("-w", place)
    done = run("people", "organisation", "某市局", "--level", "city", "--area", "140", *at)
    assert (done.returncode, "SEC003" in done.stderr, "辖区代码" in done.stderr) == (2, True, True)
    assert run("people", "organisation", "某市局", "--level", "city", "--area", "1401", *at).returncode == 0
    made = json.loads(run("people", "add", "wangfang", "--format", "json", *at).stdout)
    assert len(made["password"]) >= 12
    done = run("people", "add", "WangFang", *at)
    assert (done.returncode, "SEC001" in done.stderr) == (2, True)
    done = run("people", "role", "wangfan", "某市局", "officer", *at)
    assert (done.returncode, "是否想写 wangfang" in done.stderr) == (2, True)
    assert "已授予" in run("people", "role", "wangfang", "某市局", "officer", *at).stdout
    assert "没有变化" in run("people", "role", "wangfang", "某市局", "officer", *at).stdout
    done = run("people", "token", "wangfang", "对接", "--scope", "people.manage", *at)
    assert (done.returncode, "SEC010" in done.stderr) == (2, True)
    assert "gr_" in run("people", "token", "wangfang", "对接", "--scope", "findings", *at).stdout
    rows = {row["name"]: row for row in json.loads(run("people", "list", "--format", "json", *at).stdout)}
    assert rows["admin"]["administrator"]
    assert rows["wangfang"]["roles"] == [
        {"organisation": "某市局", "area": "1401", "role": "officer", "label": "审批人员"}
    ]
    assert "已收回" in run("people", "role", "wangfang", "某市局", "officer", "--take", *at).stdout
    # All of it stands in the audit, which the command line reads without a server.
    told = json.loads(run("audit", "list", "--format", "json", *at).stdout)
    assert [row["action"] for row in told] == [
        "person.add", "organisation.add", "person.add", "role.give", "token.make", "role.take",
    ]  # fmt: skip
    assert run("audit", "verify", *at).returncode == 0


def test_what_of_the_settings_is_not_fit_for_the_public(place: str) -> None:
    done = run("serve", "--check", "-w", place)
    assert done.returncode == 1
    assert "security.W" in done.stdout
    assert "GREENRULE_HOSTS" in done.stdout
    fit = {
        "GREENRULE_BEHIND_TLS": "1",
        "GREENRULE_HOSTS": "greenrule.example",
        "GREENRULE_SECRET_KEY": "0123456789abcdefghijklmnopqrst" * 2,
    }
    done = run("serve", "--check", "-w", place, **fit)
    assert (done.returncode, done.stdout.strip()) == (0, "设置适合对外服务"), done.stdout
    done = run("serve", "--check", "-w", place, **fit, GREENRULE_SECOND_FACTOR="maybe")
    assert (done.returncode, "WEB006" in done.stderr) == (3, True)
    done = run("people", "list", "-w", place + "-none")
    assert (done.returncode, "WEB004" in done.stderr) == (2, True)
