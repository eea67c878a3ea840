"""The register of findings with a million lines on PostgreSQL: the newest, a decision, a part of a name, further pages; of a city and of a county."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.measure import Check, Section, figures_of
from benchmarks.postgresql import asked

TARGET_S = 0.100
_QUESTIONS = {
    "最新一页": "", "最新一页，500 行": "size=500", "按结论，常见": "decision=prohibited", "按结论，十万分之一": "decision=conflict",
    "按名称，常见的词": "text=水泥", "按名称，一个项目": "text=第7号", "按名称，没有的词（三字）": "text=没有的", "按名称，没有的词（两字）": "text=没有", "按名称，没有的字": "text=镓",
    "名称与结论": "text=焦化&decision=conflict",
}  # fmt: skip
_KINDS = ("焦化", "水泥", "风电", "养殖", "印染")
_PROGRAM = """
import json, sys, time
from pathlib import Path
from greenrule.web.serving import prepare
workspace, address, lines, rounds, questions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), json.loads(sys.argv[5])
prepare(workspace, address, "testserver")
from django.contrib.auth import get_user_model
from django.db import connection
from greenrule.store.desk.people import find_person, password_replaced
password_replaced(find_person("admin"))  # as if the one-time password had been
from django.test import Client
with connection.cursor() as cursor:
    cursor.execute('ALTER TABLE finding DISABLE TRIGGER finding_entered')
    cursor.execute('''INSERT INTO finding (id, digest, project, decision, body)
        SELECT 'f-' || md5(i::text), 'sha256:' || md5(i::text),
               (ARRAY['焦化','水泥','风电','养殖','印染'])[1 + mod(i, 5)] || '项目第' || i || '号 太原市',
               CASE WHEN mod(i, 100000) = 7 THEN 'conflict' ELSE (ARRAY['allowed','restricted','prohibited','undetermined'])[1 + mod(i, 4)] END,
               repeat(md5(i::text), 4) FROM generate_series(1, %s) AS i''', [lines])
    # Of eleven cities with eleven counties each.
    cursor.execute('''INSERT INTO finding_entry (finding, project, decision, area)
        SELECT id, project, decision, '14' || lpad((1 + mod(i, 11))::text, 2, '0') || lpad((1 + mod(i / 11, 11))::text, 2, '0')
        FROM (SELECT finding.*, regexp_replace(project, '[^0-9]', '', 'g')::int AS i FROM finding) AS told ORDER BY i''')
    cursor.execute('ALTER TABLE finding ENABLE TRIGGER finding_entered')
    cursor.execute('VACUUM ANALYZE')
from greenrule.store.desk.models import Membership, Organisation
out = {}
for level, area in (("", ""), ("city", "1401"), ("county", "140101")):
    client = Client()
    if area:
        place = Organisation.objects.create(name=area, sort="authority", level=level, area=area)
        user = get_user_model().objects.create_user(area)
        Membership.objects.create(user=user, organisation=place, role="officer")
        client.force_login(user)
    else:
        client.force_login(get_user_model().objects.get(username="admin"))
    deep = client.get("/api/v1/findings?size=500").json()["next"]
    for name, query in {**questions, "下一页": f"after={deep}"}.items():
        each = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            answer = client.get("/api/v1/findings?" + query)
            each.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.content
        told = {"": "", "city": "市：", "county": "县："}[level] + name
        out[told] = {"each": each[1:], "first": [item["project"] for item in answer.json()["items"][:1]]}
print(json.dumps(out))
"""


def run(workspace: Path, quick: bool) -> Section:
    """Seconds of one page through the whole server (session, permission, JSON)."""
    lines = 20_000 if quick else 1_000_000
    section = Section(f"结论登记簿（PostgreSQL，{lines:,} 行）")
    answer = asked(_PROGRAM, workspace, str(lines), "3" if quick else "15", json.dumps(_QUESTIONS))
    if answer is None:
        section.notes.append("这台机器没有 PostgreSQL，没有测。")
        return section
    told: dict[str, Any] = json.loads(answer)
    for name, found in told.items():
        section.figures += figures_of(name, {"greenrule": found["each"]}, target=TARGET_S)
    newest = max(number for number in range(lines - 120, lines + 1) if number % 11 == 0 and number // 11 % 11 == 0)
    wanted = {
        "最新一页": [f"焦化项目第{lines}号 太原市"],
        "按名称，没有的词（三字）": [],
        "按名称，没有的词（两字）": [],
        "按名称，没有的字": [],
        "县：最新一页": [f"{_KINDS[newest % 5]}项目第{newest}号 太原市"],
    }
    different = sum(told[name]["first"] != answer for name, answer in wanted.items())
    section.checks.append(Check("首行是应有的那一行", len(wanted), different))
    section.notes.append(
        "全省的登记簿，以及一个市、一个县看自己辖区的。含会话、权限和 JSON 的整个请求；目标每页 100 ms。常见的词在最新的几千行里就凑满一页；罕见的词，几个字的都一样，由一至三字的片段索引找到。"
    )
    return section
