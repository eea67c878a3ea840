"""The server under load: screening, places and tiles through granian with SQLite, beside the smallest Django view that asks one point.

The peer is EnvErgo's pattern, Django and one point query of PostGIS, where PostGIS is installed, and without it a bare Django view over
shapely's STRtree: both over the same control units, under the same server and the same load tool.  They read no rules and no accounts.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import postgis
from benchmarks.measure import Check, Figure, Section, quantile
from benchmarks.sites import TRADES, place
from greenrule.casework.project import project_from
from greenrule.casework.screening import Screener

ROOT = Path(__file__).resolve().parents[1]
CLIENTS, WORKERS = 16, 2
#: Requests a second at least, and seconds at most.
SCREENINGS, SCREENING_P95_S, PLACES, TILE_P95_S = 150.0, 0.060, 600.0, 0.020
_SECRET = "benchmark-token"

_PREPARE = f"""
import sys
from pathlib import Path
from greenrule.web.serving import draw, prepare
prepare(Path(sys.argv[1]), None)
draw(Path(sys.argv[1]))
from django.contrib.auth import get_user_model
from greenrule.store.desk.models import Token
from greenrule.web.api.access import token_digest
owner = get_user_model().objects.get(username="admin")
Token.objects.create(owner=owner, name="benchmark", digest=token_digest({_SECRET!r}), scopes=["screen", "law"])
"""
_SERVE = """
import sys
from pathlib import Path
from greenrule.web.serving import prepare, run
prepare(Path(sys.argv[1]), None)
run("127.0.0.1", int(sys.argv[2]), int(sys.argv[3]))
"""
_PEER = """
import json, os, sys
import django
from django.conf import settings
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF="peer", SECRET_KEY="x", MIDDLEWARE=["django.middleware.common.CommonMiddleware"])
django.setup()
import pyarrow.parquet as pq, shapely
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
table = pq.read_table(os.environ["PEER_LAYER"])
shapes = shapely.from_wkb(table.column("geometry").to_pylist())
rows = table.drop_columns(["geometry"]).to_pylist()
tree = shapely.STRtree(shapes)
def point(request):
    at = shapely.Point(float(request.GET["lon"]), float(request.GET["lat"]))
    return JsonResponse({"units": [rows[row] for row in tree.query(at, predicate="intersects").tolist()]})
