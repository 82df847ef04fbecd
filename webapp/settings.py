"""What Django is told. No models yet, so no database of Django's."""

import hashlib
from pathlib import Path
from typing import Any

from webapp.config import WebappConfig

STATIC = Path(__file__).parent / "crashstats" / "static"

_QUIET = {"handlers": ["nowhere"], "propagate": False}


def static_url() -> str:
    """Return where static files are served: the path changes when any of them does.

    So browsers may keep them for ever, and nothing has to be collected before a start.
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
        "INSTALLED_APPS": ["webapp.crashstats"],
        "MIDDLEWARE": [
            "webapp.around.every_answer",
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "webapp.around.Errors",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        "STATIC_URL": static_url(),
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
        # Django logs the text of exceptions, which may quote a user; webapp.around logs instead.
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"nowhere": {"class": "logging.NullHandler"}},
            "loggers": {"django": _QUIET, "django.request": _QUIET, "django.security": _QUIET},
        },
    }
