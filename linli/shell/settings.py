"""One settings file, from the environment only. A wrong value is refused at start with the allowed ones named."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parents[2]


class SettingRefused(SystemExit):
    """Start is refused; the message names the variable and the allowed values."""


def _flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "")
    if value == "":
        return default
    if value.lower() in ("1", "true", "yes"):
        return True
    if value.lower() in ("0", "false", "no"):
        return False
    raise SettingRefused(f"{name}={value!r} is refused. Allowed: 1, true, yes, 0, false, no.")


def _choice(name: str, default: str, *allowed: str) -> str:
    value = os.environ.get(name, default)
    if value not in allowed:
        raise SettingRefused(f"{name}={value!r} is refused. Allowed: {', '.join(allowed)}.")
    return value


def _number(name: str, default: int, low: int, high: int) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdigit() or not low <= int(value) <= high:
        raise SettingRefused(f"{name}={value!r} is refused. Allowed: a whole number from {low} to {high}.")
    return int(value)


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingRefused("DATABASE_URL is refused. Allowed: postgresql://user:password@host:port/name.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    options: dict[str, object] = {k: v for k, v in query.items() if k not in ("host", "port")}
    options["application_name"] = "linli"
    return {
        "ENGINE": "linli.foundation.core.db",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": query.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": options,
    }


# demo: synthetic district on this machine; production: real people; test: the test run.
LINLI_MODE = _choice("LINLI_MODE", "demo", "demo", "production", "test")
LINLI_DATA = Path(os.environ.get("LINLI_DATA", str(ROOT / "var"))).absolute()
LINLI_KEYS = os.environ.get("LINLI_KEYS", str(LINLI_DATA / "keys.json"))
LINLI_CHARTERS = os.environ.get("LINLI_CHARTERS", str(ROOT / "charters"))
LINLI_THREADS = _number("LINLI_THREADS", 8, 1, 64)
# Shared with the message provider that brings answers; empty: its door does not exist.
LINLI_INBOUND_SECRET = os.environ.get("LINLI_INBOUND_SECRET", "")
DEBUG = _flag("LINLI_DEBUG", False)

DEFAULT_KEY = "linli-demo-key-not-for-real-districts-" + "0" * 30
SECRET_KEY = os.environ.get("LINLI_SECRET_KEY", DEFAULT_KEY)
ALLOWED_HOSTS = [
    h for h in os.environ.get("LINLI_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",") if h
]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("LINLI_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "linli.foundation.core",
    "linli.foundation.accounts",
    "linli.foundation.places",
    "linli.foundation.people",
    "linli.foundation.bodies",
    "linli.foundation.messaging",
    "linli.foundation.notices",
    "linli.work.cases",
    "linli.shell",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "linli.foundation.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "linli.foundation.core.middleware.DistrictMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linli.foundation.core.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "linli.foundation.accounts.middleware.ActingMiddleware",
    # Last: opens the one transaction of a request around the view.
    "linli.foundation.core.middleware.TransactionMiddleware",
]

ROOT_URLCONF = "linli.shell.urls"
WSGI_APPLICATION = "linli.shell.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "linli.foundation.core.ui.page_context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "linli.foundation.core.templatetags.linli",
            ],
        },
    },
]
FORM_RENDERER = "linli.foundation.core.ui.FormRenderer"

DATABASES: dict[str, dict[str, object]] = {
    "default": _database(os.environ.get("DATABASE_URL", "postgresql://linli_app@localhost/linli")),
}
# The owner role migrates; only the command line and the test set-up connect as it.
LINLI_OWNER_URL = os.environ.get("LINLI_OWNER_URL", "")
if LINLI_OWNER_URL:
    DATABASES["owner"] = _database(LINLI_OWNER_URL)
if LINLI_MODE != "test" and _flag("LINLI_POOL", False):
    pool_size = LINLI_THREADS + 2
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}  # type: ignore[index]  # a dict we built above
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "linli.foundation.accounts.backends.SignInBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if LINLI_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "shell:desk"

SESSION_ENGINE = "linli.foundation.accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "linli.foundation.core.views.csrf_failed"
if LINLI_MODE == "production":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-linli"
    CSRF_COOKIE_NAME = "__Host-linli-form"
    SECURE_SSL_REDIRECT = _flag("LINLI_TLS_REDIRECT", True)
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = (
        ("HTTP_X_FORWARDED_PROTO", "https") if _flag("LINLI_BEHIND_PROXY", True) else None
    )
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": ["self"],
    "microphone": ["self"],
    "geolocation": ["self"],
    "payment": [],
    "usb": [],
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "linli_language"
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FORMAT_MODULE_PATH = "linli.foundation.core.formats"

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("LINLI_STATIC", str(LINLI_DATA / "static"))
_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(LINLI_DATA / "files")},
    },
    "staticfiles": {"BACKEND": _plain if LINLI_MODE == "test" else _hashed},
}
WHITENOISE_USE_FINDERS = LINLI_MODE == "test"
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Files of a body beyond this are dropped while the body arrives; a body beyond the second limit is not read.
LINLI_MAX_BODY = 16 * 1024 * 1024
LINLI_MAX_DRAINED = 64 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "linli.foundation.core.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # sign-in names are unique within one district; our backend looks in one district only
    "axes.W006",  # counting by account alone is the stricter rule: changing address or browser gains nothing
]
AXES_ENABLED = True
AXES_ENABLE_ADMIN = False
AXES_USERNAME_FORM_FIELD = "username"
# By account, from wherever it is tried; addresses are limited apart. The lock counts from the last counted try.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = "linli.foundation.accounts.backends.failure_limit"
AXES_COOLOFF_TIME = "linli.foundation.accounts.backends.cool_off"
AXES_CLIENT_IP_CALLABLE = "linli.foundation.accounts.backends.no_address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_name"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_ADAPTER = "linli.foundation.accounts.adapters.AccountAdapter"
MFA_ADAPTER = "linli.foundation.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
# One step of 30 seconds either side: phones and servers differ.
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "linli.foundation.accounts.adapters.SocialAdapter"
# A plain link starts it: a form would be stopped by the page's policy when the service answers with a redirect.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if os.environ.get("LINLI_OIDC_ISSUER"):
    # The subject is believed because it came straight from the service over a protected line.
    if not os.environ["LINLI_OIDC_ISSUER"].startswith("https://"):
        raise SettingRefused("LINLI_OIDC_ISSUER is refused. Allowed: an address beginning with https://.")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "district",
                "name": os.environ.get("LINLI_OIDC_NAME", "Single sign-on"),
                "client_id": os.environ.get("LINLI_OIDC_CLIENT", ""),
                "secret": os.environ.get("LINLI_OIDC_SECRET", ""),
                "settings": {
                    "server_url": os.environ["LINLI_OIDC_ISSUER"],
                    "scope": ["openid"],
                    "fetch_userinfo": False,
                    "oauth_pkce_enabled": True,
                },
            }
        ]
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "linli.foundation.core.logs.JsonFormatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
