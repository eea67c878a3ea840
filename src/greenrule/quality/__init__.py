"""Air (and later water) as the Chinese standards evaluate it: exact averages, validity, rounding, indices, ranks, outlook.

Knows series and dated parameters handed to it; knows no file, no pack and no place.

`editions` what a standard's edition says · `rounding` GB/T 8170 on integers · `index` IAQI and AQI · `series` hours on a grid ·
`days` hours to days · `periods` days to months, years and any period · `composite` the composite index and its ranks.
"""
