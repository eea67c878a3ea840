"""Settings of the server, all from the environment; `greenrule serve` fills it in.

GREENRULE_WORKSPACE     folder of the workspace (layers, and records where no other database is named)
GREENRULE_DATABASE      postgresql://user:password@host:port/name ; absent: the workspace's own SQLite file
GREENRULE_SECRET_KEY    key of sessions and signatures ; never in a file of the project
GREENRULE_HOSTS         names under which the server is reached, with commas
GREENRULE_ADDRESS       how people reach the server, https://… ; stands in mails, without it nobody can subscribe by mail
GREENRULE_HOOKS_PRIVATE 1 where webhooks may go into private networks and without TLS
GREENRULE_TIANDITU_KEY  key of the national base map (天地图); without it maps show our own layers only and load nothing from elsewhere
GREENRULE_UPLOAD_MB, _UPLOAD_UNPACKED_MB, _UPLOAD_MEMORY_MB, _UPLOAD_SECONDS, _UPLOAD_POINTS
                        what one uploaded file of a site may have: its size, unpacked, memory and time to read it, corners
GREENRULE_PUBLIC_RATE   how often a visitor's address may ask, `a second/at once` (2/60)
GREENRULE_BEHIND_TLS    1 where a proxy ends TLS before us: cookies are then secure and plain requests are sent on
GREENRULE_PROXIES       how many proxies of ours stand before us (1 behind TLS, else 0): whose word on the client's address counts
GREENRULE_SECOND_FACTOR who needs a second factor: staff (the default: whoever opens /admin/), everyone, off
GREENRULE_SIGNUP        1 where anybody may open an account of their own (it has no role until somebody gives it one)
GREENRULE_SMTP          smtp://user:password@host:port, smtps:// or smtp+starttls:// ; absent: nothing is sent by mail
GREENRULE_MAIL_FROM     the sender of mail
GREENRULE_OIDC_URL, _CLIENT, _SECRET, _NAME   an OpenID Connect provider by which people may log in
GREENRULE_OIDC_TRUST_EMAIL   1 where the provider's word on an e-mail address lets its owner into the account that has it
GREENRULE_SECRET_KEYS_BEFORE  keys that were in use before, with spaces: what they signed or sealed is still read
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from greenrule.core.errors import EnvironmentFault, Fault


def _needed(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise EnvironmentFault(
            Fault("WEB001", f"环境变量 {name} 没有设置", None, "用 `greenrule serve` 启动，或先设置它")
        )
    return value


def _number(name: str, usual: int, least: int = 1) -> int:
    written = os.environ.get(name, "")
    if written and not (written.isascii() and written.isdigit() and int(written) >= least):
        what = "正整数" if least else "自然数"
        raise EnvironmentFault(Fault("WEB005", f"环境变量 {name} `{written}` 不是{what}", None, f"例如 {usual}"))
    return int(written or usual)


def _address(written: str, schemes: tuple[str, ...]) -> SplitResult | None:
    """An address of one of these schemes, taken apart; None where it is none, down to its port."""
    try:
        parts = urlsplit(written)
        parts.port  # noqa: B018  a port that is no number says so only now
    except ValueError:
        return None
    return parts if parts.scheme in schemes else None


def database(address: str | None, workspace: Path) -> dict[str, Any]:
    """Django's description of a database.  Raises EnvironmentFault WEB002 for an address of another kind.

    >>> database(None, Path("w"))["ENGINE"]
    'django.db.backends.sqlite3'
    >>> database("postgresql://green:s%40fe@db:5432/rule", Path("w"))["PASSWORD"]
    's@fe'
    >>> database("postgresql://green@%2fvar%2frun%2fpostgresql/rule", Path("w"))["HOST"]
    '/var/run/postgresql'
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3", "NAME": str(workspace / "records.sqlite"),
            # Writers take the lock when they begin, so that nobody reads, waits, and then writes over another.  What is deleted is
            # overwritten: an address that was erased does not lie on in a free page.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE", "timeout": 20,
                "init_command": "PRAGMA synchronous=NORMAL;PRAGMA secure_delete=ON",
            },
            "CONN_MAX_AGE": 60,  # opening the file anew costs as much as looking up a place
        }  # fmt: skip
    parts = _address(address, ("postgresql", "postgres"))
    if parts is None or not parts.path.strip("/"):
        told = "写成 postgresql://用户:口令@主机:端口/库名"
        raise EnvironmentFault(Fault("WEB002", "数据库地址看不懂", None, told))
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": unquote(parts.path.strip("/")), "HOST": unquote(parts.hostname or ""),
        "USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or ""), "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": {"connect_timeout": 5},
    }  # fmt: skip


