"""Benchmarks: every figure beside what a user would do without this software, in the same run, answers compared."""