urlpatterns = [path("point", point)]
application = get_wsgi_application()
"""
_SERVE_PEER = """
import sys
from granian.constants import Interfaces
from granian.server import Server
Server("peer:application", address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.WSGI, workers=int(sys.argv[2]), blocking_threads=1).serve()
"""


def run(screener: Screener, workspace: Path, quick: bool) -> Section:
    """Requests a second and seconds of one answer at 16 clients, server and load tool on the same cores."""
    section = Section("服务器（granian、SQLite，16 个客户端）")
    rng = random.Random(11)
    some = 200 if quick else 1500
    spots = [place(rng, screener) for _ in range(some)]
    with tempfile.TemporaryDirectory() as folder:
        served = Path(folder) / "workspace"
        shutil.copytree(workspace, served)
        subprocess.run([sys.executable, "-c", _PREPARE, str(served)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        head = {"Authorization": f"Bearer {_SECRET}", "Content-Type": "application/json"}
        with _running([sys.executable, "-c", _SERVE, str(served)], "/api/v1/health", ROOT) as (port, server):
            projects = [
                ["POST", "/api/v1/findings", head, json.dumps(_project(rng, number, *spot))]
                for number, spot in enumerate(spots)
            ]
            for kind, requests in (("审查一个项目", projects), ("查询一个地点", _places("/api/v1/place", spots, head))):
                _load(port, requests[:100], folder)  # caches of the day, plans of the industries
                _settle(server)
                told = _load(port, requests, folder, server)
                _rate(section, kind, "greenrule", told)
                if requests is projects:
                    section.checks.append(_same(screener, projects, told["kept"]))
            _rate(section, "取一块瓦片", "greenrule", _load(port, _tiles(port, rng, some), folder, server))
            ours = [_get(port, item[1], head)["units"] for item in _places("/api/v1/place", spots[:100], head)]
        layer = next((served / "layers" / "control_unit").glob("*.parquet"))
        theirs = []
        with postgis.running(layer, _folder(folder, "postgis")) as more:
            if more is None:
                section.notes.append("这台机器上没有 PostGIS，只比 STRtree。")
            else:
                theirs.append(
                    _peer(
                        section,
                        "Django + PostGIS, one layer, no accounts",
                        Path(folder) / "postgis",
                        more,
                        spots,
                        folder,
                    )
                )
        (_folder(folder, "tree") / "peer.py").write_text(_PEER, encoding="utf-8")
        theirs.append(
            _peer(
                section,
                "Django + STRtree, one layer, no accounts",
                Path(folder) / "tree",
                {"PEER_LAYER": str(layer)},
                spots,
                folder,
            )
        )
    different = sum(
        {unit["code"] for unit in one} != {unit["code"] for unit in other}
        for told in theirs
        for one, other in zip(ours, told, strict=True)
    )
    section.checks.append(Check("同一地点的管控单元", len(ours) * len(theirs), different))
    section.notes.append(
        f"服务器 {WORKERS} 个进程，与压力程序（另一进程）共用同一台机器的核；起动后的预热已经做完；每次审查的项目名称、位置、规模都不相同，带令牌，不留存。"
        f"目标：审查每秒 {SCREENINGS:.0f} 次、p95 {SCREENING_P95_S * 1000:.0f} ms；地点每秒 {PLACES:.0f} 次；瓦片 {TILE_P95_S * 1000:.0f} ms。"
        "对照是 EnvErgo 的做法（Django 加一次 PostGIS 点查询；GeoDjango，连接不断），和去掉 PostGIS 的（STRtree）：一个图层、没有账号、不读规则。"
    )
    return section


def _folder(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


def _peer(
    section: Section, who: str, home: Path, more: dict[str, str], spots: list[tuple[float, float]], folder: str
) -> list[Any]:  # fmt: skip
    """A peer's rate at the same points, and what it answers for the first of them."""
    with _running([sys.executable, "-c", _SERVE_PEER], "/point?lon=112.5&lat=37.8", home, more) as (port, server):
        requests = _places("/point", spots, {})
        _load(port, requests[:100], folder)
        _rate(section, "查询一个地点", who, _load(port, requests, folder, server))
        return [_get(port, item[1], {})["units"] for item in requests[:100]]


def _project(rng: random.Random, number: int, lon: float, lat: float) -> dict[str, Any]:
    """A project whose name, place and amounts no other has."""
    code, usual = TRADES[number % len(TRADES)]
    facts = dict(usual)
    if isinstance(written := facts.get("capacity"), str):
        amount, unit = written.split(" ")
        facts["capacity"] = f"{int(amount) * rng.uniform(0.2, 3):.3f} {unit}"
    return {
        "name": f"基准项目{number}",
        "industry": code,
        "nature": "new",
        "facts": facts,
        "location": {"point": [lon, lat], "crs": "cgcs2000"},
    }


def _same(screener: Screener, projects: list[list[Any]], kept: dict[str, str]) -> Check:
    """The answers that the load tool kept, beside those of a screener in this process: byte for byte."""
    different = 0
    for number, digest in kept.items():
        _, sealed = screener.screen_written(project_from(json.loads(projects[int(number)][3]), screener.law))
        different += hashlib.sha256(sealed.told()).hexdigest() != digest
    return Check("服务器和本进程的结论，逐字节", len(kept), different)


def _places(path: str, spots: list[tuple[float, float]], head: dict[str, str]) -> list[list[Any]]:
    return [["GET", f"{path}?lon={lon:.6f}&lat={lat:.6f}", head, None] for lon, lat in spots]


