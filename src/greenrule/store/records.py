"""Findings that were given out, and who saved them when: append-only, each audit row chained to the one before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from greenrule.core.clock import CHINA
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.core.seal import Sealed, digest
from greenrule.store.chain import AuditRow, chained, verify
from greenrule.store.database import Database
from greenrule.store.people import user

#: Times are written in China Standard Time (contract: Asia/Shanghai unless an offset is given).


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A saved finding in a list: its id, what it says in one word, and who first saved it when."""

    id: str
    digest: str
    project: str | None
    decision: str | None
    at: str
    who: str


class RecordStore:
    """The findings and the audit of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_finding(self, finding: dict[str, Any], *, who: str | None = None, at: datetime | None = None) -> str:
        """Save a finding (plain JSON data) and return its id; the same finding saved again keeps its id and adds an
        audit row.

        What the list shows and the audit names is the finding's own digest, so that a saved finding and the same
        finding on paper can be told to be one.  Raises InputFault W023 where the finding's digest is not its own,
        EnvironmentFault where the workspace cannot be written.
        """
        return self.save_findings([finding], who=who, at=at)[0]

    def save_findings(
        self, findings: Sequence[dict[str, Any]], *, who: str | None = None, at: datetime | None = None
    ) -> list[str]:
        """Save several findings, all or none, and return their ids; otherwise as `save_finding`."""
        rows = [finding_row(finding) for finding in findings]
        with self._database.writing("保存结论") as connection:
            stamp = china_time(at)
            for name, own, title, decision, body in rows:
                row = connection.execute("SELECT digest FROM finding WHERE id = ?", (name,)).fetchone()
                if row is None:
                    connection.execute("INSERT INTO finding VALUES (?,?,?,?,?)", (name, own, title, decision, body))
                last = connection.execute("SELECT chain FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
                entry = (stamp, who or user(), "save_finding", name, own)
                connection.execute(
                    "INSERT INTO audit (at, who, action, subject, digest, chain) VALUES (?,?,?,?,?,?)",
                    (*entry, chained(last[0] if last else "", entry)),
                )
        return [name for name, *_ in rows]

    def load_finding(self, name: str) -> dict[str, Any]:
        """The finding as it was saved.  Raises InputFault where there is none, or where its text no longer has its
        digest."""
        place = Place(str(self._database.path))
        with self._database.reading() as connection:
            row = connection.execute("SELECT digest, body FROM finding WHERE id = ?", (name,)).fetchone()
            names = [] if row else [item[0] for item in connection.execute("SELECT id FROM finding")]
        if row is None:
            raise no_such_finding(name, names, place)
        return read_body(name, row[0], row[1], place)

    def projects(self) -> dict[str, str]:
        """The project of every saved finding as JSON text, by finding id, oldest first.

        The database cuts it out of the finding: a finding is a hundred times its project.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT f.id, json_extract(f.body, '$.project') FROM finding f"
                " JOIN audit a ON a.seq = (SELECT min(seq) FROM audit WHERE subject = f.id) ORDER BY a.seq"
            )
            return {name: text for name, text in rows if text is not None}

    def findings(self) -> list[FindingRow]:
        """All saved findings, oldest first, each with who first saved it when."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT f.id, f.digest, f.project, f.decision, a.at, a.who FROM finding f"
                " JOIN audit a ON a.seq = (SELECT min(seq) FROM audit WHERE subject = f.id) ORDER BY a.seq"
            )
            return [FindingRow(*row) for row in rows]

    def audit(self) -> list[AuditRow]:
        """The audit, oldest first."""
        return list(self.audit_lines())

    def audit_lines(self) -> Iterator[AuditRow]:
        """The audit line by line, oldest first."""
        with self._database.reading() as connection:
            for row in connection.execute(
                "SELECT seq, at, who, action, subject, digest, chain FROM audit ORDER BY seq"
            ):
                yield AuditRow(*row)

    def check(self) -> list[Fault]:
        """Breaks in the audit chain and findings whose text was changed."""
        place = Place(str(self._database.path))
        faults = list(verify(self.audit_lines(), (), place).faults)
        for item in self.findings():
            try:
                self.load_finding(item.id)
            except InputFault as fault:
                faults.extend(fault.faults)
        return faults


#: How a finding is kept: its id, digest, project, decision and text.
FindingText = tuple[str, str, str | None, str | None, str]


def finding_row(finding: dict[str, Any]) -> FindingText:
    """How a finding is kept.

    Raises InputFault W023 where the finding's digest is not its own.
    """
    own = digest(finding)
    if finding.get("digest", own) != own:
        help_line = "结论在做出以后被改动过：重新审查，或取回原件再保存"
        raise InputFault(Fault("W023", f"结论自带的摘要 {finding['digest']} 与内容不符", None, help_line))
    return _row(finding, own, json.dumps(finding, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def written_row(finding: Mapping[str, Any], sealed: Sealed) -> FindingText:
    """The same of one that was written already; of `finding` only project and decision are read."""
    return _row(finding, sealed.digest, sealed.kept().decode(errors="surrogatepass"))


def _row(finding: Mapping[str, Any], own: str, body: str) -> FindingText:
    project = finding.get("project")
    title = project.get("name") if isinstance(project, dict) else None
    return "F" + own[7:23], own, title, finding.get("decision"), body


def no_such_finding(name: str, names: Iterable[str], place: Place | None) -> InputFault:
    """The fault (W020) that names the findings that look like the one asked for."""
    close = near(name, names)
    help_line = f"是否想写 {close[0]}？" if close else "用结论清单查看编号"
    return InputFault(Fault("W020", f"没有编号为 {name} 的结论", place, help_line))


def read_body(name: str, stored: str, body: str, place: Place | None) -> dict[str, Any]:
    """A finding from its kept text.  Raises InputFault W021 where the text no longer has its digest."""
    try:
        finding = json.loads(body)
    except ValueError:
        finding = None
    if not isinstance(finding, dict) or not stored == digest(finding) == finding.get("digest", stored):
        raise InputFault(Fault("W021", f"结论 {name} 的内容与其摘要不符", place, "记录被改动过：请从备份恢复"))
    return finding


def china_time(at: datetime | None = None) -> str:
    """A moment (now) as records write it."""
    return (at or datetime.now(CHINA)).astimezone(CHINA).isoformat(timespec="seconds")
