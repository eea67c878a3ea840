"""Published layer versions as collections of features: pygeoapi asks, the frames of the workspace answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
from pygeoapi.provider.base import BaseProvider, ProviderInvalidQueryError, ProviderItemNotFoundError
from pygeoapi.util import crs_transform

from greenrule.core.errors import InputFault
from greenrule.core.tongue import said
from greenrule.spatial.picking import Picker
from greenrule.store.layers import LayerVersion
from greenrule.store.workspace import Workspace
from greenrule.web.ogc.filtering import Refused, rows_where

#: The number of a feature in its layer, from 1; the same as in tiles.
ID = "row"
_DATES = ("valid_from", "valid_to")


@lru_cache(maxsize=64)
def picker(path: Path, version: LayerVersion) -> Picker:
    """The features of a version, kept open; a version never changes."""
    return Picker(Workspace(path).read(version))


class LayerFeatures(BaseProvider):
    """One layer version; `data` is (workspace, version)."""

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self._fields: dict[str, Any] = {}
        self.path, self.version = self.data["workspace"], self.data["version"]
        self.picker = picker(self.path, self.version)
        self.columns = self.picker.frame.columns
        self.labels = self.data["labels"]
        self.get_fields()

    def get_fields(self) -> dict[str, Any]:
        """Name → type and title."""
        if not self._fields:
            self._fields = {
                ID: {"type": "integer", "title": said("序号")},
                **{name: {"type": _kind(values), "title": self.labels.get(name, name)} for name, values in self.columns.items()},
                **{name: {"type": "string", "format": "date", "title": label} for name, label in zip(_DATES, (said("生效日"), said("失效日")), strict=True)},
            }  # fmt: skip
        return self._fields

    @crs_transform
    def query(
        self, offset: int = 0, limit: int = 10, resulttype: str = "results", bbox: Sequence[float] = (), datetime_: str | None = None,
        properties: Sequence[tuple[str, str]] = (), sortby: Sequence[dict[str, str]] = (), select_properties: Sequence[str] = (),
        skip_geometry: bool = False, q: str | None = None, filterq: Any = None, **rest: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """A page of features."""
        rows = self._rows(bbox, datetime_, properties, q, filterq)
        for item in reversed(sortby):
            values = [self._value(row, item["property"]) for row in rows.tolist()]
            order = sorted(
                range(len(rows)), key=lambda at: (values[at] is None, values[at]), reverse=item["order"] == "-"
            )
            rows = rows[order]
        page = [] if resulttype == "hits" else rows[offset : offset + limit].tolist()
        return {
            "type": "FeatureCollection",
            "features": [self._feature(row, select_properties, skip_geometry) for row in page],
            "numberMatched": len(rows), "numberReturned": len(page),
        }  # fmt: skip

    @crs_transform
    def get(self, identifier: str, **rest: Any) -> dict[str, Any]:
        """One feature by its number."""
        if not (identifier.isascii() and identifier.isdigit() and 1 <= int(identifier) <= len(self.picker.frame)):
            raise ProviderItemNotFoundError(f"item {identifier[:20]} not found")
        return self._feature(int(identifier) - 1, (), False)

    def _rows(
        self,
        bbox: Sequence[float],
        when: str | None,
        properties: Sequence[tuple[str, str]],
        q: str | None,
        filterq: Any,
    ) -> np.ndarray:
        every = np.arange(len(self.picker.frame))
        rows = every
        if bbox:
            flat = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
            rows = self.picker.in_box(*flat)
        if when and not _meets(self.version, when):
            rows = every[:0]
        for name, wanted in properties:
            rows = np.array([row for row in rows.tolist() if _said(self._value(row, name)) == wanted], dtype=int)
        if q:
            words = [word.lower() for word in q.split(",") if word]
            texts = [name for name, field in self._fields.items() if field["type"] == "string" and name in self.columns]
            rows = np.array([row for row in rows.tolist()
                             if any(word in str(self.columns[name][row] or "").lower() for word in words for name in texts)], dtype=int)  # fmt: skip
        if filterq is not None:
            try:
                rows = np.intersect1d(rows, rows_where(filterq, self.picker, self._value, self._fields))
            except (Refused, InputFault) as error:
                raise _bad(str(error)) from None
        return rows

    def _value(self, row: int, name: str) -> Any:
        if name == ID:
            return row + 1
        if name in _DATES:
            day = getattr(self.version, name)
            return None if day is None else day.isoformat()
        return self.columns[name][row]

    def _feature(self, row: int, selected: Sequence[str], skip_geometry: bool) -> dict[str, Any]:
        return {
            "type": "Feature", "id": row + 1, "geometry": None if skip_geometry else self.picker.geojson(row),
            "properties": {name: self._value(row, name) for name in (selected or self._fields)},
        }  # fmt: skip


def _bad(told: str) -> ProviderInvalidQueryError:
    error = ProviderInvalidQueryError(told, user_msg=told)
    error.http_status_code = HTTPStatus.BAD_REQUEST
    return error


def _kind(values: Sequence[Any]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "boolean"
    if known and all(isinstance(value, int) for value in known):
        return "integer"
    return "number" if known and all(isinstance(value, (int, float)) for value in known) else "string"


def _said(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _meets(version: LayerVersion, when: str) -> bool:
    """Whether a version is valid at an instant, or at any time of an interval; `..` and an empty end are open.  The day decides."""
    start, slash, end = when.partition("/")
    first, last = _day(start), _day(end if slash else start)
    return (last is None or version.valid_from <= last) and (
        first is None or version.valid_to is None or first < version.valid_to
    )


def _day(text: str) -> date | None:
    if text in ("", ".."):
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise _bad(f"datetime: {text[:40]} is neither a day nor an instant (RFC 3339)") from None
