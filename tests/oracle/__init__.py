"""The air standards once more, in plain Python and exact fractions, written from the printed tables and not from `greenrule.quality`.

Slow on purpose and free of arrays: what both say is believed.
"""
