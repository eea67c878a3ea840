"""Questions as OGC processes: screen a project, look up a place.  Answers are those of the JSON API."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

from pygeoapi.process.base import BaseProcessor, ProcessorExecuteError

from greenrule.casework.project import project_from
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.core.retelling import fault_json
from greenrule.core.tongue import language, said
from greenrule.web.api.findings import refuse_files
from greenrule.web.api.places import At, at_place
from greenrule.web.engine import engine
from greenrule.web.tongues import labelled

_ANSWER = {"schema": {"type": "object", "contentMediaType": "application/json"}}


def _described(
    name: str, title: str, description: str, inputs: dict[str, Any], output: str, example: dict[str, Any]
) -> dict[str, Any]:
    return {
        "version": "1.0.0", "id": name, "title": {language(): title}, "description": {language(): description}, "jobControlOptions": ["sync-execute"],
        "keywords": [title], "links": [], "inputs": inputs, "outputs": {output: {"title": title, **_ANSWER}}, "example": {"inputs": example},
    }  # fmt: skip


class _Question(BaseProcessor):
    """A process whose faults are the asker's to mend (400) or ours (503)."""

    def execute(self, data: Any, outputs: Any = None) -> tuple[str, Any]:
        """Answer, as JSON."""
        try:
            if not isinstance(data, dict):
                raise TypeError("inputs should be an object")
            return "application/json", self.answer(data)
        except EnvironmentFault:
            raise
        except InputFault as error:
            told = (f"{fault.code} {fault_json(fault)['message']}" for fault in error.faults)
            raise _refused(said("；").join(told)) from None
        except (KeyError, TypeError, ValueError) as error:
            raise _refused(f"inputs: {error}") from None

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """The answer to inputs."""
        raise NotImplementedError


def _refused(told: str) -> ProcessorExecuteError:
    error = ProcessorExecuteError(told, user_msg=told)
    error.http_status_code = HTTPStatus.BAD_REQUEST
    error.ogc_exception_code = "InvalidParameterValue"
    return error


class Screening(_Question):
    """Screen a project; nothing is kept."""

    def __init__(self, processor_def: dict[str, Any]) -> None:
        example = {
            "project": {"industry": "2521", "nature": "new", "location": {"point": [112.55, 37.87], "crs": "cgcs2000"}}
        }
        inputs = {
            "project": {
                "title": said("项目"),
                "description": said("与项目文件同一写法"),
                "schema": {"type": "object"},
                "minOccurs": 1,
                "maxOccurs": 1,
            }
        }
        super().__init__(
            processor_def,
            _described(
                "screen", said("项目审查"), said("项目进，逐条有依据的结论出；不保存。"), inputs, "finding", example
            ),
        )

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """A finding, as it is sealed."""
        project = data["project"]
        if not isinstance(project, dict):
            raise TypeError("project should be an object")
        refuse_files(project)
        with engine().asked() as screener:
            return screener.screen(project_from(project, screener.law))


class PlaceLookUp(_Question):
    """What applies at a point."""

    def __init__(self, processor_def: dict[str, Any]) -> None:
        inputs = {
            name: {"title": title, "schema": schema, "minOccurs": least, "maxOccurs": 1}
            for name, title, schema, least in (
                ("lon", said("经度"), {"type": "number"}, 1), ("lat", said("纬度"), {"type": "number"}, 1),
                ("crs", said("坐标系"), {"type": "string", "enum": ["cgcs2000", "wgs84", "gcj02", "bd09"]}, 0),
                ("on", said("日期"), {"type": "string", "format": "date"}, 0),
            )
        }  # fmt: skip
        told = said("一个点位的县市、管控单元及其要求、所在的其他图层。")
        super().__init__(
            processor_def, _described("place", said("地点查询"), told, inputs, "place", {"lon": 112.55, "lat": 37.87})
        )

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """County, units and layers, labels in the language that is spoken."""
        on = date.fromisoformat(data["on"]) if data.get("on") else None
        found: dict[str, Any] = labelled(
            at_place(At(lon=float(data["lon"]), lat=float(data["lat"]), crs=str(data.get("crs") or "cgcs2000"), on=on))
        )
        return found
