"""Who may do what: permissions by name, roles as sets of them, and the area in which a person acts.  What is not granted is denied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: What can be allowed; a token's scope is one of these names.
PERMISSIONS: Mapping[str, str] = {
    "screen": "提问并保存结论",
    "law": "查阅规定",
    "findings": "查阅本辖区的结论",
    "filings.apply": "申报、补正、撤回本单位的项目",
    "filings.read": "查阅本辖区申报台账",
    "filings.handle": "收件、受理、一次性告知、征求意见",
    "filings.decide": "作出审批决定",
    "filings.opine": "答复承办单位征求的意见",
    "claims.file": "对事实提出异议或佐证",
    "claims.decide": "裁定有争议的事实",
    "layers.read": "查阅未发布的图层版本",
    "layers.edit": "导入、修改、检查图层和单元清单",
    "layers.publish": "备案、发布、替代图层版本",
    "packs.plan": "拟订规定草案并推演影响",
    "tracking.read": "查阅跟踪评估和监督问题",
    "tracking.edit": "编写跟踪评估，登记和处理监督问题",
    "tasks.read": "查阅任务台账",
    "tasks.report": "填报任务进展、上传佐证",
    "tasks.dispatch": "分派、评定、调度任务",
    "watch": "关注结论的变化",
    "webhooks": "登记推送地址",
    "tokens": "建立和撤销自己的接口令牌",
    "people.manage": "管理本辖区的单位和人员",
    "audit.read": "查阅审计记录并验证链条",
}

_EVERYONE = frozenset({"screen", "law", "watch", "tokens", "claims.file"})
_READERS = _EVERYONE | {"findings", "filings.read", "layers.read", "tracking.read", "tasks.read"}

#: Roles: name → (label, permissions).
ROLES: Mapping[str, tuple[str, frozenset[str]]] = {
    "applicant": ("企业或环评单位", _EVERYONE | {"filings.apply"}),
    "officer": ("审批人员", _READERS | {"filings.handle", "filings.decide", "claims.decide", "webhooks"}),
    "window": ("窗口人员", _READERS | {"filings.handle"}),
    "department": ("会签部门人员", _READERS | {"filings.opine", "tasks.report"}),
    "planner": (
        "分区管控人员",
        _READERS | {"layers.edit", "layers.publish", "packs.plan", "tracking.edit", "webhooks"},
    ),
    "dispatcher": ("任务调度人员", _READERS | {"tasks.report", "tasks.dispatch", "webhooks"}),
    "inspector": ("监督执法人员", _READERS | {"tracking.edit"}),
    "steward": ("本级管理员", _READERS | {"people.manage", "audit.read", "webhooks"}),
}

#: What an organisation can be.
SORTS: Mapping[str, str] = {
    "authority": "生态环境主管部门",
    "department": "其他部门",
    "enterprise": "企业",
    "consultant": "环评等服务单位",
}
LEVELS: Mapping[str, str] = {"province": "省级", "city": "市级", "county": "县级", "park": "园区"}
#: How many digits the area code of each level has; a park has the code of its county.
_DIGITS = {"province": 2, "city": 4, "county": 6, "park": 6}


#: Organisations that have no say over others: whoever belongs to one is an applicant and nothing else.
_PRIVATE = frozenset({"enterprise", "consultant"})
#: A park lies in a county without acting for it: filings it handles are its own, and what is an area's business is not its.
_OWN = frozenset({"filings.handle", "filings.decide", "claims.decide"})
_OF_AN_AREA = frozenset({"layers.edit", "layers.publish", "tracking.edit", "tasks.dispatch", "people.manage"})


def role_fits(sort: str, role: str) -> bool:
    """Whether a role can be held in an organisation of that sort.

    >>> role_fits("enterprise", "officer"), role_fits("enterprise", "applicant"), role_fits("authority", "officer")
    (False, True, True)
    """
    return role == "applicant" or sort not in _PRIVATE


def sphere(level: str, area: str, number: int, permission: str) -> str | None:
    """The area in which an organisation's people have a permission: one in which nothing lies where they have it for what is their own
    only, None where they have it not.

    >>> sphere("county", "140981", 7, "filings.decide"), sphere("park", "140981", 7, "filings.read")
    ('140981', '140981')
    >>> sphere("park", "140981", 7, "filings.decide"), sphere("park", "140981", 7, "people.manage")
    ('140981/7', None)
    """
    if level != "park":
        return area
    return None if permission in _OF_AN_AREA else f"{area}/{number}" if permission in _OWN else area


def area_fits(level: str, area: str) -> bool:
    """Whether an area code (GB/T 2260, without trailing zeros) is one of that level.

    >>> area_fits("city", "1401"), area_fits("county", "1401")
    (True, False)
    """
    return area.isascii() and area.isdigit() and len(area) == _DIGITS.get(level, -1)


@dataclass(frozen=True)
class Person:
    """Somebody who asks, by session or by token: what is granted, and in which areas ("" is everywhere)."""

    name: str
    user: Any = None
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    organisations: Mapping[int, frozenset[str]] = field(default_factory=dict)  # organisation id → permissions there

    def may(self, permission: str, area: str | None = None) -> bool:
        """Whether the permission is granted, in an area where one is named.

        >>> Person("a", grants={"filings.read": frozenset({"1401"})}).may("filings.read", "140105")
        True
        >>> Person("a", grants={"filings.read": frozenset({"1401"})}).may("filings.read", "1402")
        False
        """
        areas = self.grants.get(permission, frozenset())
        return bool(areas) if area is None else any(area.startswith(own) for own in areas)

    def acts(self, permission: str, organisation: int, *areas: str) -> bool:
        """Whether the person may act on what an organisation has in hand: in all of the areas, or because it is their own.

        >>> park = Person("a", grants={"filings.decide": frozenset({"140981/7"})}, organisations={7: frozenset({"filings.decide"})})
        >>> park.acts("filings.decide", 7, "140981"), park.acts("filings.decide", 3, "140981")
        (True, False)
        """
        return all(self.may(permission, area) for area in areas) or organisation in self.at(permission)

    def areas(self, permission: str) -> tuple[str, ...]:
        """The area codes in which the permission is granted; ("",) is everywhere, () nowhere (or for what is one's own only)."""
        found = {own for own in self.grants.get(permission, ()) if "/" not in own}
        return tuple(sorted(own for own in found if not any(own != other and own.startswith(other) for other in found)))

    def at(self, permission: str) -> tuple[int, ...]:
        """The organisations for which the permission is granted (their own filings, their own tasks)."""
        return tuple(sorted(number for number, granted in self.organisations.items() if permission in granted))

    def narrowed(self, permissions: Iterable[str], name: str) -> Person:
        """The same person as a token that may do only some of it."""
        kept = set(permissions)
        return Person(
            name, self.user, {item: areas for item, areas in self.grants.items() if item in kept},
            {number: granted & kept for number, granted in self.organisations.items()},
        )  # fmt: skip


#: Who has not said who they are.
VISITOR = Person("public", grants={"screen": frozenset({""}), "law": frozenset({""})})
