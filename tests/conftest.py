"""Settings that hold for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from greenrule.store.workspace import Workspace

# No deadlines: the machine is shared. Derandomised: a red run can be repeated by whoever reads it.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demonstration workspace, built once per run whatever the number of test processes; never written to."""
    from greenrule.store.workspace import Workspace
    from tests.cli.workspace import shared_demo

    return Workspace.open(shared_demo(tmp_path_factory))
