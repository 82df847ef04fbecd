"""The pages: Django, static files by whitenoise, /api/ by REST, health in front."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from socorro import log
from socorro.config import SharedConfig, load
from socorro.crashstore.open import open_store
from socorro.health.recent import recent_health
from socorro.postgres import Database
from socorro.postgres_silence import give_up_on_silence
from socorro.search.config import SearchConfig
from socorro.search.open import open_engine
from socorro.serving.config import ServingConfig
from socorro.serving.health import Check, WsgiApp
from socorro.serving.public import public, refusals
from socorro.serving.server import serve
from socorro.stats.warm import import_in_background
from webapp.accounts.database import use_database
from webapp.api import LARGEST_UPLOAD, RestProxy, refused, uploaders, with_api
from webapp.config import WebappConfig, secret_key
from webapp.context import Context, with_context
from webapp.frame.answers import Answers
from webapp.settings import STATIC, django_settings

MAX_BODY = 2**20  # bytes; forms are small
PAGE_THREADS = 2  # that requests to /api/ do not get


def application(context: Context, key: str, checks: Mapping[str, Check] | None = None) -> WsgiApp:
    """Build the WSGI application; its heartbeat makes *checks*.

    Django's settings belong to the process: the first call sets them, later calls share them.
    """
    config = context.config
    if not settings.configured:
        settings.configure(**django_settings(config, key))
        django.setup()
    use_database(context.database.dsn)
    pages = with_context(get_wsgi_application(), context)
    static: WsgiApp = WhiteNoise(
        pages,
        root=compressed_static(),
        prefix=settings.STATIC_URL,
        immutable_file_test=lambda _path, _url: True,
        allow_all_origins=False,
    )
    # Some threads are left for the pages when REST is slow.
    rest = RestProxy(config.middleware_url, context.proxies, max(1, config.threads - PAGE_THREADS))
    return public(with_api(static, rest), checks or {}, proxies=context.proxies, https=config.https)


@cache
def compressed_static() -> str:
    """Return a folder with the static files and, for what shrinks, a gzip copy beside each."""
    folder = tempfile.mkdtemp(prefix="socorro-static-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(STATIC, folder, dirs_exist_ok=True)
    compressor = Compressor(use_brotli=False, quiet=True)
    for path in sorted(Path(folder).iterdir()):
        if compressor.should_compress(path.name):
            compressor.compress(str(path))
    return folder


def main() -> None:
    """Serve the pages until SIGTERM."""
    shared, config, serving = load(SharedConfig), load(WebappConfig), load(ServingConfig)
    log.set_up("webapp", shared.log_format, shared.log_level)
    give_up_on_silence()
    key = secret_key(config.secret_key_file)
    proxies = serving.proxies("webapp")
    # One connection more than threads that answer requests: health has a thread of its own.
    database = Database(config.dsn(shared), size=config.threads + 1, name="socorro webapp")
    store = open_store(shared.store, connections=config.threads, home=shared.home)
    checks = {"database": database.check, "store": store.check}
    # Other pages work without search, so the heartbeat does not check it.
    search = open_engine(load(SearchConfig), database)
    context = Context(database, store, config, proxies, recent_health(database), search, Answers())
    app = application(context, key, checks)
    import_in_background()
    log.get().info("listening", host=config.host, port=config.port)
    serve(
        app,
        config.host,
        config.port,
        limits=serving.limits(LARGEST_UPLOAD, MAX_BODY),
        threads=config.threads,
        service="webapp",
        admits=uploaders(database),
        on_refusal=refusals(refused, https=config.https),
    )
    search.close()
    store.close()
    database.close()
