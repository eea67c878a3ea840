"""A process that is killed in the middle of a write leaves a case as it was before or as it is after, never between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from typing import Any

from tests.web.filing_world import make_world, opened

#: Goes on taking a case one step further, a thousand times, until it is killed.
_WRITER = """
import sys
from datetime import date
import django
django.setup()
from greenrule.store.filings.cases import Actor, add_events
from greenrule.web.filing_desk import judge
number = int(sys.argv[1])
print("ready", flush=True)
for turn in range(1000):
    day = date(2026, 11, 25)
    add_events(number, [{"event": "opinion_asked", "day": day, "department": f"部门{turn}-{number}-{sys.argv[2]}"},
                        {"event": "paused", "day": day, "reason": "评审"}, {"event": "resumed", "day": day}],
               version=None, actor=Actor("写者"), judge=judge, today=day, dated=True)
"""


def test_killed_while_it_writes(served: Any, client: Any) -> None:
    from greenrule.store.chain import verify
    from greenrule.store.desk.records import audit_lines
    from greenrule.store.filings.cases import Actor, add_events, altered
    from greenrule.store.filings.models import Case
    from greenrule.web.filing_desk import judge, today

    case = opened(make_world())
    number = case["id"]
    actor = Actor("测试")
    day = date(2026, 11, 24)
    for event in ("received", "accepted"):
        add_events(
            number, [{"event": event, "day": day}], version=None, actor=actor, judge=judge, today=today(), dated=True
        )
    patience = random.Random(5)
    for turn in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(number), str(turn)], env=dict(os.environ), stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        before, deadline = Case.objects.get(pk=number).events.count(), time.monotonic() + 60
        while Case.objects.get(pk=number).events.count() == before:  # it is at work
            assert writer.poll() is None
            assert time.monotonic() < deadline, "nothing was ever written"
            time.sleep(0.01)
        time.sleep(patience.random() * 0.2)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        row = Case.objects.get(pk=number)
        events = list(row.events.order_by("seq").values_list("seq", "event"))
        # All three of a turn or none; the case's version, its opinions and its columns are those of its events.
        assert [seq for seq, _ in events] == list(range(1, len(events) + 1))
        assert (len(events) - 2) % 3 == 0
        assert row.version == len(events) + 1
        assert row.waiting == row.opinions.filter(given=None).count() == (len(events) - 2) // 3
        assert not row.paused
    assert verify(audit_lines()).faults == ()
    assert altered() == []
    from greenrule.store.workspace import Workspace

    assert Workspace.open(served.workspace).check() == []
