"""Settings of the server, all from the environment; `greenrule serve` fills it in.

GREENRULE_WORKSPACE     folder of the workspace (layers, and records where no other database is named)
GREENRULE_DATABASE      postgresql://user:password@host:port/name ; absent: the workspace's own SQLite file
GREENRULE_SECRET_KEY    key of sessions and signatures ; never in a file of the project
GREENRULE_HOSTS         names under which the server is reached, with commas
GREENRULE_TIANDITU_KEY  key of the national base map (天地图); without it maps show our own layers only and load nothing from elsewhere
GREENRULE_PUBLIC_RATE   how often a visitor's address may ask, `a second/at once` (2/60)
GREENRULE_BEHIND_TLS    1 where a proxy ends TLS before us: cookies are then secure and plain requests are sent on
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from greenrule.core.errors import EnvironmentFault, Fault


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentFault(
            Fault("WEB001", f"环境变量 {name} 没有设置", None, "用 `greenrule serve` 启动，或先设置它")
        )
    return value


def database(address: str | None, workspace: Path) -> dict[str, Any]:
    """Django's description of a database.  Raises EnvironmentFault WEB002 for an address of another kind.

    >>> database(None, Path("w"))["ENGINE"]
    'django.db.backends.sqlite3'
    >>> database("postgresql://green:s%40fe@db:5432/rule", Path("w"))["PASSWORD"]
    's@fe'
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": str(workspace / "records.sqlite"),
            # Writers take the lock when they begin, so that nobody reads, waits, and then writes over another.
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA synchronous=NORMAL"},
        }  # fmt: skip
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        told = "写成 postgresql://用户:口令@主机:端口/库名"
        raise EnvironmentFault(Fault("WEB002", "数据库地址看不懂", None, told))
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": unquote(parts.path.strip("/")), "HOST": parts.hostname or "",
        "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""), "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True,
    }  # fmt: skip


WORKSPACE = Path(_needed("GREENRULE_WORKSPACE"))
SECRET_KEY = _needed("GREENRULE_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("GREENRULE_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
DATABASES = {"default": database(os.environ.get("GREENRULE_DATABASE"), WORKSPACE)}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "greenrule.store.desk.apps.DeskConfig",
    "greenrule.web.apps.WebConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "greenrule.web.guard.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "greenrule.web.urls"
WSGI_APPLICATION = "greenrule.web.application.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
#: Built files carry a hash of their content in the name.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/app/assets/.+-[\w-]{8}\.\w+$"
TIANDITU_KEY = os.environ.get("GREENRULE_TIANDITU_KEY", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def public_rate(text: str) -> tuple[float, int]:
    """Requests a second, and at once.  Raises EnvironmentFault WEB005 for what is no such pair.

    >>> public_rate("2/60")
    (2.0, 60)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(\d+)", text.strip())
    if found is None or not float(found[1]) or not int(found[2]):
        told = "写成“每秒次数/一次可连问”，例如 2/60"
        raise EnvironmentFault(Fault("WEB005", f"GREENRULE_PUBLIC_RATE 看不懂：{text}", None, told))
    return float(found[1]), int(found[2])


PUBLIC_RATE = public_rate(os.environ.get("GREENRULE_PUBLIC_RATE", "2/60"))

#: A project is a page; a polygon of fifty thousand corners is a megabyte.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if os.environ.get("GREENRULE_BEHIND_TLS") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR"},
        "greenrule": {"handlers": ["stderr"], "level": "INFO"},
    },
}
