"""Answers to an episode: warnings as a state machine, reduction lists checked, cuts at least loss.

Knows lists, forecasts and dated parameters handed to it; knows no file and no pack.
"""
