"""Who emits what: activity, factor, control; later the monitoring of sources (HJ 212).

Knows tables and dated parameters handed to it; knows no file and no pack.
"""
