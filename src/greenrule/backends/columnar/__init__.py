"""The columnar machine: the whole rulebook over tables of projects.

`Columns` hold the facts, `Columnar` the rulebook on a day, `Answers` what it found; see `machine`.
"""

from greenrule.backends.columnar.answers import Answers
from greenrule.backends.columnar.columns import Coded, Columns, Floats, Scaled
from greenrule.backends.columnar.lowering import Lowering
from greenrule.backends.columnar.machine import Columnar, Planes

__all__ = ["Answers", "Coded", "Columnar", "Columns", "Floats", "Lowering", "Planes", "Scaled"]
