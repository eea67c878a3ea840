"""EnvErgo's pattern as its code has it: a Django application that asks PostGIS which zones a point lies in (GeoDjango, one layer).

Needs PostgreSQL with PostGIS and the GEOS and GDAL that GeoDjango loads (Debian: postgresql-15-postgis-3); `running` gives None without.
"""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.postgresql import running as running_postgresql

_APPLICATION = """
import os
import django
from django.conf import settings
settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF="peer", SECRET_KEY="x", MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    INSTALLED_APPS=["django.contrib.gis"], USE_TZ=True,
    DATABASES={"default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis", "NAME": "greenrule", "USER": "greenrule", "HOST": "127.0.0.1",
        "PORT": os.environ["PEER_PORT"], "CONN_MAX_AGE": None,
    }},
)
django.setup()
from django.contrib.gis.db import models
from django.contrib.gis.geos import Point
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

class Zone(models.Model):
    attributes = models.JSONField()
    geometry = models.GeometryField(srid=4326)

    class Meta:
        app_label = "peer"

def point(request):
    at = Point(float(request.GET["lon"]), float(request.GET["lat"]), srid=4326)
    zones = Zone.objects.filter(geometry__intersects=at).values_list("attributes", flat=True)
    return JsonResponse({"units": list(zones)})

urlpatterns = [path("point", point)]
application = get_wsgi_application()
"""
_LOAD = """
import os
import peer
import pyarrow.parquet as pq
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
with connection.schema_editor() as editor:
    editor.create_model(peer.Zone)
table = pq.read_table(os.environ["PEER_LAYER"])
shapes = table.column("geometry").to_pylist()
rows = table.drop_columns(["geometry"]).to_pylist()
peer.Zone.objects.bulk_create(
    [peer.Zone(attributes=row, geometry=GEOSGeometry(memoryview(shape), srid=4326)) for row, shape in zip(rows, shapes, strict=True)], 500
)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE peer_zone")
"""


def there() -> bool:
    """Whether this machine has what the pattern needs."""
    controls = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    return any(controls) and all(ctypes.util.find_library(name) for name in ("geos_c", "gdal"))


@contextmanager
def running(layer: Path, folder: Path) -> Iterator[dict[str, str] | None]:
    """PostGIS with one layer, and `peer.py` in a folder, whose `application` asks it; what the application's surroundings must say."""
    if not there():
        yield None
        return
    (folder / "peer.py").write_text(_APPLICATION, encoding="utf-8")
    with running_postgresql() as address:
        assert address is not None
        more = {"PEER_PORT": address.rpartition(":")[2].partition("/")[0], "PEER_LAYER": str(layer)}
        subprocess.run([sys.executable, "-c", _LOAD], cwd=folder, env={**os.environ, **more}, check=True)
        yield more
