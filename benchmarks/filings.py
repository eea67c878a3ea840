"""The officer's desk with a million projects and cases on PostgreSQL: registers, words, today's list; of a province and of a county."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.measure import Check, Section, figures_of
from benchmarks.postgresql import asked

TARGET_S = 0.100
_QUESTIONS = {
    "办件，最新一页": "cases?", "办件，按状态（决定）": "cases?state=decided", "办件，按状态（受理）": "cases?state=accepted",
    "办件，一个市里受理的": "cases?state=accepted&area=1407", "办件，一个县里收件的": "cases?state=received&area=140709",
    "办件，一个县的": "cases?area=140709", "办件，逾期的": "cases?late=true", "办件，一个县里逾期的": "cases?late=true&area=140709",
    "办件，与结论不一致的": "cases?against=true", "办件，常见的词": "cases?text=水泥", "办件，两个词": "cases?text=水泥 实业",
    "办件，一个项目的名称": "cases?text=第777号", "办件，没有的词（三字）": "cases?text=没有的", "办件，没有的词（两字）": "cases?text=没有",
    "办件，单位名称的一部分": "cases?text=第4321实业", "办件，词和状态": "cases?text=焦化&state=received", "办件，收件号的开头": "cases?text=140709-1-2026-5",
    "今天要办的": "today?", "项目，最新一页": "projects?", "项目，一个县的": "projects?area=140709", "项目，行业": "projects?industry=2521",
    "项目，没有的行业": "projects?industry=98", "项目，没有的词（三字）": "projects?text=没有的",
}  # fmt: skip
#: Words of which there is nothing, and what the first line of the newest page must be.
_NOTHING = ("办件，没有的词（三字）", "办件，没有的词（两字）", "项目，没有的行业", "项目，没有的词（三字）")

# Four fifths are decided; of the rest half are accepted, and a third of the days have gone by.  121 counties.
_PROGRAM = """
import json, sys, time
from pathlib import Path
workspace, address, lines, rounds, questions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), json.loads(sys.argv[5])
from greenrule.web.serving import prepare
prepare(workspace, address, "testserver")
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from greenrule.store.desk.models import Membership, Organisation
from greenrule.web.filing_desk import law_stamp, today
users = {}
for level, area in (("province", "14"), ("county", "140709")):
    office = Organisation.objects.create(name=level, sort="authority", level=level, area=area)
    users[level] = get_user_model().objects.create(username=level)
    Membership.objects.create(user=users[level], organisation=office, role="officer")
