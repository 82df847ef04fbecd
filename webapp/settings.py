"""Django's settings.

Its database is our schema auth: users, groups, permissions, sessions. Visitors without a session
never reach it.
"""

import hashlib
from pathlib import Path
from typing import Any

from socorro.accounts import passwords
from webapp.config import WebappConfig, client_secret

MAX_FORM = 64 * 1024  # bytes; a password is at most 1,000 characters
OIDC_SECONDS = 5  # for each request to the identity provider
MOST_STATES = 8  # sign-ins that one browser may have begun at once
BACKENDS = (
    "django.contrib.auth.backends.ModelBackend",
    "webapp.accounts.oidc_backend.IdentityBackend",
)
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
        **oidc_settings(config),
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


def oidc_settings(config: WebappConfig) -> dict[str, Any]:
    """Return what mozilla-django-oidc reads; without a provider only passwords are accepted."""
    if not config.oidc_issuer or config.oidc_client_secret_file is None:
        return {"AUTHENTICATION_BACKENDS": [BACKENDS[0]]}
    return {
        "AUTHENTICATION_BACKENDS": [*BACKENDS],
        "OIDC_OP_AUTHORIZATION_ENDPOINT": config.oidc_authorization_url,
        "OIDC_OP_TOKEN_ENDPOINT": config.oidc_token_url,
        "OIDC_OP_USER_ENDPOINT": config.oidc_userinfo_url,
        "OIDC_OP_JWKS_ENDPOINT": config.oidc_keys_url,
        "OIDC_RP_CLIENT_ID": config.oidc_client_id,
        "OIDC_RP_CLIENT_SECRET": client_secret(config.oidc_client_secret_file),
        "OIDC_RP_SIGN_ALGO": config.oidc_algorithm,
        "OIDC_RP_SCOPES": config.oidc_scopes,
        "OIDC_AUTHENTICATION_CALLBACK_URL": "oidc_callback",
        "OIDC_TOKEN_USE_BASIC_AUTH": True,  # the way that every provider has to support
        "OIDC_USE_PKCE": True,
        "OIDC_TIMEOUT": OIDC_SECONDS,
        "OIDC_MAX_STATES": MOST_STATES,
    }