def mail(address: str | None) -> dict[str, Any]:
    """Django's settings of outgoing mail; without an address nothing can be sent, and pages say so.

    >>> mail("smtp+starttls://me%40b:pw@mail.example:587")["EMAIL_HOST_USER"]
    'me@b'
    """
    if not address:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend", "EMAIL_HOST": ""}
    parts = _address(address, ("smtp", "smtps", "smtp+starttls"))
    if parts is None or not parts.hostname:
        told = "写成 smtp+starttls://用户:口令@主机:端口"
        raise EnvironmentFault(Fault("WEB005", "邮件服务器地址看不懂", None, told))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""), "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps", "EMAIL_USE_TLS": parts.scheme == "smtp+starttls", "EMAIL_TIMEOUT": 10,
    }  # fmt: skip


WORKSPACE = Path(_needed("GREENRULE_WORKSPACE"))
SECRET_KEY = _needed("GREENRULE_SECRET_KEY")
SECRET_KEY_FALLBACKS = os.environ.get("GREENRULE_SECRET_KEYS_BEFORE", "").split()
BEHIND_TLS = os.environ.get("GREENRULE_BEHIND_TLS") == "1"
PROXIES = _number("GREENRULE_PROXIES", 1 if BEHIND_TLS else 0, least=0)
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("GREENRULE_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
DATABASES = {"default": database(os.environ.get("GREENRULE_DATABASE"), WORKSPACE)}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "greenrule.store.desk.apps.DeskConfig",
    "greenrule.store.dispatch.apps.DispatchConfig",
    "greenrule.store.planning.apps.PlanningConfig",
    "greenrule.store.watching.apps.WatchingConfig",
    "greenrule.store.filings.apps.FilingsConfig",
    "greenrule.web.apps.WebConfig",  # before those whose templates and words it has its own of
    "greenrule.web.apps.Administration",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "simple_history",
]
MIDDLEWARE = [
    "greenrule.web.guard.ClientAddress",
    "greenrule.web.guard.ContentPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "greenrule.web.tongues.Tongue",
    "greenrule.web.methods.Methods",
    "greenrule.web.guard.BodyLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "greenrule.web.accounts.gate.Gate",
    "greenrule.web.accounts.sessions.Seen",
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
                "greenrule.web.accounts.gate.shown",
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
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
#: Shared by all processes, for attempts at logging in are counted in it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "desk_cache"}}

SECOND_FACTOR = os.environ.get("GREENRULE_SECOND_FACTOR", "staff")
if SECOND_FACTOR not in ("staff", "everyone", "off"):
    raise EnvironmentFault(
        Fault("WEB006", f"GREENRULE_SECOND_FACTOR 不能是 {SECOND_FACTOR}", None, "写 staff、everyone 或 off")
    )
CSRF_FAILURE_VIEW = "greenrule.web.refusals.forged"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 12 * 3600
SIGNUP_OPEN = os.environ.get("GREENRULE_SIGNUP") == "1"
MAIL_SENT = bool(os.environ.get("GREENRULE_SMTP"))
globals().update(mail(os.environ.get("GREENRULE_SMTP")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("GREENRULE_MAIL_FROM", "greenrule@localhost")

ACCOUNT_ADAPTER = "greenrule.web.accounts.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SIGNUP_OPEN and MAIL_SENT else "optional" if MAIL_SENT else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_SENT
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BEHIND_TLS else "http"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
#: Beside logging in: mails that a visitor's address may ask for.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip", "subscribe": "10/h/ip"}
MFA_ADAPTER = "greenrule.web.accounts.adapters.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "绿尺 Greenrule"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS  # browsers themselves allow it for localhost only
SOCIALACCOUNT_ADAPTER = "greenrule.web.accounts.adapters.Providers"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = (
    os.environ.get("GREENRULE_OIDC_TRUST_EMAIL") == "1"
)
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if os.environ.get("GREENRULE_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "oidc",
            "name": os.environ.get("GREENRULE_OIDC_NAME", "统一身份认证"),
            "client_id": _needed("GREENRULE_OIDC_CLIENT"),
            "secret": _needed("GREENRULE_OIDC_SECRET"),
            "settings": {"server_url": os.environ["GREENRULE_OIDC_URL"]},
        }
    ]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
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
UPLOAD_FILE_BYTES = _number("GREENRULE_UPLOAD_MB", 20) << 20
#: Address → the longest body it reads; a form around a file takes some more than the file.
BODY_LIMITS = {"/api/v1/geometry": UPLOAD_FILE_BYTES + (1 << 20)}
UPLOAD_UNPACKED_BYTES = _number("GREENRULE_UPLOAD_UNPACKED_MB", 200) << 20
UPLOAD_MEMORY_BYTES = _number("GREENRULE_UPLOAD_MEMORY_MB", 2048) << 20
UPLOAD_SECONDS = _number("GREENRULE_UPLOAD_SECONDS", 20)
UPLOAD_POINTS = _number("GREENRULE_UPLOAD_POINTS", 200_000)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

GREENRULE_ADDRESS = os.environ.get("GREENRULE_ADDRESS", "")

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