def _tiles(port: int, rng: random.Random, some: int) -> list[list[Any]]:
    """Tiles of all layers at all zooms, where the layers are."""
    import math

    layers = _get(port, "/tiles/layers.json", {})["layers"]
    out = []
    for _ in range(some):
        layer, z = rng.choice(layers), rng.randint(4, 12)
        west, south, east, north = layer["bounds"]
        lon, lat = rng.uniform(west, east), math.radians(rng.uniform(south, north))
        x, y = int((lon + 180) / 360 * (1 << z)), int((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * (1 << z))
        out.append(["GET", layer["tiles"].format(z=z, x=x, y=y), {"Accept-Encoding": "gzip"}, None])
    return out


def _get(port: int, path: str, head: dict[str, str]) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=head)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


def _load(port: int, requests: list[list[Any]], folder: str, server: int | None = None) -> dict[str, Any]:
    """What the load tool told, and the processor time of the server meanwhile (`server`: its process, with all below it)."""
    path = Path(folder) / "requests.json"
    path.write_text(json.dumps(requests), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.load", "127.0.0.1", str(port), str(CLIENTS), str(path)]
    before = None if server is None else _processor(server)
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    if server is not None and before is not None and (after := _processor(server)) is not None:
        told["server_cpu"] = after - before
    if not set(told["status"]) <= {200, 204}:
        raise RuntimeError(f"answers with {told['status']}")
    return told


def _settle(server: int) -> None:
    """Wait until a server has done what it does once after its start, beside the first requests."""
    before = _processor(server)
    for _ in range(60):
        time.sleep(1)
        after = _processor(server)
        if before is None or after is None or after - before < 0.05:
            return
        before = after


def _processor(root: int) -> float | None:
    """Seconds of processor time of a process and all below it; None where the system does not tell (Linux does)."""
    spent, below = dict[int, float](), dict[int, list[int]]()
    try:
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = path.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:  # ended meanwhile
                continue
            number = int(path.parent.name)
            spent[number] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
            below.setdefault(int(words[1]), []).append(number)
    except (OSError, ValueError):
        return None
    waiting, total = [root], 0.0
    while waiting:
        number = waiting.pop()
        total += spent.get(number, 0.0)
        waiting += below.get(number, ())
    return total if root in spent else None


def _rate(section: Section, question: str, who: str, told: dict[str, Any]) -> None:
    """Seconds of an answer, and how many came each second (as the seconds between two answers, so that less is better)."""
    target = {
        "审查一个项目": (SCREENING_P95_S, 1 / SCREENINGS),
        "查询一个地点": (None, 1 / PLACES),
        "取一块瓦片": (TILE_P95_S, None),
    }[question]
    ours = who == "greenrule"
    each, rate = told["each"], len(told["each"]) / told["seconds"]
    section.figures.append(
        Figure(
            f"{question}：一次回答",
            who,
            quantile(each, 0.5),
            quantile(each, 0.95),
            len(each),
            target=target[0] if ours else None,
        )
    )
    section.figures.append(
        Figure(
            f"{question}：两次回答之间",
            who,
            1 / rate,
            None,
            len(each),
            target=target[1] if ours else None,
            bound="median",
            note=f"每秒 {rate:.0f} 次" + _spent(told),
        )
    )


def _spent(told: dict[str, Any]) -> str:
    """Processor time of one answer, of the server and of the load tool."""
    if "server_cpu" not in told:
        return ""
    server, tool = (1000 * told[name] / len(told["each"]) for name in ("server_cpu", "cpu"))
    return f"；每次用处理器：服务器 {server:.2f} ms，压力程序 {tool:.2f} ms"


@contextmanager
def _running(
    command: list[str], address: str, cwd: Path, more: dict[str, str] | None = None
) -> Iterator[tuple[int, int]]:
    """A server on a free port, and its process; ended with all its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **(more or {}), "PYTHONPATH": str(cwd)} if more else dict(os.environ)
    process = subprocess.Popen(
        [*command, str(port), str(WORKERS)],
        cwd=cwd,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                _get(port, address, {})
                break
            except OSError:
                time.sleep(0.2)
        else:
            raise RuntimeError("the server did not start")
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
