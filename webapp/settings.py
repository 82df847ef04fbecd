"""Django's settings.

Its database is our schema auth: users, groups, permissions, sessions. Visitors without a session
never reach it.
"""

import hashlib
from pathlib import Path
from typing import Any

from socorro.accounts import passwords
from webapp.config import WebappConfig

MAX_FORM = 64 * 1024  # bytes; a password is at most 1,000 characters
STATIC = Path(__file__).parent / "crashstats" / "static"

_QUIET = {"handlers": ["nowhere"], "propagate": False}


def static_url() -> str:
    """Return the path of static files, which changes when any of them does.

    So browsers may keep them for ever, and no file has to be collected before a start.
    """
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}/"


def django_settings(config: WebappConfig, key: str) -> dict[str, Any]:
    """Return Django's settings; *key* signs cookies."""
    return {
        "DEBUG": False,
        "SECRET_KEY": key,
        "ALLOWED_HOSTS": [*config.allowed_hosts],
        "ROOT_URLCONF": "webapp.urls",
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "webapp.accounts",
            "webapp.crashstats",
        ],
        "MIDDLEWARE": [
            "webapp.middleware.every_answer",
            "webapp.crashstats.old_addresses.lead_on",
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "webapp.middleware.visible_text",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "webapp.middleware.Errors",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "webapp.accounts.access.top_bar",
                        "webapp.frame.navigation.navigation",
                        "webapp.crashstats.status.line",
                    ]
                },
            }
        ],
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        **_signing_in(config),
        "STATIC_URL": static_url(),
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        # Django logs the text of exceptions, which may quote a user; webapp.middleware logs
        # instead.
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"nowhere": {"class": "logging.NullHandler"}},
            "loggers": {"django": _QUIET, "django.request": _QUIET, "django.security": _QUIET},
        },
    }


def _signing_in(config: WebappConfig) -> dict[str, Any]:
    # A browser accepts a __Host- cookie only over https, from this very host, for all its paths.
    prefix = "__Host-" if config.https else ""
    return {
        "PASSWORD_HASHERS": [passwords.HASHER],
        "LOGIN_URL": "login",
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "SESSION_COOKIE_AGE": config.session_hours * 3600,
        "SESSION_COOKIE_SECURE": config.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": f"{prefix}csrf",
        "CSRF_COOKIE_AGE": None,  # until the browser is closed
        "CSRF_COOKIE_SECURE": config.https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_FAILURE_VIEW": "webapp.crashstats.errors.stale_form",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": MAX_FORM,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 100,
    }
