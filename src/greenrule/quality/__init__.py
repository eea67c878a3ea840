"""Air (and later water) as the Chinese standards evaluate it: exact averages, validity, rounding, indices, ranks, outlook.

Knows series and dated parameters handed to it; knows no file, no pack and no place.
"""
