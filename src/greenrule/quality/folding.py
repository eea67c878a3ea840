"""Compiled loops: hours to days, days to periods; on whole numbers, one series after the other.

A day's mean is kept exactly, as a numerator over a denominator that all days share, so that a month is the mean of what was
measured and not of what was rounded on the way.
"""

from __future__ import annotations

import numpy as np

from greenrule.core.kernels import kernel


@kernel
def _rounded(numerator, denominator):
    """Half to even (GB/T 8170)."""
    whole = numerator // denominator
    twice = 2 * (numerator - whole * denominator)
    if twice > denominator or (twice == denominator and whole % 2 == 1):
        return whole + 1
    return whole


@kernel
def put_hours(rows, hours, values, scale, single, most, missing, out):
    """Put the values of rows into a grid, rounded to whole numbers of their last digit (GB/T 8170).

    rows, hours : (n,) place of each value in `out` (series, hours) int16; hours outside it are left out
    values : (n,) floats in their unit; scale : 1, or 10 where a decimal is kept; single : whether they are float32
    What is negative, no number, or from `most` on (an instrument's code) is `missing`.
    """
    for at in range(len(rows)):
        hour = hours[at]
        if hour < 0 or hour >= out.shape[1]:
            continue
        value = values[at]
        if not (value >= 0 and value < most):
            out[rows[at], hour] = missing
            continue
        scaled = np.float64(value) * scale
        whole = np.int64(scaled)
        part = scaled - whole
        up = part > 0.5
        if abs(part - 0.5) < 1e-3:
            # A half is a half where one digit more denotes the very number that came (0.65 is 65 hundredths).
            digits = np.rint(np.float64(value) * scale * 10)
            exact = digits / (scale * 10)
            same = np.float32(exact) == value if single else exact == value
            if same:
                up = whole % 2 == 1 if digits == whole * 10 + 5 else digits > whole * 10 + 5
        out[rows[at], hour] = whole + up


@kernel
def day_means(hours, needed, denominator, exact, rounded, counts):
    """The mean of each day that has enough hours.

    hours : (series, 24 days) int16, negative where missing; needed : hours that a day needs
    exact : (series, days) int64, the mean times `denominator`; rounded : int16; both -1 where there is none
    counts : (series, days) int8, hours that are there
    """
    for one in range(exact.shape[0]):
        for day in range(exact.shape[1]):
            total = np.int64(0)
            count = np.int64(0)
            for hour in range(24 * day, 24 * day + 24):
                value = hours[one, hour]
                there = value >= 0
                total += value if there else 0
                count += there
            counts[one, day] = count
            if count >= needed:
                exact[one, day] = total * (denominator // count)
                rounded[one, day] = _rounded(total, count)
            else:
                exact[one, day] = -1
                rounded[one, day] = -1


@kernel
def day_windows(hours, window_hours, windows, first_window, limit, denominator, exact, rounded, counts):
    """The largest mean of eight hours of each day (MDA8), over the means that end at `first_window` … 24 o'clock.

    window_hours : hours that a mean of eight needs; windows : means that a day needs, unless one exceeds `limit`
    (in whole numbers of the last digit); otherwise as `day_means`, `counts` counts the means
    """
    for one in range(exact.shape[0]):
        for day in range(exact.shape[1]):
            base = 24 * day
            total = np.int64(0)
            count = np.int64(0)
            best = np.int64(-1)
            found = np.int64(0)
            for hour in range(24):
                value = hours[one, base + hour]
                if value >= 0:
                    total += value
                    count += 1
                if hour >= 8:
                    value = hours[one, base + hour - 8]
                    if value >= 0:
                        total -= value
                        count -= 1
                if hour + 1 >= first_window and count >= window_hours:
                    found += 1
                    mean = total * (denominator // count)
                    best = max(best, mean)
            counts[one, day] = found
            if best >= 0 and (found >= windows or _rounded(best, denominator) > limit):
                exact[one, day] = best
                rounded[one, day] = _rounded(best, denominator)
            else:
                exact[one, day] = -1
                rounded[one, day] = -1


@kernel
def period_statistics(exact, first, last, percent, denominator, scale, means, percentiles, days):
    """Mean and percentile of the days of each period, rounded.

    exact : (series, days) int64 numerators over `denominator`, negative where missing
    first, last : (periods,) first day and day after the last; percent : the percentile
    scale : power of ten between the digits of days and those of statistics
    means, percentiles : (series, periods) int32, -1 where no day is; days : (series, periods) int16, days that are there
    Percentile: X(s) + (X(s+1) - X(s)) (k - s) with k = 1 + (n - 1) p / 100 over the sorted values (HJ 663 annex A.6).
    """
    longest = 0
    for period in range(len(first)):
        longest = max(longest, last[period] - first[period])
    buffer = np.empty(max(longest, 1), np.int64)
    top = np.empty(max(longest, 1), np.int64)
    for one in range(exact.shape[0]):
        for period in range(len(first)):
            count = 0
            total = np.int64(0)
            for day in range(first[period], last[period]):
                value = exact[one, day]
                if value >= 0:
                    buffer[count] = value
                    total += value
                    count += 1
            days[one, period] = count
            if count == 0:
                means[one, period] = -1
                percentiles[one, period] = -1
                continue
            means[one, period] = _rounded(total * scale, denominator * count)
            place = (count - 1) * percent
            below = place // 100
            part = place - 100 * below
            # The percentiles of the standards are high: the largest `kept` values are enough, the smallest two of them decide.
            kept = count - below
            if kept <= count // 3 + 8:
                held = 0
                for at in range(count):
                    value = buffer[at]
                    if held == kept and value <= top[0]:
                        continue
                    if held < kept:  # still filling
                        before = held
                        while before > 0 and top[before - 1] > value:
                            top[before] = top[before - 1]
                            before -= 1
                        top[before] = value
                        held += 1
                    else:  # the smallest goes
                        after = 1
                        while after < kept and top[after] < value:
                            top[after - 1] = top[after]
                            after += 1
                        top[after - 1] = value
                low = top[0]
                high = top[1] if part > 0 else low
            else:
                ordered = np.sort(buffer[:count])
                low = ordered[below]
                high = ordered[below + 1] if part > 0 else low
            percentiles[one, period] = _rounded((low * (100 - part) + high * part) * scale, 100 * denominator)


@kernel
def count_days(values, first, last, counts):
    """How many days of each stretch are there: (series, stretches) int16 of (series, days) values, negative where missing."""
    for one in range(values.shape[0]):
        for at in range(len(first)):
            count = 0
            for day in range(first[at], last[at]):
                count += values[one, day] >= 0
            counts[one, at] = count