with connection.cursor() as cursor:
    cursor.execute('''INSERT INTO filings_project (id, name, applicant, industry, area, county, lon, lat, asked, version, demo, made)
        SELECT i, (ARRAY['焦化','水泥','风电','养殖','印染'])[1 + mod(i, 5)] || '项目第' || i || '号',
               '某县第' || mod(i, 50000) || (ARRAY['实业','能源','建材','牧业','化工'])[1 + mod(i / 7, 5)] || '有限公司',
               (ARRAY['2521','3011','4415','0313','1713'])[1 + mod(i, 5)],
               '14' || lpad((1 + mod(i, 11))::text, 2, '0') || lpad((5 + mod(i / 11, 11))::text, 2, '0'), '某县',
               111 + mod(i, 3000) / 1000.0, 35 + mod(i / 3, 5000) / 1000.0, '{}', 1, false, now() FROM generate_series(1, %s) AS i''', [lines])
    day = today()
    cursor.execute('''INSERT INTO filings_case (id, number, project_id, kind, finding_says, handling_id, area, version, opened, opened_by,
            demo, imported, state, received, accepted, decided, tell_by, decide_by, owed_by, answer_by, paused, waiting, owed, sure,
            decision, against_finding, reason, law, commitment)
        SELECT i, area || '-1-2026-' || i, i, (ARRAY['eia_book','eia_form','permit_key','permit_simplified'])[1 + mod(i, 4)], '', %(office)s,
               area, 2, d - 40, '某人', false, false, st, CASE WHEN st <> 'new' THEN d - 35 END,
               CASE WHEN st IN ('accepted','decided') THEN d - 30 END, CASE WHEN st = 'decided' THEN d END,
               CASE WHEN st = 'received' THEN %(day)s::date - 8 + mod(h, 16)::int END,
               CASE WHEN st IN ('accepted','received') THEN %(day)s::date - 30 + mod(h / 16, 75)::int END,
               CASE WHEN st = 'accepted' AND mod(h, 40) = 3 THEN %(day)s::date - 5 + mod(h / 7, 20)::int END,
               CASE WHEN st = 'accepted' AND mod(h, 30) = 4 THEN %(day)s::date - 5 + mod(h / 7, 20)::int END,
               st = 'accepted' AND mod(h, 50) = 5, (st = 'accepted' AND mod(h, 30) = 4)::int, (st = 'accepted' AND mod(h, 40) = 3)::int, true,
               CASE WHEN st = 'decided' THEN 'approved' ELSE '' END, st = 'decided' AND mod(h, 5000) = 1, '', %(law)s,
               CASE WHEN st = 'decided' AND mod(h, 500) = 2 THEN 'due' ELSE '' END
        FROM (SELECT id AS i, area, %(day)s::date - mod(id, 3000)::int AS d, abs(hashint8(id))::bigint AS h,
                     CASE WHEN mod(abs(hashint8(id + 1)), 100) < 80 THEN 'decided' WHEN mod(abs(hashint8(id + 1)), 100) < 92 THEN 'accepted'
                          WHEN mod(abs(hashint8(id + 1)), 100) < 95 THEN 'received' WHEN mod(abs(hashint8(id + 1)), 100) < 98
                          THEN 'to_complete' ELSE 'new' END AS st FROM filings_project) AS drawn''',
        {"day": day, "law": law_stamp(), "office": Organisation.objects.get(name="province").pk})
    cursor.execute('''INSERT INTO filings_caseevent (case_id, seq, event, day, who, data, at, version, digest)
        SELECT id, 1, 'received', received, '某人', '{}', '', 1, '' FROM filings_case WHERE owed > 0 UNION ALL
        SELECT id, 2, 'accepted_tolerant', accepted, '某人', jsonb_build_object('items', jsonb_build_array('证明'), 'until', owed_by),
               '', 2, '' FROM filings_case WHERE owed > 0''')
    cursor.execute('VACUUM ANALYZE')
    cursor.execute('''SELECT (SELECT count(*) FROM filings_case WHERE state = 'accepted' AND NOT paused AND decide_by < %s AND area = '140709'),
                             (SELECT count(*) FROM filings_case WHERE state = 'received' AND tell_by < %s AND decide_by < %s AND area = '140709')''', [day] * 3)
    late = sum(cursor.fetchone())
out = {"late": late}
for who, user in users.items():
    client = Client()
    client.force_login(user)
    deep = {sort: client.get(f"/api/v1/filings/{sort}?size=50").json()["next"] for sort in ("cases", "projects")}
    for name, query in {**questions, "办件，下一页": f"cases?after={deep['cases']}", "项目，下一页": f"projects?after={deep['projects']}"}.items():
        each = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            answer = client.get("/api/v1/filings/" + query)
            each.append(time.perf_counter() - start)
            assert answer.status_code == 200, answer.content
        told = answer.json()
        out[f"{who} {name}"] = {"each": each[1:], "first": [row["id"] for row in told.get("items", [])[:1]],
                                "late": told["late"]["count"] if "late" in told else None}
print(json.dumps(out))
"""
_WHO = {"province": "省", "county": "县"}


def run(workspace: Path, quick: bool) -> Section:
    """Seconds of one page through the whole server (session, permission, area, JSON)."""
    lines = 20_000 if quick else 1_000_000
    section = Section(f"审批工作台（PostgreSQL，{lines:,} 个项目和办件）")
    answer = asked(_PROGRAM, workspace, str(lines), "3" if quick else "15", json.dumps(_QUESTIONS))
    if answer is None:
        section.notes.append("这台机器没有 PostgreSQL，没有测。")
        return section
    told: dict[str, Any] = json.loads(answer)
    late = told.pop("late")
    for name, found in told.items():
        who, question = name.split(" ", 1)
        section.figures += figures_of(f"{_WHO[who]}：{question}", {"greenrule": found["each"]}, target=TARGET_S)
    wanted = {f"{who} {name}": [] for who in _WHO for name in _NOTHING} | {"province 办件，最新一页": [lines]}
    different = sum(told[name]["first"] != first for name, first in wanted.items())
    section.checks.append(Check("首行是应有的那一行", len(wanted), different))
    counted = told["county 今天要办的"]["late"]
    section.checks.append(
        Check("县里逾期的件数与逐行数的相同", 1, int(counted != min(late, 999)), f"{late} 件，数到 999 为止")
    )
    section.notes.append(
        "省看全部 121 个县，县看自己的一个；五分之一的办件还在办。含会话、权限和 JSON 的整个请求；目标每页 100 ms。"
    )
    return section
