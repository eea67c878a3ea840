"""The register of monitoring stations: what a station is, whose it is, where it stands and since when; a move is a new line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, Place
from greenrule.core.files import replace_file

#: Levels of stations, with their names for readers; "" is not known.
LEVELS = {
    "national": "国控",
    "provincial": "省控",
    "city": "市控",
    "county": "县级",
    "township": "乡镇",
    "park": "园区",
    "": "未登记",
}
_EARTH_M = 6_371_000.0


@dataclass(frozen=True, slots=True)
class Station:
    """A station as it stood from `since` to `until` (both included; None: open).

    lon, lat : degrees; evaluated : whether it counts in the means of its city (a background or contrast station does not)
    """

    id: str
    name: str = ""
    level: str = ""
    city: str = ""
    county: str = ""
    township: str = ""
    lon: float | None = None
    lat: float | None = None
    since: date | None = None
    until: date | None = None
    evaluated: bool = True

    def on(self, first: date, last: date) -> bool:
        """Whether it stood there on some day of a stretch."""
        return (self.since is None or self.since <= last) and (self.until is None or first <= self.until)

    def away_m(self, lon: float | None, lat: float | None) -> float | None:
        """How far a place is from it, in metres; None where one of the two is not known."""
        if self.lon is None or self.lat is None or lon is None or lat is None:
            return None
        east = math.radians(lon - self.lon) * math.cos(math.radians((lat + self.lat) / 2))
        return _EARTH_M * math.hypot(east, math.radians(lat - self.lat))


class StationRegister:
    """`stations.json` of a workspace, written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Station]:
        """All lines, by station and first day; none where nothing was registered."""
        if not self.path.exists():
            return []
        out = []
        for row in json.loads(self.path.read_text(encoding="utf-8"))["stations"]:
            days = {key: None if row[key] is None else date.fromisoformat(row[key]) for key in ("since", "until")}
            out.append(Station(**{**row, **days}))
        return out

    def write(self, stations: Iterable[Station]) -> None:
        """Replace the register; EnvironmentFault A053 where the disk refuses."""
        ordered = sorted(stations, key=lambda item: (item.id, item.since or date.min))
        rows = [
            {
                **asdict(item),
                "since": item.since and item.since.isoformat(),
                "until": item.until and item.until.isoformat(),
            }
            for item in ordered
        ]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.path, json.dumps({"stations": rows}, ensure_ascii=False, indent=1).encode())
        except OSError as error:
            told = f"站点登记写不进去：{error.strerror or error}"
            raise EnvironmentFault(
                Fault("A053", told, Place(str(self.path)), "检查磁盘空间和权限；原有登记保持原样")
            ) from None

    def add_seen(self, seen: Iterable[Station], moved_m: float = 500.0) -> tuple[int, list[tuple[Station, float]]]:
        """Register stations that data speak of and nobody registered; (how many, those that now stand elsewhere with metres).

        A station that stands elsewhere is told and not changed: a move has a day that data do not tell.
        """
        known = self.read()
        newest = {item.id: item for item in known}
        fresh, elsewhere = [], []
        for item in seen:
            old = newest.get(item.id)
            if old is None:
                newest[item.id] = item
                fresh.append(item)
                continue
            away = old.away_m(item.lon, item.lat)
            if away is not None and away > moved_m:
                elsewhere.append((item, away))
        if fresh:
            self.write([*known, *fresh])
        return len(fresh), elsewhere

    def move(self, id: str, on: date, lon: float, lat: float) -> None:
        """A station stands elsewhere from a day on: its line ends the day before, a new one begins."""
        lines = self.read()
        last = max((item for item in lines if item.id == id), key=lambda item: item.since or date.min)
        rest = [item for item in lines if item is not last]
        before = date.fromordinal(on.toordinal() - 1)
        self.write([*rest, replace(last, until=before), replace(last, since=on, until=None, lon=lon, lat=lat)])
