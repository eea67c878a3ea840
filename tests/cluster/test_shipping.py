"""A parcel opens to the same law and layers, and to nothing at all where it is not what was sent."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from greenrule.casework.screening import Screener
from greenrule.cluster.shipping import Bearings, Parcel, code_digest, opened_at, packed
from greenrule.core.errors import EnvironmentFault
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law

DAY = date(2026, 11, 21)
BEARINGS = Bearings(None, DAY)


@pytest.fixture
def sent(tmp_path, tmp_path_factory) -> tuple[Path, Parcel]:
    """A parcel of the demonstration workspace, unpacked."""
    workspace = Workspace.open(shared_demo(tmp_path_factory))
    (tmp_path / "here").mkdir()
    archive, parcel = packed(shared_law(), workspace, DAY, BEARINGS, tmp_path / "here", indexed=True)
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "there")
    return tmp_path / "there", parcel


def test_a_parcel_opens_to_what_was_packed(sent, tmp_path_factory):
    folder, parcel = sent
    found = opened_at(folder, parcel, BEARINGS)
    here = Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))
    assert found.law.versions == here.law.versions
    assert found.versions(DAY) == here.versions(DAY)
    ground = found.ground(DAY)
    for kind in ground.versions:
        # Taken from the parcel and mapped, not built again.
        assert ground.index(kind).exact is not None
    assert len(list((folder / "workspace" / "indexes").iterdir())) == len({v.sha256 for v in ground.versions.values()})


def test_the_name_tells_the_contents(sent, tmp_path):
    """The same law and days give the same name; without layers it is another."""
    _, parcel = sent
    (tmp_path / "bare").mkdir()
    bare = packed(shared_law(), None, DAY, BEARINGS, tmp_path / "bare")[1]
    again = packed(shared_law(), None, DAY, BEARINGS, tmp_path / "bare")[1]
    assert bare == again
    assert bare.name != parcel.name
    assert parcel.contents.startswith(parcel.name.partition("-")[2])


def test_executors_need_no_packs(tmp_path):
    """What a law reads of its packs only when asked goes along."""
    packs = tmp_path / "cn"
    shutil.copytree(shared_law().folders[0] / "vocab", packs / "vocab")
    archive, parcel = packed(replace(shared_law(), folders=(packs,)), None, DAY, BEARINGS, tmp_path)
    shutil.rmtree(packs)
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "there")
    found = opened_at(tmp_path / "there", parcel, BEARINGS).law
    assert [match.code for match in found.industries.find("洗煤厂")] == [
        m.code for m in shared_law().industries.find("洗煤厂")
    ]


@pytest.mark.parametrize("name", ["law.pickle", "workspace/records.sqlite", "contents.json"])
def test_what_is_not_as_sent_is_not_opened(sent, name):
    folder, parcel = sent
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])
    assert refused(folder, parcel) == "K006"
    path.unlink()
    assert refused(folder, parcel) == "K006"


def test_other_code_is_refused(sent):
    folder, parcel = sent
    assert refused(folder, replace(parcel, code="0" * 64)) == "K005"
    assert refused(folder, replace(parcel, engine="greenrule 0.0.0")) == "K005"
    assert parcel.code == code_digest()


def refused(folder: Path, parcel: Parcel) -> str:
    """The code of the fault."""
    with pytest.raises(EnvironmentFault) as error:
        opened_at(folder, parcel, BEARINGS)
    (fault,) = error.value.faults
    return fault.code
