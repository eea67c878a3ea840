"""Labels of tables and their columns, in the language in which the administration is read; what is kept is Chinese."""

from __future__ import annotations

from django.utils.functional import lazy

from greenrule.core.tongue import said

#: Words of the program, said when they are shown and not when the module is read.
said_later = lazy(said, str)
