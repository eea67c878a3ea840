"""The description of the API (OpenAPI 3.1), in the language that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from greenrule.core.tongue import language, said

#: Keys of a description whose text is for people.
_FOR_PEOPLE = frozenset(("title", "summary", "description", "tags"))
#: Below these, keys are names that programs use.
_NAMED = frozenset(("properties", "schemas", "paths", "parameters", "responses", "example", "examples"))


class DescribedAPI(NinjaAPI):
    """An API whose description is written in Chinese and told in English where that is spoken."""

    def get_openapi_schema(self, **wanted: Any) -> OpenAPISchema:
        """The description that `ninja.NinjaAPI` makes; operations, names and schemas are the same in every language."""
        found = super().get_openapi_schema(**wanted)
        if language() != "zh":
            found.update(_told(found))
        return found


def _told(value: Any, named: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _words(item) if key in _FOR_PEOPLE and not named else _told(item, not named and key in _NAMED)
            for key, item in value.items()
        }
    return [_told(item) for item in value] if isinstance(value, list) else value


def _words(value: Any) -> Any:
    if isinstance(value, str):
        return said(value, "接口")
    return [_words(item) for item in value] if isinstance(value, list) else _told(value)
