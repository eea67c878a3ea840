"""What a document of a finding is made of: the finding in the reader's language, and its map where the format has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenrule.casework.project import Project
    from greenrule.casework.report_map import MapData
    from greenrule.casework.screening import Screener
    from greenrule.core.tongue import Language

#: Formats with a locating map.
MAPPED = ("html", "docx", "pdf")


def gathered(
    finding: dict[str, Any], fmt: str, screener: Screener, lang: Language = "zh", project: Project | None = None
) -> tuple[dict[str, Any], MapData | None]:
    """What `report.render` takes: the finding as it is told in `lang`, and the map.

    screener : of the day as known on which the finding was made; project : as it was asked, read from the finding where not at hand.
    Errors: what reading the project again or drawing its surroundings raises (InputFault).
    """
    picture = None
    if fmt in MAPPED:
        from greenrule.casework.mapping import map_data
        from greenrule.casework.project import project_from

        picture = map_data(screener, project or project_from(finding["project"], screener.law), finding)
    if lang == "zh" or fmt == "json":
        return finding, picture
    from greenrule.casework.translating import in_english

    return in_english(finding, screener.law), picture
