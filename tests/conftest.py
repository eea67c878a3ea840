"""Settings that hold for all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadlines: the machine is shared. Derandomised: a red run can be repeated by whoever reads it.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
